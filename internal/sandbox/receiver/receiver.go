// Package receiver plays a system of the carrier's that takes events by webhooks, in the
// sandbox: it verifies them as Standard Webhooks has it, shows the last ones, and answers
// wrongly when it is to. It knows no sender of ours.
package receiver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"carrierhook/internal/sandbox"

	"go.uber.org/zap"
)

const (
	// Path is where events are sent to, on the control listener.
	Path = "/events"

	// Secret signs them. It protects nothing.
	Secret = "whsec_c2FuZGJveC1zZWNyZXQtcHJvdGVjdHMtbm90aGluZy4="

	tolerance = 5 * time.Minute
	maxBody   = 64 << 10
	maxShown  = 200 // the oldest is forgotten first
)

// Key is what Secret has behind its prefix, decoded.
func Key() []byte {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(Secret, "whsec_"))
	if err != nil {
		panic(err) // it is a constant
	}
	return key
}

// Receiver remembers what it got.
type Receiver struct {
	log *zap.Logger
	now func() time.Time

	mu     sync.Mutex
	events []Event
	fault  Fault
	left   int // for how many requests more; 0: for all
}

// Event is one request. It has no headers but those that are named.
type Event struct {
	At       time.Time       `json:"at"`
	ID       string          `json:"id"`
	Kind     string          `json:"kind"`
	Cursor   string          `json:"cursor,omitempty"`
	Missed   string          `json:"missed,omitempty"` // an earlier one of the parcel that does not come
	Again    bool            `json:"again"`            // it was taken before
	Fault    Fault           `json:"fault,omitempty"`
	Answered int             `json:"answered"`        // status of HTTP; 0: none
	Wrong    string          `json:"wrong,omitempty"` // why it was refused
	Body     json.RawMessage `json:"body,omitempty"`
}

// New makes a receiver. log may be nil.
func New(log *zap.Logger) *Receiver {
	if log == nil {
		log = zap.NewNop()
	}
	return &Receiver{log: log}
}

// Join adds its paths to the sandbox's control.
func (v *Receiver) Join(a *sandbox.API) (sandbox.Family, error) {
	v.now = a.Now
	return sandbox.Family{
		Reset: v.reset,
		Control: []sandbox.Endpoint{
			{Pattern: "POST " + Path, Do: func(*http.Request) (any, error) { return http.HandlerFunc(v.receive), nil }},
			sandbox.List("events", func() any { return v.all() }),
			{Pattern: "GET " + Path + "/fault", Do: v.showFault},
			{Pattern: "PUT " + Path + "/fault", Do: v.putFault},
			{Pattern: "DELETE " + Path + "/fault", Do: v.deleteFault},
		},
	}, nil
}

func (v *Receiver) reset() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.events, v.fault, v.left = nil, "", 0
}

func (v *Receiver) all() []Event {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]Event{}, v.events...)
}

func (v *Receiver) receive(w http.ResponseWriter, r *http.Request) {
	e := Event{At: v.now().UTC(), ID: r.Header.Get("webhook-id"), Cursor: r.Header.Get("carrierhook-cursor"), Missed: r.Header.Get("carrierhook-missed"), Fault: v.take()}
	var body []byte
	var err error
	if e.Fault != CutBefore {
		body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err == nil {
			err = v.verify(r.Header, body)
		}
		if err == nil {
			err = e.read(body)
		}
	}
	switch e.Answered = e.Fault.info().status; {
	case err != nil:
		e.Wrong, e.Answered, e.Fault = err.Error(), http.StatusUnauthorized, ""
	case e.Fault == "":
		e.Answered = http.StatusNoContent
	}
	v.remember(&e)
	v.log.Info("event received", zap.String("id", e.ID), zap.String("kind", e.Kind), zap.Bool("again", e.Again),
		zap.String("fault", string(e.Fault)), zap.Int("answered", e.Answered), zap.String("wrong", e.Wrong))
	e.answer(w, r)
}

// read takes what is shown of a body.
func (e *Event) read(body []byte) error {
	var said struct{ ID, Kind string }
	if err := json.Unmarshal(body, &said); err != nil {
		return fmt.Errorf("the body: %w", err)
	}
	if e.Kind, e.Body = said.Kind, body; said.ID != e.ID {
		return errors.New("webhook-id is not the id in the body")
	}
	return nil
}

func (v *Receiver) remember(e *Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	e.Again = slices.ContainsFunc(v.events, func(before Event) bool { return before.ID == e.ID && before.taken() })
	if len(v.events) == maxShown {
		v.events = slices.Delete(v.events, 0, 1)
	}
	v.events = append(v.events, *e)
}

// taken tells whether the sender knows that it need not send the event again.
func (e Event) taken() bool { return e.Answered/100 == 2 }

// verify says what is wrong with a request, in the order of Standard Webhooks.
func (v *Receiver) verify(h http.Header, body []byte) error {
	id, timestamp := h.Get("webhook-id"), h.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	switch {
	case id == "":
		return errors.New("webhook-id is missing")
	case err != nil:
		return errors.New("webhook-timestamp is no number of seconds")
	case v.now().Sub(time.Unix(seconds, 0)).Abs() > tolerance:
		return errors.New("webhook-timestamp is more than five minutes from now")
	}
	mac := hmac.New(sha256.New, Key())
	fmt.Fprintf(mac, "%s.%s.", id, timestamp)
	mac.Write(body)
	want := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	for _, s := range strings.Fields(h.Get("webhook-signature")) {
		if hmac.Equal([]byte(s), want) {
			return nil
		}
	}
	return errors.New("no signature of webhook-signature is that of the sandbox's secret")
}
