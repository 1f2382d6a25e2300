package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"go.uber.org/zap"
)

// chosenFault is the fault that pushes have at the moment.
type chosenFault struct {
	mu    sync.Mutex
	fault Fault
	left  int // for how many pushes more; 0: for all
}

func (c *chosenFault) set(f Fault, pushes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault, c.left = f, pushes
}

func (c *chosenFault) get() (Fault, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fault, c.left
}

// take is called for each push; its retries belong to it.
func (c *chosenFault) take() Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.fault
	if c.left > 0 {
		if c.left--; c.left == 0 {
			c.fault = ""
		}
	}
	return f
}

// Control serves the people who run the sandbox. It belongs on a listener that no
// merchant's client can reach. Every answer is JSON, also where there is no endpoint.
func (a *API) Control() http.Handler {
	mux := http.NewServeMux()
	methods := map[string][]string{}
	for _, e := range a.controlEndpoints() {
		mux.Handle(e.Pattern, e)
		method, path, _ := strings.Cut(e.Pattern, " ")
		methods[path] = append(methods[path], method)
	}
	for path, allowed := range methods {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			writeJSON(w, http.StatusMethodNotAllowed, map[string]string{"error": path + " takes " + strings.Join(allowed, ", ")})
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusNotFound, map[string]string{"error": "the control has no such path"})
	})
	return a.serving(mux)
}

func (a *API) controlEndpoints() []Endpoint {
	all := []Endpoint{
		{"GET /fault", a.showFault},
		{"PUT /fault", a.putFault},
		{"DELETE /fault", a.deleteFault},
		List("pushes", func() any { return a.pushes.all() }),
		{"POST /reset", a.reset},
	}
	for _, f := range a.families {
		all = append(all, f.Control...)
	}
	return all
}

// Endpoint is a route of the control listener, by net/http's pattern. An error is a
// bad request, but for errCarrier.
type Endpoint struct {
	Pattern string
	Do      func(*http.Request) (any, error)
}

func (e Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := e.Do(r)
	switch {
	case errors.Is(err, errCarrier):
		writeJSON(w, http.StatusInternalServerError, map[string]string{"error": err.Error()})
	case err != nil:
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
	default:
		writeJSON(w, http.StatusOK, answer)
	}
}

// List shows what there is of a kind.
func List(kind string, all func() any) Endpoint {
	return Endpoint{"GET /" + kind, func(*http.Request) (any, error) { return map[string]any{kind: all()}, nil }}
}

type faultAnswer struct {
	Fault  Fault       `json:"fault"`
	Pushes int         `json:"pushes"` // for how many more; 0: for all
	Faults []faultText `json:"known"`  // that there are
}

type faultText struct {
	Fault Fault  `json:"fault"`
	Text  string `json:"words"`
}

func (a *API) showFault(*http.Request) (any, error) {
	answer := faultAnswer{Faults: []faultText{}}
	answer.Fault, answer.Pushes = a.fault.get()
	for _, f := range Faults() {
		if a.fits(f) {
			answer.Faults = append(answer.Faults, faultText{f, f.Text()})
		}
	}
	return answer, nil
}

// fits tells whether the fault can be committed in the sandbox's mode and format.
func (a *API) fits(f Fault) bool { return f.Fits(a.Platform.Account.Mode, a.Platform.Format) }

func (a *API) putFault(r *http.Request) (any, error) {
	var want struct {
		Fault  string `json:"fault"`
		Pushes int    `json:"pushes"`
	}
	if err := ReadControl(r, &want); err != nil {
		return nil, err
	}
	f, err := ParseFault(want.Fault)
	switch {
	case err != nil:
		return nil, err
	case !a.fits(f):
		return nil, errors.New(want.Fault + " cannot be committed in the sandbox's mode and format")
	case want.Pushes < 0:
		return nil, errors.New("pushes must be 0 (all) or more")
	}
	a.fault.set(f, want.Pushes)
	return a.showFault(r)
}

func (a *API) deleteFault(r *http.Request) (any, error) {
	a.fault.set("", 0)
	return a.showFault(r)
}

var errCarrier = errors.New("the carrier's rows could not be changed; the log says why")

// AtCarrier logs the error of a change at the carrier, and returns one to show.
func (a *API) AtCarrier(what string, err error) error {
	if err == nil {
		return nil
	}
	a.log.Error(what, zap.Error(err))
	return errCarrier
}

// reset makes everything as it was at the start.
func (a *API) reset(r *http.Request) (any, error) {
	if a.o.OnReset != nil {
		if err := a.AtCarrier("reset", a.o.OnReset(r.Context())); err != nil {
			return nil, err
		}
	}
	a.clear()
	return map[string]string{"status": "reset"}, nil
}

// ReadControl reads a request's body into v. The error is for the caller.
func ReadControl(r *http.Request, v any) error {
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxRequest))
	var whole json.RawMessage
	if err := d.Decode(&whole); err != nil {
		return err
	}
	if len(whole) == 0 || whole[0] != '{' {
		return errors.New("the body must be a JSON object")
	}
	strict := json.NewDecoder(bytes.NewReader(whole))
	strict.DisallowUnknownFields()
	if err := strict.Decode(v); err != nil {
		if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return fmt.Errorf("%s must be %s", e.Field, map[bool]string{true: "a text", false: "a number"}[e.Type.Kind() == reflect.String])
		}
		return err
	}
	if _, more := d.Token(); more != io.EOF {
		return errors.New("something follows the JSON object")
	}
	return nil
}
