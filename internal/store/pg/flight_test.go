package pg

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

// A panic while something is fetched is the error of all that wait for it. It would end
// the program: it happens in a goroutine that nothing recovers in.
func TestFlightPanics(t *testing.T) {
	t.Parallel()
	p, err := Open(t.Context(), Options{
		URL: "postgres://nobody@localhost/none", MaxConns: 1, LockTimeout: time.Second,
		Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("there is no network") },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	f := Flight{Pool: nil} // the fetch panics when it wants a connection
	if err := f.Do(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "panic: runtime error") {
		t.Errorf("got %v", err)
	}
	f.Pool = p
	if err := f.Do(t.Context(), nil); err == nil || strings.Contains(err.Error(), "panic") {
		t.Errorf("the next: %v", err)
	}
}
