package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// receiver is an endpoint that takes events, in the bench's own process.
type receiver struct {
	server *http.Server
	url    string

	mu          sync.Mutex
	delay       time.Duration // of each answer
	count       int
	first, last time.Time
	arrivals    []arrival
}

// arrival is when an event came, and how long after it was decided.
type arrival struct {
	at      time.Time
	latency time.Duration
}

func newReceiver() (*receiver, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &receiver{url: "http://" + l.Addr().String() + "/"}
	r.server = &http.Server{Handler: r, ReadHeaderTimeout: replyTimeout}
	go func() { _ = r.server.Serve(l) }() // until it is closed
	return r, nil
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	now := time.Now()
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the server ended
	}
	decided, err := decidedAt(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	delay := r.delay
	if r.count++; r.count == 1 {
		r.first = now
	}
	r.last = now
	r.arrivals = append(r.arrivals, arrival{now, now.Sub(decided)})
	r.mu.Unlock()
	time.Sleep(delay)
	w.WriteHeader(http.StatusNoContent)
}

// decidedAt is the time in an event's body.
func decidedAt(body []byte) (time.Time, error) {
	_, after, ok := bytes.Cut(body, []byte(`"time":"`))
	text, _, more := bytes.Cut(after, []byte(`"`))
	if !ok || !more {
		return time.Time{}, errors.New("no time")
	}
	return time.Parse(time.RFC3339Nano, string(text))
}

// reset forgets what came, and answers after delay from now on.
func (r *receiver) reset(delay time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.delay, r.count, r.arrivals = delay, 0, nil
}

// latencies are those of what came longer than warm after the first.
func (r *receiver) latencies(warm time.Duration) (all []time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.arrivals {
		if a.at.Sub(r.first) > warm {
			all = append(all, a.latency)
		}
	}
	return all
}

// got is how many events came, and how many a second.
func (r *receiver) got() (count int, perSecond float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count, ratio(float64(r.count), r.last.Sub(r.first).Seconds())
}

// The endpoints of the configuration: two that take events, or one that is dead.
var (
	takers = []string{"first", "second"}
	dead   = []string{"dead"}
)

// writeConfig writes a configuration with endpoints.
func writeConfig(dir, name string, names, urls []string) (path string, err error) {
	secret := filepath.Join(dir, "webhook-secret")
	if err := os.WriteFile(secret, []byte("whsec_"+strings.Repeat("Y2Fy", 8)+"\n"), 0o600); err != nil {
		return "", err
	}
	text := "events:\n  endpoints:\n"
	for i, n := range names {
		text += fmt.Sprintf("    - {name: %s, url: %q, secret_file: %q}\n", n, urls[i], secret)
	}
	path = filepath.Join(dir, name)
	return path, os.WriteFile(path, []byte(text), 0o600)
}
