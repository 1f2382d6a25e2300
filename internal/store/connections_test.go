package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

func maxConns(n int) func(store.Options) store.Options {
	return func(o store.Options) store.Options {
		o.MaxConns = n
		return o
	}
}

// wantLimit watches a count, from when there is something to see, until all is over.
func (d testStore) wantLimit(t *testing.T, limit int, sql string, over <-chan struct{}) {
	t.Helper()
	d.WaitFor(t, sql)
	for {
		if n := d.Int(t, sql); n > limit {
			t.Errorf("%d: %s", n, sql)
			return
		}
		select {
		case <-over:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// all does something so often at once.
func all(n int, do func(i int)) (over <-chan struct{}) {
	done := make(chan struct{})
	var doing sync.WaitGroup
	for i := range n {
		doing.Go(func() { do(i) })
	}
	go func() {
		doing.Wait()
		close(done)
	}()
	return done
}

const asleep = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`

// However many ask for whole histories, they have two connections of four.
func TestHistoriesLeaveConnections(t *testing.T) {
	t.Parallel()
	d := newStore(t, maxConns(4))
	d.AddWaybills(t, "W1")
	d.Exec(t, `ALTER TABLE waybill RENAME TO fast_waybill`)
	d.Exec(t, `CREATE VIEW waybill AS SELECT * FROM fast_waybill WHERE pg_sleep(0.1) IS NOT NULL`)
	answered := all(12, func(int) {
		if _, err := d.History(t.Context(), "B", "W1", 1); err != nil {
			t.Error(err)
		}
	})
	d.wantLimit(t, 2, asleep, answered)
	<-answered
}

// Who looks for an order through all merchants waits for others who do; who names
// the merchant or the number does not.
func TestSlowQuestionsWait(t *testing.T) {
	t.Parallel()
	d := newStore(t, maxConns(4))
	release, err := d.HoldSlowRead(t.Context())
	storetest.Must(t, err)
	defer release()
	ctx, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	if _, err := d.Waybills(ctx, waybill.WaybillQuery{OrderID: "O1"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("by order alone: %v", err)
	}
	for _, q := range []waybill.WaybillQuery{{OrderID: "O1", BizID: "B"}, {WaybillID: "W1"}} {
		if _, err := d.Waybills(t.Context(), q); err != nil {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

// Contracts of a merchant whom somebody holds wait with two connections, however
// many there are.
func TestContractsLeaveConnections(t *testing.T) {
	t.Parallel()
	d := newStore(t, maxConns(8))
	d.Exec(t, `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.05); RETURN NEW; END $$`)
	d.Exec(t, `CREATE TRIGGER slow BEFORE UPDATE ON merchant FOR EACH ROW EXECUTE FUNCTION slow()`)
	ctx, stop := context.WithTimeout(t.Context(), storetest.Patience)
	defer stop()
	put := all(12, func(i int) {
		if _, _, err := d.PutMerchant(ctx, waybill.Contract{BizID: "B", Quota: expresstest.QuotaOf(int64(i))}); err != nil {
			t.Error(err)
		}
	})
	const busy = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND (wait_event = 'PgSleep' OR wait_event_type = 'Lock')`
	d.wantLimit(t, 2, busy, put)
	<-put
}

// A caller that makes up a key for each try does not make its waybill unreadable:
// the newest scans are shown, and that there are more.
func TestScansCut(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.AddWaybills(t, "W1")
	d.WantScan(t, expresstest.ScanOf("W1", waybill.Collecting, 0), waybill.Recorded, waybill.Collected)
	d.Exec(t, `INSERT INTO scan SELECT biz_id, waybill_id, first_scan_at, 'k' || n, 200001, at + n * interval '1 second', '', recorded_at, ''
		FROM scan, generate_series(1, 999) AS n`)
	read := func(want int, cut bool, first waybill.Action) {
		t.Helper()
		h, err := d.History(t.Context(), "B", "W1", 1)
		if err != nil || len(h.Scans) != want || h.ScansCut != cut || h.Scans[0].Action != first {
			t.Errorf("%d scans, cut: %t, %v", len(h.Scans), h.ScansCut, err)
		}
		for i := range len(h.Scans) - 1 {
			if h.Scans[i+1].At.Before(h.Scans[i].At) {
				t.Fatalf("scan %d is before the one before it", i+1)
			}
		}
	}
	read(1000, false, waybill.Collecting)
	d.WantScan(t, expresstest.ScanOf("W1", waybill.Signing, 90), waybill.Recorded, waybill.Signed)
	read(1000, true, 200001)
}
