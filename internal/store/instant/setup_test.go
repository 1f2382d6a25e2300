package instant_test

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/numbers"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// testStore is a Store on a database that has shop S and waybill numbers from CH00000001
// on.
type testStore struct {
	instanttest.Store
	storetest.Database
	pool    *pg.Pool
	ledger  *pushlog.Log
	numbers *numbers.Allocator
	batches *storetest.Batches
}

// settings are what a test may change.
type settings struct {
	pg      pg.Options
	workers int
	lease   int
	policy  *delivery.Policy
}

func newStore(tb testing.TB, change ...func(*settings)) testStore {
	tb.Helper()
	d := storetest.NewDatabase(tb)
	d.Exec(tb, `INSERT INTO number_range VALUES ('own', 'CH', 8, 'none', 1, 99999999, 1, false)`)
	instanttest.PutShops(tb, d, instant.ShopRow{ID: "S", Secret: instanttest.Secret})
	return openStore(tb, d, change...)
}

// openStore is another server on the same database.
func openStore(tb testing.TB, d storetest.Database, change ...func(*settings)) testStore {
	tb.Helper()
	o := settings{
		pg: pg.Options{
			URL: d.URL, MaxConns: 10, LockTimeout: storetest.Patience, StatementTimeout: storetest.Patience, ConnectTimeout: storetest.Patience,
			Conflict: instant.Conflict,
		},
		workers: 2, lease: 100, policy: &instanttest.Policy,
	}
	for _, c := range change {
		c(&o)
	}
	pool, err := pg.Open(context.Background(), o.pg)
	storetest.Must(tb, err)
	tb.Cleanup(pool.Close)
	s := testStore{Database: d, pool: pool, ledger: pushlog.New(pool, resultCode), numbers: numbers.New(pool, o.lease, nil)}
	metrics := batch.NewMetrics()
	s.Store.Store, err = instant.New(instant.Options{
		Pool: pool, Ledger: s.ledger, Numbers: s.numbers, Policy: o.policy, Clock: time.Now,
		Batches: func(kind string) batch.Options {
			return batch.Options{
				Kind: kind, Workers: o.workers, Max: 256, Metrics: metrics, Overloaded: waybill.ErrOverloaded, OutcomeUnknown: ledger.ErrOutcomeUnknown,
			}
		},
	})
	storetest.Must(tb, err)
	s.batches = storetest.NewBatches(s.Waiting)
	s.SetObserver(s.batches.Observer())
	return s
}

// resultCode is different for each reason.
func resultCode(_, reason string) int {
	if reason == string(delivery.Accepted) {
		return 0
	}
	return 1000 + slices.Index(delivery.Reasons(), delivery.Reason(reason))
}

func oneWorker(o *settings)  { o.workers = 1 }
func notOffered(o *settings) { o.policy = nil }

func queryMode(mode string) func(*settings) {
	return func(o *settings) { o.pg.QueryMode = mode }
}

// lease gets numbers into memory, so that what follows is about transactions alone.
func (s testStore) lease(tb testing.TB) {
	tb.Helper()
	storetest.Must(tb, s.numbers.Lease(context.Background()))
}

// retries is how often something was tried again.
func (s testStore) retries() float64 { return storetest.Count(s.pool.Retries) }

func wantTexts(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got\n%q\nwant\n%q", what, got, want)
	}
}
