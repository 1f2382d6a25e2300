package batch

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"carrierhook/internal/store/pg"
)

var errOverloaded, errUnknown = errors.New("overloaded"), errors.New("outcome unknown")

// job is a request of the tests.
type job struct {
	Task
	changes bool
}

func (j *job) Writes() bool { return j.changes }

func jobOf(owner string) *job { return &job{Task: Task{Owner: owner}} }

// nothing is a Transaction that must not be begun.
func nothing() Transaction[*job] { panic("a transaction was begun") }

// onNetwork is a Batcher whose database is behind a network of the test's own.
func onNetwork(t *testing.T, workers int, dial func()) *Batcher[*job] {
	t.Helper()
	p, err := pg.Open(t.Context(), pg.Options{
		URL: "postgres://nobody@localhost/none", MaxConns: 1, LockTimeout: time.Second,
		Dial: func(context.Context, string, string) (net.Conn, error) {
			dial()
			return nil, errors.New("there is no network")
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	o := Options{Kind: "test", Workers: workers, Max: 8, Metrics: NewMetrics(), Overloaded: errOverloaded, OutcomeUnknown: errUnknown}
	return New(p, o, nothing)
}
