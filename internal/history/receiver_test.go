package history

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carrierhook/internal/store/storetest"
)

// receiver is a system of the carrier's that events are sent to. It takes down what came,
// in the order in which it came, and what was wrong with it.
type receiver struct {
	name   string
	kinds  []string // none: all
	key    []byte
	server *httptest.Server
	gone   atomic.Bool // it hangs up on everybody
	trap   atomic.Pointer[trap]

	mu    sync.Mutex
	seen  []sighting
	taken map[int64]bool
	tried map[int64]bool
	wrong []string
}

func newReceiver(tb testing.TB, name string, kinds ...string) *receiver {
	tb.Helper()
	r := &receiver{name: name, kinds: kinds, key: make([]byte, 32), taken: map[int64]bool{}, tried: map[int64]bool{}}
	_, _ = rand.Read(r.key) // it never fails
	r.server = httptest.NewServer(http.HandlerFunc(r.receive))
	tb.Cleanup(r.server.Close)
	return r
}

// receive takes an event, unless somebody has set a trap.
func (r *receiver) receive(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // its sender was killed
	}
	s := sighting{id: req.Header.Get("webhook-id"), body: string(body), at: time.Now()}
	err = r.verify(req.Header, body)
	if err == nil {
		_, s.position, err = parseCursor(req.Header.Get("carrierhook-cursor"))
	}
	if err != nil {
		r.mu.Lock()
		r.wrong = append(r.wrong, fmt.Sprintf("%v: %s", err, body))
		r.mu.Unlock()
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	switch how := r.take(&s); how {
	case receiverGone, receiverCut, receiverDeaf:
		panic(http.ErrAbortHandler) // hangs up
	case receiverError:
		w.WriteHeader(http.StatusInternalServerError)
	case receiverSlow:
		time.Sleep(200 * time.Millisecond)
	}
}

// take takes down a sighting, and says what is to go wrong with it.
func (r *receiver) take(s *sighting) (how string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	again := r.tried[s.position]
	r.tried[s.position] = true
	if r.gone.Load() {
		how = receiverGone
	} else if t := r.trap.Load(); t != nil && !again && t.left.Add(-1) >= 0 {
		how = t.how
		t.hits.fault(how, 1)
	}
	s.taken = how == "" || how == receiverSlow || how == receiverDeaf
	r.taken[s.position] = r.taken[s.position] || s.taken
	r.seen = append(r.seen, *s)
	return how
}

// verify checks a signature of Standard Webhooks.
func (r *receiver) verify(h http.Header, body []byte) error {
	at, err := strconv.ParseInt(h.Get("webhook-timestamp"), 10, 64)
	if err != nil || time.Since(time.Unix(at, 0)).Abs() > patience {
		return fmt.Errorf("timestamp %q of a webhook", h.Get("webhook-timestamp"))
	}
	mac := hmac.New(sha256.New, r.key)
	fmt.Fprintf(mac, "%s.%d.%s", h.Get("webhook-id"), at, body)
	right := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	if got := strings.Fields(h.Get("webhook-signature")); !slices.Equal(got, []string{right}) {
		return fmt.Errorf("signature %q of a webhook", got)
	}
	if got := h.Get("content-type"); got != "application/json" {
		return fmt.Errorf("content type %q of a webhook", got)
	}
	return nil
}

// lacks counts those of its events up to a position that it has not taken.
func (r *receiver) lacks(events []entry, upTo int64) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range events {
		if e.position <= upTo && (len(r.kinds) == 0 || slices.Contains(r.kinds, e.kind)) && !r.taken[e.position] {
			n++
		}
	}
	return n
}

// secret is what the receiver and the servers share.
func (r *receiver) secret() string { return "whsec_" + base64.StdEncoding.EncodeToString(r.key) }

// configure writes the configuration of a server that sends to receivers.
func configure(tb testing.TB, dir string, receivers []*receiver) {
	tb.Helper()
	var text strings.Builder
	text.WriteString("events:\n  endpoints:\n")
	for _, r := range receivers {
		file := filepath.Join(dir, r.name+".secret")
		storetest.Must(tb, os.WriteFile(file, []byte(r.secret()), 0o600))
		fmt.Fprintf(&text, "    - name: %s\n      url: %s/events\n      secret_file: %s\n      kinds: [%s]\n", r.name, r.server.URL, file, strings.Join(r.kinds, ", "))
	}
	storetest.Must(tb, os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(text.String()), 0o600))
}

// all is what came until now, and what was wrong with it.
func (r *receiver) all() (seen []sighting, wrong []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.seen), slices.Clone(r.wrong)
}
