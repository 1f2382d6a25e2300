package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// forgetMonths drops a table's months but the default partition, from so many
// months ahead on.
func (d testStore) forgetMonths(t *testing.T, table string, from int) {
	t.Helper()
	d.Exec(t, fmt.Sprintf(`DO $$ DECLARE p text; BEGIN FOR p IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = '%[1]s'::regclass
		AND inhrelid <> '%[1]s_default'::regclass AND inhrelid::regclass::text >= '%s' LOOP EXECUTE 'DROP TABLE ' || p; END LOOP; END $$`,
		table, storetest.MonthStart(from).Format(table+"_2006_01")))
}

// The months of the scans are made ahead like those of the ledger, and what is
// known of a waybill stands in one of them, also when that was made late: the
// default partition takes scans until then.
func TestScanMonths(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.AddWaybills(t, "W", "V")
	if n := d.Int(t, `SELECT count(*) FROM pg_inherits WHERE inhparent = 'scan'::regclass`); n != 26 { // with the default
		t.Errorf("%d partitions", n)
	}
	d.WantScan(t, expresstest.ScanOf("V", 200001, 0), waybill.Recorded, waybill.InTransit)
	d.WantInt(t, 0, `SELECT count(*) FROM scan_default`)
	d.forgetMonths(t, "scan", 0)
	d.WantScan(t, expresstest.ScanOf("W", waybill.Collecting, 0), waybill.Recorded, waybill.Collected)
	d.WantScan(t, expresstest.ScanOf("W", waybill.Collecting, 0), waybill.Repeated, waybill.Collected)
	if n := d.Int(t, `SELECT count(*) FROM scan_default`); n != 1 {
		t.Fatalf("the default partition has %d scans", n)
	}
	u, err := d.MaintainLedger(t.Context(), 0)
	if err != nil || u.MonthsLeft != 24 || u.Dropped != 0 {
		t.Errorf("%+v, %v", u, err)
	}
	d.WantInt(t, 0, `SELECT count(*) FROM scan_default`)
	d.WantScan(t, expresstest.ScanOf("W", waybill.Collecting, 0), waybill.Repeated, waybill.Collected)
	d.WantScan(t, expresstest.ScanOf("W", 200001, 1), waybill.Recorded, waybill.InTransit)
	d.WantInt(t, 2, `SELECT count(*) / count(DISTINCT first_scan_at) FROM scan`)
}

// A waybill that was traced first in a month that is gone goes on: its scans are
// decided as ever.
func TestScansOfDroppedMonth(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.Exec(t, `INSERT INTO waybill (biz_id, waybill_id, order_id, status, collected_at, first_scan_at)
		VALUES ('B', 'W', 'O', 'in_transit', $1, $2)`, expresstest.DayOne, expresstest.DayOne.AddDate(-5, 0, 0))
	d.WantScan(t, expresstest.ScanOf("W", waybill.Signing, 5), waybill.Recorded, waybill.Signed)
	d.WantScan(t, expresstest.ScanOf("W", waybill.Signing, 5), waybill.Repeated, waybill.Signed)
	d.WantInt(t, 1, `SELECT count(*) FROM scan_default JOIN waybill USING (biz_id, waybill_id, first_scan_at)`)
}

// Months of scans that ended before the retention began go with the ledger's, the
// others stay.
func TestScanRetention(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	now := time.Now().UTC()
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	const row = `INSERT INTO scan (biz_id, waybill_id, first_scan_at, key, action, at, message, recorded_at, recorded_by)
		VALUES ('B', 'W', $1, 'k', 200001, $1, '', $1, '')`
	for n := 1; n <= 5; n++ {
		from, to := first.AddDate(0, -n, 0), first.AddDate(0, 1-n, 0)
		d.Exec(t, fmt.Sprintf("CREATE TABLE %s PARTITION OF scan FOR VALUES FROM ('%s') TO ('%s')",
			from.Format("scan_2006_01"), from.Format(time.RFC3339), to.Format(time.RFC3339)))
		d.Exec(t, row, from.Add(time.Hour))
	}
	d.Exec(t, row, first.AddDate(-1, 0, 0)) // to the default
	u, err := d.MaintainLedger(t.Context(), now.Sub(first.AddDate(0, -2, 0))-time.Minute)
	if err != nil || u.Dropped != 3 || u.MonthsLeft != 24 {
		t.Errorf("%+v, %v", u, err)
	}
	d.WantInt(t, 2, `SELECT count(*) FROM scan`)
}

