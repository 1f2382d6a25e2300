package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/store"

	"github.com/jackc/pgx/v5/pgconn"
)

// wantWhole expects each of the ledger's indexes to be whole, and nothing of a build
// to be left over.
func (d desk) wantWhole(t *testing.T) {
	t.Helper()
	for index := range indexes {
		if !d.wholeOf(t, index) {
			t.Errorf("%s is not whole", index)
		}
	}
	if n := d.number(t, `SELECT count(*) FROM pg_index WHERE NOT indisvalid`); n != 0 {
		t.Errorf("%d indexes are left over", n)
	}
}

// Months full of rows are given their parts of both indexes while pushes go on, by
// whichever of two servers comes first; once.
func TestLedgerIndexesBesidePushes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	other := openDesk(t, options(d.url))
	d.growWithout(t, 10_000, "push_by_time", "push_by_delivery")
	ctx, stop := context.WithCancel(t.Context())
	var pushes, servers sync.WaitGroup
	pushes.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			d.cancel(t, ask(i, "none"))
		}
	})
	built := make([]int, 4)
	for i := range built {
		servers.Go(func() {
			u, err := []desk{d, other}[i%2].KeepLedger(context.Background(), 0)
			if err != nil || u.MonthsLeft != 24 {
				t.Errorf("%+v, %v", u, err)
			}
			built[i] = u.Indexed
		})
	}
	servers.Wait()
	stop()
	pushes.Wait()
	all := 0
	for _, n := range built {
		all += n
	}
	if all != 2*d.partitions(t) {
		t.Errorf("built %v for %d partitions", built, d.partitions(t))
	}
	d.wantWhole(t)
	if n := d.number(t, `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`); n != 0 {
		t.Errorf("%d deadlocks", n)
	}
	d.kept(t, 0)
}

// A part is called what Postgres itself calls that of a new month, so that one is
// known again, also where its build was cut: that is built anew.
func TestDeliveryIndexNames(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const suffixes = `SELECT DISTINCT replace(i.inhrelid::regclass::text, x.indrelid::regclass::text, '')
		FROM pg_inherits i JOIN pg_index x ON x.indexrelid = i.inhrelid WHERE i.inhparent = 'push_by_delivery'::regclass`
	postgres := texts(t, d.db, suffixes)
	if len(postgres) != 1 {
		t.Fatalf("Postgres calls them %q", postgres)
	}
	d.growWithout(t, 100, "push_by_delivery")
	end := d.oldReader(t)
	done := d.upkeeping(t, context.Background())
	d.exec(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_progress_create_index WHERE datname = current_database()`)
	if err := <-done; err == nil || !strings.Contains(err.Error(), "push_by_delivery") {
		t.Errorf("a connection that was cut: %v", err)
	}
	end()
	d.kept(t, unindexedMonths) // the others were empty, and done at once
	d.wantWhole(t)
	if ours := texts(t, d.db, suffixes); len(ours) != 1 || ours[0] != postgres[0] {
		t.Errorf("parts are called %q, and Postgres calls them %q", ours, postgres)
	}
}

// An index that cannot be built somewhere leaves the other to be built there, and is
// named; one that a later program has done away with is not missed.
func TestLedgerIndexFaults(t *testing.T) {
	t.Parallel()
	for index, suffix := range map[string]string{"push_by_time": "at_id_idx", "push_by_delivery": "biz_id_order_id_at_id_idx"} {
		d := newDesk(t)
		d.growWithout(t, 10, "push_by_time", "push_by_delivery")
		taken := fmt.Sprintf("%s_%s", store.MonthOf(monthStart(-2)), suffix)
		d.exec(t, "CREATE TABLE "+taken+" ()")
		u, err := d.KeepLedger(t.Context(), 0)
		pg, ok := errors.AsType[*pgconn.PgError](err)
		if !ok || pg.Code != "42P07" || !strings.Contains(err.Error(), "build the index "+index+": partition "+store.MonthOf(monthStart(-2))) {
			t.Errorf("%s: %v", index, err)
		}
		if u.Indexed != 2*d.partitions(t)-1 {
			t.Errorf("%s: built %d parts for %d partitions", index, u.Indexed, d.partitions(t))
		}
		for other := range indexes {
			if d.wholeOf(t, other) != (other != index) {
				t.Errorf("%s: %s is whole: %t", index, other, other == index)
			}
		}
		d.exec(t, "DROP TABLE "+store.MonthOf(monthStart(-2)))
		d.kept(t, 0) // which tells the index that it is whole
		if !d.wholeOf(t, index) {
			t.Errorf("%s does not know that it is whole", index)
		}
		d.exec(t, "DROP INDEX "+index)
		d.kept(t, 0)
	}
}

// Who finds that nobody gets a lock gives up for both indexes, and not for each on
// its own.
func TestLedgerIndexesGiveUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(o store.Options) store.Options { return store.WithPatience(o, 100*time.Millisecond) })
	d.growWithout(t, 1, "push_by_time", "push_by_delivery")
	end := d.oldReader(t)
	_, err := d.KeepLedger(t.Context(), 0)
	if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "55P03" {
		t.Errorf("got %v", err)
	}
	if n := d.number(t, `SELECT count(*) FROM pg_index WHERE NOT indisvalid`); n != 3 { // with those of the two wholes
		t.Errorf("%d builds were begun, and the first has failed", n-2)
	}
	end()
	if _, err := d.KeepLedger(t.Context(), 0); err != nil {
		t.Error(err)
	}
	d.wantWhole(t)
}

// Where only the newer index is missing, the other one, which is whole and in use,
// is left alone. New months have their part of both.
func TestDeliveryIndexOnly(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const numbers = `SELECT string_agg(inhrelid::text, ' ' ORDER BY inhrelid) FROM pg_inherits WHERE inhparent = 'push_by_time'::regclass`
	d.growWithout(t, 1000, "push_by_delivery")
	before := texts(t, d.db, numbers)[0]
	d.kept(t, d.partitions(t))
	d.wantWhole(t)
	if after := texts(t, d.db, numbers)[0]; after != before {
		t.Error("the index by time is another one now")
	}
	d.exec(t, "DROP TABLE "+store.MonthOf(monthStart(24)))
	d.kept(t, 0)
	d.wantWhole(t)
}
