package express_test

import (
	"context"
	"os"
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/express"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/numbers"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// options are what tests change of a store's.
type options struct {
	MaxConns         int
	QueryMode        string
	LockTimeout      time.Duration
	StatementTimeout time.Duration
	BatchWorkers     int
	BatchSize        int
	Lease            int
	Policy           waybill.Policy
	Matches          func(hash, pwd string) bool
	Dial             pgconn.DialFunc
}

var standard = options{
	MaxConns: 10, LockTimeout: storetest.Patience, StatementTimeout: storetest.Patience, BatchWorkers: 2, BatchSize: 256, Lease: 100, Policy: expresstest.Policy,
}

// testStore is a store on a database of its own with merchant B, whose password is pw.
type testStore struct {
	expresstest.Store
	*storetest.Batches
	pool    *pg.Pool
	ledger  *pushlog.Log
	numbers *numbers.Allocator
}

func newStore(tb testing.TB, change ...func(options) options) testStore {
	tb.Helper()
	o := standard
	for _, c := range change {
		o = c(o)
	}
	d := storetest.NewDatabase(tb)
	expresstest.AddMerchant(tb, d)
	return openStore(tb, d, o)
}

// newBookingStore has a catalogue too, and merchant P, who has paid for quota waybills.
func newBookingStore(tb testing.TB, quota int, change ...func(options) options) testStore {
	tb.Helper()
	d := newStore(tb, change...)
	expresstest.AddOffer(tb, d.Database, quota)
	return d
}

// openStore is one more server's store on a database.
func openStore(tb testing.TB, d storetest.Database, o options) testStore {
	tb.Helper()
	var s testStore
	pool, err := pg.Open(context.Background(), pg.Options{
		URL: d.URL, MaxConns: o.MaxConns, QueryMode: o.QueryMode,
		LockTimeout: o.LockTimeout, StatementTimeout: o.StatementTimeout, ConnectTimeout: storetest.Patience,
		Conflict: func(e *pgconn.PgError) bool { return express.Conflict(e) || s.ledger.NoteConflict(e) },
		Prepare: func(b *pgx.Batch, limits pg.Timeouts) {
			b.Queue(batch.SetLimits, limits[:]...)
			express.Prepare(b)
			pushlog.Prepare(b)
		},
		Dial: o.Dial,
	})
	storetest.Must(tb, err)
	tb.Cleanup(pool.Close)
	s.pool, s.ledger, s.numbers = pool, pushlog.New(pool, expresstest.ResultCode), numbers.New(pool, o.Lease, nil)
	metrics := batch.NewMetrics()
	s.Store = expresstest.Store{Database: d, Store: express.New(express.Options{
		Pool: pool, Ledger: s.ledger, Numbers: s.numbers, Policy: o.Policy, Clock: time.Now, Matches: o.Matches,
		Batches: func(kind string) batch.Options {
			return batch.Options{
				Kind: kind, Workers: o.BatchWorkers, Max: o.BatchSize, Metrics: metrics,
				Overloaded: waybill.ErrOverloaded, OutcomeUnknown: ledger.ErrOutcomeUnknown,
			}
		},
	})}
	s.Batches = storetest.NewBatches(s.Waiting)
	s.SetObserver(s.Observer())
	return s
}

func queryMode(mode string) func(options) options {
	return func(o options) options {
		o.QueryMode = mode
		return o
	}
}

func maxConns(n int) func(options) options {
	return func(o options) options {
		o.MaxConns = n
		return o
	}
}

// lockTimeout is for tests that wait it out.
func lockTimeout(d time.Duration) func(options) options {
	return func(o options) options {
		o.LockTimeout = d
		return o
	}
}

// Retries is how often something was tried again.
func (d testStore) Retries() float64 { return storetest.Count(d.pool.Retries) }

// WatchBatches observes every batch that several merchants may share from now on: whose
// it was, and how it ended.
func (d testStore) WatchBatches(ended func(bizIDs []string, err error)) {
	d.Add(batch.Observer{Begin: func([]string) {}, End: ended})
}

// warm makes a store read the catalogue, compare the password and lease numbers,
// so that what follows is about the transactions alone.
func (d testStore) warm(t *testing.T, n int) {
	t.Helper()
	for _, bizID := range []string{"B", "P"} {
		d.WantRefused(t, expresstest.OrderPush(n, bizID, "warm", expresstest.Numbered("CH")), waybill.NumberOutOfRange)
	}
	storetest.Must(t, d.numbers.Lease(t.Context()))
}
