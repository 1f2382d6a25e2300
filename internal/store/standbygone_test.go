package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
)

// each does something with a store for each deed, all at once.
func each(stores map[string]testStore, do func(name string, d testStore)) {
	var all sync.WaitGroup
	for name, d := range stores {
		all.Go(func() { do(name, d) })
	}
	all.Wait()
}

// stores makes one for each deed, with what was before it.
func (s *standby) stores(t *testing.T, actions map[string]action, change ...func(store.Options) store.Options) map[string]testStore {
	t.Helper()
	stores := map[string]testStore{}
	for name, action := range actions {
		d := s.newStore(t, name, change...)
		action.before(t, d)
		stores[name] = d
	}
	return stores
}

// wantDone expects a deed to be done, once, and to be told so when it is asked for
// again.
func (d testStore) wantDone(t *testing.T, name string, action action) {
	t.Helper()
	first, err := action.do(t.Context(), d)
	if rows := d.Int(t, action.rows); err != nil || first != action.again || rows != 1 {
		t.Errorf("%s: again: first %t, %v; done %d times", name, first, err, rows)
	}
	if action.ledger != "" && d.Int(t, action.ledger) != 1 {
		t.Errorf("%s: %d rows of the ledger say that it was done", name, d.Int(t, action.ledger))
	}
}

// While a synchronous standby is gone nobody is told that anything happened, though it
// has on this server: the wait for it ends with a warning, or with the session. Nor is
// who asks again, and nor is who asks another server. Once the standby is there again
// each gets its answer.
func TestStandbyGone(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"pg_cancel_backend", "pg_terminate_backend"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			s, actions := newStandby(t), allActions()
			if how == "pg_cancel_backend" {
				maps.Copy(actions, imports)
			}
			stores, others := s.stores(t, actions), map[string]testStore{}
			for name, d := range stores {
				others[name] = openStore(t, options(d.URL))
			}
			s.gone(t)
			each(stores, func(name string, d testStore) {
				action := actions[name]
				_, isImport := imports[name] // which asks once, after it has made its staging table
				often := func(waits int64) bool { return waits >= enough && !isImport }
				waits, err := s.whileGone(t, how, name, often, func(ctx context.Context) error { _, err := action.do(ctx, d); return err })
				storetest.Until(t, name+" is done", func() bool { return d.Int(t, action.rows) == 1 }) // by a session that may be ending still
				if waits == 0 {
					t.Errorf("%s: no commit waited: is anything tested?", name)
				}
				if err == nil || !isImport && !errors.Is(err, ledger.ErrOutcomeUnknown) || isImport && !strings.Contains(err.Error(), "standby") {
					t.Errorf("%s: %v", name, err)
				}
				for hungUp := true; hungUp; { // by a wait that the first asker has left, before this one's own
					waits, err = s.whileGone(t, how, name, often, func(ctx context.Context) error { _, err := action.do(ctx, others[name]); return err })
					hungUp = errors.Is(err, context.Canceled) && !errors.Is(err, ledger.ErrOutcomeUnknown) && strings.HasPrefix(name, "report_")
				}
				if err == nil || waits == 0 || strings.HasPrefix(name, "report_") && !errors.Is(err, ledger.ErrOutcomeUnknown) {
					t.Errorf("%s: another server was told that it happened (%v), after %d waits", name, err, waits)
				}
			})
			s.back(t)
			each(stores, func(name string, d testStore) { d.wantDone(t, name, actions[name]) })
		})
	}
}

// The same where nobody ends the wait but the try's own time, which is up before
// Postgres says anything: no statement timeout ends it.
func TestStandbyGoneToTheEnd(t *testing.T) {
	t.Parallel()
	s, actions := newStandby(t), allActions()
	stores := s.stores(t, actions, func(o store.Options) store.Options {
		o.StatementTimeout = 500 * time.Millisecond
		return o
	})
	s.gone(t)
	each(stores, func(name string, d testStore) {
		storetest.WithinLimit(t, func(limit time.Duration) error {
			ctx, stop := context.WithTimeout(t.Context(), limit)
			defer stop()
			_, err := actions[name].do(ctx, d)
			if err != nil && d.Int(t, actions[name].rows) == 0 {
				return err // the time was up before there was a COMMIT
			}
			if !errors.Is(err, ledger.ErrOutcomeUnknown) {
				t.Errorf("%s: %v", name, err)
			}
			return nil
		})
	})
	s.back(t)
	each(stores, func(name string, d testStore) { d.wantDone(t, name, actions[name]) })
}

// The standby comes back while the asker waits, after the commit and the first look at
// what became of it were ended without it: he is told that he did it.
func TestStandbyComesBack(t *testing.T) {
	t.Parallel()
	s, actions := newStandby(t), allActions()
	stores := s.stores(t, actions)
	s.gone(t)
	var ended sync.WaitGroup
	ended.Add(len(stores))
	back := make(chan bool)
	go func() {
		ended.Wait()
		s.back(t)
		close(back)
	}()
	each(stores, func(name string, d testStore) {
		first, done := false, sync.OnceFunc(ended.Done)
		_, err := s.whileGone(t, "pg_cancel_backend", name, func(waits int64) bool {
			if waits == enough-1 {
				done()
				<-back
			}
			return false
		}, func(ctx context.Context) (err error) {
			defer done()
			first, err = actions[name].do(ctx, d)
			return err
		})
		if rows := d.Int(t, actions[name].rows); err != nil || !first || rows != 1 {
			t.Errorf("%s: first %t, %v, done %d times", name, first, err, rows)
		}
		d.wantDone(t, name, actions[name])
	})
}

// Numbers whose lease a standby may not have go out never: a failover would lease them
// to somebody else.
func TestStandbyGoneLease(t *testing.T) {
	t.Parallel()
	s := newStandby(t)
	d := s.newStore(t, "lease")
	s.gone(t)
	waits, err := s.whileGone(t, "pg_cancel_backend", "lease", func(int64) bool { return false }, d.LeaseNumbers)
	if err == nil || waits == 0 || d.Int(t, `SELECT next FROM number_range WHERE name = 'own'`) != 101 {
		t.Errorf("leased: %v, after %d waits", err, waits)
	}
	book := func(ctx context.Context) error {
		_, err := d.Book(ctx, expresstest.OrderPush(1, "P", "O1"))
		return err
	}
	_, err = s.whileGone(t, "pg_cancel_backend", "lease", func(waits int64) bool { return waits >= enough }, book)
	if err == nil || errors.Is(err, ledger.ErrOutcomeUnknown) {
		t.Errorf("an order without a number: %v", err)
	}
	// The order is given up, but a lease for it may still wait, and would be good with the standby.
	storetest.Until(t, "no lease is under way", func() bool {
		s.stopWaiting(t, "pg_cancel_backend", "lease")
		return s.exec(t, `SELECT FROM pg_stat_activity WHERE datname = 'lease' AND state <> 'idle'`) == 0
	})
	s.back(t)
	next := d.Int(t, `SELECT next FROM number_range WHERE name = 'own'`)
	if got, want := d.Booked(t, expresstest.OrderPush(1, "P", "O1")), fmt.Sprintf("CH%08d", next); got != want {
		t.Errorf("the order got %s, want the first that was leased since, %s", got, want)
	}
}