// Where one table's months cannot be made, the other's are, and what is told is
// how many months the first to run out has left.
func TestScanMaintenanceFails(t *testing.T) {
	t.Parallel()
	for table, other := range map[string]string{"scan": "push", "push": "scan"} {
		d := newStore(t)
		d.forgetMonths(t, table, 20)
		d.forgetMonths(t, other, 10)
		d.Exec(t, fmt.Sprintf("ALTER TABLE %s_default RENAME TO mislaid", table))
		if u, err := d.MaintainLedger(t.Context(), 0); err == nil || u.MonthsLeft != 19 {
			t.Errorf("%s has lost its default partition: %+v, %v", table, u, err)
		}
		if n := d.Int(t, `SELECT count(*) FROM pg_inherits WHERE inhparent = $1::text::regclass`, other); n != 26 {
			t.Errorf("%s is without its default partition, and %s has %d partitions", table, other, n)
		}
		d.Exec(t, fmt.Sprintf("ALTER TABLE mislaid RENAME TO %s_default", table))
		if u, err := d.MaintainLedger(t.Context(), 0); err != nil || u.MonthsLeft != 24 {
			t.Errorf("%s is as it was: %+v, %v", table, u, err)
		}
	}
}

// Servers that look after the months at once while scans come in, some of them to
// the default partition: nobody fails, nobody locks anybody out.
func TestScanMaintenanceBesideScans(t *testing.T) {
	t.Parallel()
	d := newStore(t, func(o store.Options) store.Options {
		o.MaxConns = 20
		return o
	})
	d.AddWaybills(t, "W0", "W1", "W2")
	d.forgetMonths(t, "scan", 0)
	ctx, stop := context.WithCancel(t.Context())
	var scans, maintenance sync.WaitGroup
	counts := make([]int, 3)
	for w := range counts {
		scans.Go(func() {
			for ; ctx.Err() == nil; counts[w]++ {
				if g := d.MustScan(t, expresstest.ScanOf(fmt.Sprint("W", w), 200001, counts[w])); g.Verdict != waybill.Recorded {
					t.Errorf("W%d: %s", w, g.Verdict)
				}
			}
		})
	}
	d.WaitFor(t, `SELECT count(*) FROM scan_default`)
	for range 3 {
		maintenance.Go(func() {
			if u, err := d.MaintainLedger(context.Background(), 31*24*time.Hour); err != nil || u.MonthsLeft != 24 {
				t.Errorf("%+v, %v", u, err)
			}
		})
	}
	maintenance.Wait()
	storetest.Until(t, "twenty scans are on record", func() bool { return t.Failed() || d.Int(t, `SELECT count(*) FROM scan`) >= 20 })
	stop()
	scans.Wait()
	if n := d.Int(t, `SELECT count(*) FROM scan`); n != counts[0]+counts[1]+counts[2] || n < 20 {
		t.Errorf("%d scans are on record of %v", n, counts)
	}
	if n := d.Int(t, `SELECT count(*) FROM (SELECT FROM scan GROUP BY waybill_id HAVING count(DISTINCT tableoid) > 1) AS apart`); n != 0 {
		t.Errorf("the scans of %d waybills stand in several months", n)
	}
	d.WantInt(t, 0, storetest.Deadlocks)
}
