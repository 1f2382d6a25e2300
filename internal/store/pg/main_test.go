package pg_test

import (
	"context"
	"os"
	"testing"
	"time"

	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/storetest"
)

const (
	patience = 2 * time.Minute // for events
	nowhere  = "postgres://nobody@127.0.0.1/none?sslmode=disable"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// open opens a pool, with time enough where the test says nothing of it.
func open(t *testing.T, o pg.Options) *pg.Pool {
	t.Helper()
	for _, d := range []*time.Duration{&o.LockTimeout, &o.StatementTimeout, &o.ConnectTimeout} {
		if *d == 0 {
			*d = patience
		}
	}
	p, err := pg.Open(context.Background(), o)
	storetest.Must(t, err)
	t.Cleanup(p.Close)
	return p
}

func until(t *testing.T, event string, came func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !came(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("in vain it was waited until %s", event)
		}
	}
}
