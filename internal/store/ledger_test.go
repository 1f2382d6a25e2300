package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5/pgconn"
)

const ledgerRow = `INSERT INTO push (biz_id, waybill_id, at, id, order_id, event, format, mode, identity, reason, repeat, took_us)
	VALUES ('B', 'W', $1, 1, '', '', '', '', sha256('x'), '', false, 1)`

func (d testStore) partitions(t *testing.T) int {
	return d.Int(t, `SELECT count(*) FROM pg_inherits WHERE inhparent = 'push'::regclass`)
}

// The current month and 24 after it are there from the start, and a round of
// maintenance finds nothing to do.
func TestLedgerMonthsAhead(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	u, err := d.MaintainLedger(t.Context(), 0)
	if err != nil || u.MonthsLeft != 24 || u.Dropped != 0 {
		t.Errorf("%+v, %v", u, err)
	}
	if n := d.partitions(t); n != 26 { // with the default
		t.Errorf("%d partitions", n)
	}
	d.Exec(t, ledgerRow, time.Now())
	d.WantInt(t, 0, `SELECT count(*) FROM push_default`)
}

// A push never fails for want of a partition: the default takes it, and the
// month's partition takes it over once it is made.
func TestLedgerDefaultPartition(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.forgetMonths(t, "push", 0)
	d.AddWaybills(t, "W")
	d.WantCancel(t, expresstest.CancelPush(1, "W"), waybill.Accepted, false)
	if n := d.Int(t, `SELECT count(*) FROM push_default`); n != 1 {
		t.Fatalf("the default partition has %d rows", n)
	}
	u, err := d.MaintainLedger(t.Context(), 0)
	if err != nil || u.MonthsLeft != 24 {
		t.Errorf("%+v, %v", u, err)
	}
	d.WantInt(t, 0, `SELECT count(*) FROM push_default`)
	if n := d.Int(t, `SELECT count(*) FROM push`); n != 1 {
		t.Errorf("%d rows after the move", n)
	}
}

// Months that ended before the retention began go, the others stay.
func TestLedgerRetention(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	now := time.Now().UTC()
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	for n := 1; n <= 5; n++ {
		from, to := first.AddDate(0, -n, 0), first.AddDate(0, 1-n, 0)
		d.Exec(t, fmt.Sprintf("CREATE TABLE %s PARTITION OF push FOR VALUES FROM ('%s') TO ('%s')",
			from.Format("push_2006_01"), from.Format(time.RFC3339), to.Format(time.RFC3339)))
		d.Exec(t, ledgerRow, from.Add(time.Hour))
	}
	d.Exec(t, ledgerRow, first.AddDate(-1, 0, 0)) // to the default
	d.Exec(t, ledgerRow, now)                     // without it the clock would be in doubt
	// Counted from the start of a month, so that the day of the test does not matter.
	retention := now.Sub(first.AddDate(0, -2, 0))
	u, err := d.MaintainLedger(t.Context(), retention-time.Minute)
	if err != nil || u.Dropped != 3 {
		t.Errorf("%+v, %v", u, err)
	}
	d.WantInt(t, 3, `SELECT count(*) FROM push`)
	if u, err := d.MaintainLedger(t.Context(), retention-time.Minute); err != nil || u.Dropped != 0 || u.MonthsLeft != 24 {
		t.Errorf("again: %+v, %v", u, err)
	}
}

// Servers that look after the ledger at once, while pushes run: nobody fails,
// nobody waits long.
func TestLedgerMaintenanceBesidePushes(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.forgetMonths(t, "push", 4)
	ctx, stop := context.WithCancel(t.Context())
	var pushes, maintenance sync.WaitGroup
	for w := range 2 {
		pushes.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				d.MustCancel(t, expresstest.CancelPush(w*10000+i, "none"))
			}
		})
	}
	for range 3 {
		maintenance.Go(func() {
			if u, err := d.MaintainLedger(context.Background(), 31*24*time.Hour); err != nil || u.MonthsLeft != 24 {
				t.Errorf("%+v, %v", u, err)
			}
		})
	}
	maintenance.Wait()
	stop()
	pushes.Wait()
}

// Months are UTC's, whatever the zone of the server and of the program.
func TestLedgerMonthsAreUTC(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("east", 8*3600)
	if got := store.MonthOf(time.Date(2026, 12, 1, 7, 59, 59, 0, east)); got != "push_2026_11" {
		t.Errorf("the last second of November is in %s", got)
	}
	d := newStore(t)
	d.Exec(t, `DO $$ DECLARE p text; BEGIN FOR p IN SELECT inhrelid::regclass FROM pg_inherits
		WHERE inhparent = 'push'::regclass AND inhrelid <> 'push_default'::regclass LOOP EXECUTE 'DROP TABLE ' || p; END LOOP;
		EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), 'Asia/Shanghai'); END $$`)
	if _, err := d.MaintainLedger(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	off := d.Int(t, `SELECT count(*) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = 'push'::regclass AND c.relname <> 'push_default'
		AND extract(hour FROM (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \\(.([^)]*).\\) TO'))[1]::timestamptz AT TIME ZONE 'UTC') <> 0`)
	if off != 0 || d.partitions(t) != 26 {
		t.Errorf("%d of %d partitions do not start at midnight UTC", off, d.partitions(t))
	}
}

// A round of maintenance that gets no lock gives up after so many tries, and counts the
// months all the same.
func TestLedgerMaintenanceFails(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.Exec(t, "DROP TABLE "+store.MonthOf(storetest.MonthStart(24)))
	// As if the lock could not be had, but without the time that each try waits for it.
	d.Exec(t, `CREATE SEQUENCE tries`)
	d.Exec(t, `CREATE FUNCTION busy() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN PERFORM nextval('tries'); RAISE lock_not_available; END $$`)
	d.Exec(t, `CREATE TRIGGER busy BEFORE DELETE ON push_default FOR EACH STATEMENT EXECUTE FUNCTION busy()`)
	u, err := d.MaintainLedger(t.Context(), 0)
	if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "55P03" || u.MonthsLeft != 23 {
		t.Errorf("%+v, %v", u, err)
	}
	d.WantInt(t, 21, `SELECT last_value FROM tries`)
}
