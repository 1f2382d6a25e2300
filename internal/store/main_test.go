package store_test

import (
	"context"
	"flag"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/instant/instanttest"

	"carrierhook/internal/store"
	"carrierhook/internal/store/storetest"
)

func TestMain(m *testing.M) {
	// Most tests wait for something that takes its time, and not for a processor. The
	// command line's number goes before this one.
	_ = flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0)))
	os.Exit(storetest.Main(m))
}

// codes stands in for the wire's table.
func codes(event, reason string) int {
	if !ledger.Instant(event) {
		return expresstest.ResultCode(event, reason)
	}
	if delivery.Reason(reason) == delivery.Accepted {
		return 0
	}
	return 1000 + slices.Index(delivery.Reasons(), delivery.Reason(reason))
}

func options(url string) store.Options {
	return store.Options{
		URL: url, MaxConns: 10, LockTimeout: storetest.Patience, StatementTimeout: storetest.Patience, ConnectTimeout: storetest.Patience,
		BatchWorkers: 2, BatchSize: 256, Lease: 100, Policy: expresstest.Policy, Delivery: &instanttest.Policy, ResultCode: codes,
	}
}

// reviewed makes a store whose carrier's people review merchants.
func reviewed(o store.Options) store.Options {
	o.Policy.Review = true
	return o
}

// testStore is a store on a database of its own with one merchant, B, whose password
// is pw.
type testStore struct {
	*store.Store
	expressStore
	orders instanttest.Store
}

// expressStore is embedded under another name than store.Store.
type expressStore = expresstest.Store

func newStore(tb testing.TB, change ...func(store.Options) store.Options) testStore {
	tb.Helper()
	url := storetest.URL(tb)
	o := options(url)
	for _, c := range change {
		o = c(o)
	}
	return openStore(tb, o)
}

func openStore(tb testing.TB, o store.Options) testStore {
	tb.Helper()
	s, err := store.Open(context.Background(), o)
	storetest.Must(tb, err)
	tb.Cleanup(s.Close)
	// Not through the store: its network may be a test's own.
	d := storetest.OpenDatabase(tb, o.URL)
	expresstest.AddMerchant(tb, d)
	return testStore{s, expressStore{Store: s.Express, Database: d}, instanttest.Store{Store: s.Instant}}
}

// newBookingStore has a catalogue too, and merchant P, who has paid for quota waybills.
func newBookingStore(tb testing.TB, quota int, change ...func(store.Options) store.Options) testStore {
	tb.Helper()
	d := newStore(tb, change...)
	expresstest.AddOffer(tb, d.Database, quota)
	return d
}

func queryMode(mode string) func(store.Options) store.Options {
	return func(o store.Options) store.Options {
		o.QueryMode = mode
		return o
	}
}

// connect opens so many connections.
func (d testStore) connect(t *testing.T, n int) {
	t.Helper()
	storetest.TakeConns(t, d.Pool().Pool, n)()
}

// Retries is how often something was tried again.
func (d testStore) Retries() float64 { return storetest.Count(d.Pool().Retries) }
