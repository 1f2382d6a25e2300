package main

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience bounds each wait: a machine may be slow, and only what hangs is to fail.
const patience = 2 * time.Minute

func must(tb testing.TB, errs ...error) {
	tb.Helper()
	if err := errors.Join(errs...); err != nil {
		tb.Fatal(err)
	}
}

// output is a log that may be read while it is written.
type output struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	grew chan struct{} // closed by the next write; nil while nobody waits
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.grew != nil {
		close(o.grew)
		o.grew = nil
	}
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// next is the text, and a channel that is closed when there is more.
func (o *output) next() (text string, more <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.grew == nil {
		o.grew = make(chan struct{})
	}
	return o.buf.String(), o.grew
}

// wait waits until the output has part.
func (o *output) wait(tb testing.TB, part string) {
	tb.Helper()
	end := time.After(patience)
	for {
		text, more := o.next()
		if strings.Contains(text, part) {
			return
		}
		select {
		case <-more:
		case <-end:
			tb.Fatalf("%q never came:\n%s", part, text)
		}
	}
}

// eventually checks again until it is so.
func eventually(tb testing.TB, what string, is func() bool) {
	tb.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			tb.Fatalf("not within %v: %s", patience, what)
		}
	}
}
