package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// importing is an import under way.
type importing struct {
	done   chan struct{}
	report csvimport.Report
	err    error
}

func (d importStore) startWaybills(ctx context.Context, file string) *importing {
	im := &importing{done: make(chan struct{})}
	go func() {
		defer close(im.done)
		im.report, im.err = d.Import(ctx, csvimport.Waybills, strings.NewReader(file))
	}()
	return im
}

func (im *importing) wait(tb testing.TB) (csvimport.Report, error) {
	tb.Helper()
	select {
	case <-im.done:
	case <-time.After(storetest.Patience):
		tb.Fatal("the import does not end")
	}
	return im.report, im.err
}

// inOpenTransaction runs a statement in a transaction that stays open until release.
func (d importStore) inOpenTransaction(sql string) (release func()) {
	d.tb.Helper()
	tx, err := d.DB.Begin(context.Background())
	if err != nil {
		d.tb.Fatal(err)
	}
	if _, err := tx.Exec(context.Background(), sql); err != nil {
		d.tb.Fatal(err)
	}
	return func() {
		d.tb.Helper()
		if err := tx.Commit(context.Background()); err != nil {
			d.tb.Fatal(err)
		}
	}
}

// blockedSince tells when the transaction began that waits for another's
// lock; it is empty while none does.
func (d importStore) blockedSince() string {
	d.tb.Helper()
	return d.text(`SELECT coalesce(max(xact_start)::text, '') FROM pg_stat_activity
		WHERE datname = current_database() AND wait_event_type = 'Lock'`)
}

// untilBlocked waits until the import waits for another transaction's lock.
func (d importStore) untilBlocked(im *importing) {
	d.tb.Helper()
	storetest.Until(d.tb, "the import waits", func() bool {
		select {
		case <-im.done:
			d.tb.Fatalf("the import did not wait: %+v, %v", im.report, im.err)
		default:
		}
		return d.blockedSince() != ""
	})
}

// A push that cancels while the import waits for the row wins: the line is
// backwards then, and the cancel is whole.
func TestImportLosesToCancel(t *testing.T) {
	t.Parallel()
	for _, to := range []waybill.Status{waybill.Booked, waybill.Collected} {
		t.Run(string(to), func(t *testing.T) {
			t.Parallel()
			d := newImportStore(t, "B")
			d.waybills("biz_id,waybill_id,order_id,service,booked_at", "B,W1,O1,old,2026-11-01 00:00:00", "B,W2,O2,old,")
			release := d.inOpenTransaction(`UPDATE waybill SET status = 'cancelled', cancelled_at = to_timestamp(7),
				cancel_push = decode(repeat('ab', 32), 'hex') WHERE waybill_id = 'W1'`)
			im := d.startWaybills(t.Context(), fmt.Sprintf("biz_id,waybill_id,order_id,service,status\nB,W2,O2,new,%s\nB,W1,O1,new,%[1]s", to))
			d.untilBlocked(im)
			release()
			r, err := im.wait(t)
			if err != nil {
				t.Fatal(err)
			}
			wantCounts(t, r, 2, 0, 1, 0, 1)
			want := "line 3: waybill W1 is cancelled and does not go back to " + string(to)
			if len(r.Backwards.First) != 1 || r.Backwards.First[0].String() != want {
				t.Errorf("backwards: got %v, want %s", r.Backwards.First, want)
			}
			if got, want := d.text(importState, "W1"), "O1 old cancelled b:2026-11-01T00:00:00.000000 x:7 p:abab"; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// A row that is locked for longer than the import's lock timeout is tried
// again, and no row stays locked meanwhile for long.
func TestImportTriesAgain(t *testing.T) {
	t.Parallel()
	d := newImportStore(t, "B")
	d.waybills("biz_id,waybill_id,order_id", "B,W1,O1", "B,W2,O2")
	release := d.inOpenTransaction(`SELECT FROM waybill WHERE waybill_id = 'W2' FOR UPDATE`)
	im := d.startWaybills(t.Context(), "biz_id,waybill_id,order_id,status\nB,W1,O1,collected\nB,W2,O2,collected")
	d.untilBlocked(im)
	first := d.blockedSince()
	ctx, stop := context.WithTimeout(t.Context(), storetest.Patience)
	defer stop()
	if _, err := d.DB.Exec(ctx, `SELECT FROM waybill WHERE waybill_id = 'W1' FOR UPDATE`); err != nil {
		t.Errorf("a row that the import had locked: %v", err)
	}
	storetest.Until(t, "the import tries again", func() bool {
		since := d.blockedSince()
		return since != "" && since != first
	})
	release()
	r, err := im.wait(t)
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, r, 2, 0, 2, 0, 0)
}

// freeWhileBlocked lists the waybills that were not locked at a moment when
// the import waited.
func (d importStore) freeWhileBlocked(im *importing) []string {
	d.tb.Helper()
	for end := time.Now().Add(storetest.Patience); time.Now().Before(end); {
		d.untilBlocked(im)
		since := d.blockedSince()
		rows, _ := d.DB.Query(context.Background(), `SELECT biz_id || ',' || waybill_id FROM waybill FOR UPDATE SKIP LOCKED`)
		free, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			d.tb.Fatal(err)
		}
		if since != "" && since == d.blockedSince() { // it was one try all the time
			slices.Sort(free)
			return free
		}
	}
	d.tb.Fatal("the import never waited for long enough to be looked at")
	return nil
}

// An import locks rows in the order of the key, whatever the order of the file.
func TestImportLocksInKeyOrder(t *testing.T) {
	t.Parallel()
	d := newImportStore(t, "A", "B")
	keys := []string{"A,W10", "A,W2", "A,X", "B,W1", "B,W11", "B,W3"} // byte by byte
	const header = "biz_id,waybill_id,order_id,service\n"
	file := header
	for i, k := range []int{4, 2, 0, 5, 3, 1} {
		file += fmt.Sprintf("%s,O%d,%%[1]s\n", keys[k], i)
	}
	if _, err := d.Import(t.Context(), csvimport.Waybills, strings.NewReader(fmt.Sprintf(file, "old"))); err != nil {
		t.Fatal(err)
	}
	release := d.inOpenTransaction(`SELECT FROM waybill WHERE waybill_id = 'W1' FOR UPDATE`)
	im := d.startWaybills(t.Context(), fmt.Sprintf(file, "new"))
	if free, want := d.freeWhileBlocked(im), keys[4:]; !slices.Equal(free, want) {
		t.Errorf("while the import waits for %s only %v are free, want %v", keys[3], free, want)
	}
	release()
	if r, err := im.wait(t); err != nil || r.Updated != 6 {
		t.Errorf("updated %d, %v", r.Updated, err)
	}
}

// Another transaction gives the order another waybill between check and load: the line is
// named, whole chunks stay, and importing again is harmless.
func TestImportConflict(t *testing.T) {
	t.Parallel()
	d := newImportStore(t, "B", "C")
	const n = 12_000 // the third chunk begins with W0010000
	file := manyWaybills(n, "booked")
	release := d.inOpenTransaction(`INSERT INTO waybill (biz_id, waybill_id, order_id) VALUES ('B', 'other', 'O0011000'), ('C', 'W0011001', 'O')`)
	im := d.startWaybills(t.Context(), file)
	d.untilBlocked(im)
	release()
	r, err := im.wait(t)
	bad, ok := errors.AsType[*csvimport.Error](err)
	if !ok {
		t.Fatalf("got %v, want an Error of the file", err)
	}
	lineOf := func(id string) int64 {
		return int64(strings.Count(file[:strings.Index(file, id)], "\n")) + 1
	}
	want := []csvimport.Problem{
		{Line: lineOf("W0011000"), Column: "order_id", Text: "the order has another waybill: other"},
		{Line: lineOf("W0011001"), Column: "waybill_id", Text: "the waybill belongs to another merchant"},
	}
	slices.SortFunc(want, func(a, b csvimport.Problem) int { return int(a.Line - b.Line) })
	if !slices.Equal(bad.First, want) || bad.Count != 2 || bad.Loaded != 10_000 {
		t.Errorf("got %+v, want %+v after 10000 lines", bad, want)
	}
	if text := err.Error(); !strings.Contains(text, "stopped after 10000 lines") || !strings.Contains(text, "again is safe") {
		t.Errorf("got %q", text)
	}
	wantCounts(t, r, n, 10_000, 0, 0, 0)

	d.do(`DELETE FROM waybill WHERE waybill_id = 'other' OR biz_id = 'C'`)
	wantCounts(t, d.waybills(file), n, 2000, 0, 10_000, 0)
}

// Another transaction inserts the very waybill meanwhile: it is updated then.
func TestImportFindsItInserted(t *testing.T) {
	t.Parallel()
	d := newImportStore(t, "B")
	release := d.inOpenTransaction(`INSERT INTO waybill (biz_id, waybill_id, order_id) VALUES ('B', 'W1', 'O1')`)
	im := d.startWaybills(t.Context(), "biz_id,waybill_id,order_id,service\nB,W1,O1,fast\nB,W2,O2,fast")
	d.untilBlocked(im)
	release()
	r, err := im.wait(t)
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, r, 2, 1, 1, 0, 0)
}

// When the connection goes, the error says that the import can be run again.
func TestImportConnectionLost(t *testing.T) {
	t.Parallel()
	d := newImportStore(t, "B")
	d.waybills("biz_id,waybill_id,order_id", "B,W1,O1")
	release := d.inOpenTransaction(`SELECT FROM waybill WHERE waybill_id = 'W1' FOR UPDATE`)
	im := d.startWaybills(t.Context(), "biz_id,waybill_id,order_id,status\nB,W1,O1,collected\n")
	d.untilBlocked(im)
	d.do(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
	_, err := im.wait(t)
	release()
	if err == nil || !strings.Contains(err.Error(), "stopped with 1 of 1 lines to go (what was loaded stays, and importing the whole file again is safe)") {
		t.Errorf("got %v", err)
	}
	wantCounts(t, d.waybills("biz_id,waybill_id,order_id,status", "B,W1,O1,collected"), 1, 0, 1, 0, 0)
}

// Two imports of opposite files and cancels of the same waybills, all at once:
// there is no deadlock, and every cancel that was promised is kept.
func TestImportBesideCancels(t *testing.T) {
	t.Parallel()
	d := newImportStore(t, "B")
	const n = 6000
	d.waybills(manyWaybills(n, "booked"))
	collected := strings.Split(strings.TrimSpace(manyWaybills(n, "collected")), "\n")
	slices.Reverse(collected[1:])

	var mu sync.Mutex
	promised := map[string]bool{}
	stop := make(chan struct{})
	var pushes sync.WaitGroup
	for range 4 {
		pushes.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				id := fmt.Sprintf("%07d", rand.N(n))
				push := ledger.Push{ID: ledger.PushID{1, 2, 3}, Event: "cancel_waybill", Format: "xml", Mode: "plain"}
				got, err := d.Cancel(t.Context(), waybill.NewCancelRequest(push, "B", "", "", "O"+id, "W"+id))
				if err != nil {
					t.Error(err)
				}
				if got.Reason == waybill.Accepted {
					mu.Lock()
					promised[id] = true
					mu.Unlock()
				}
			}
		})
	}
	storetest.Until(t, "a cancel goes through", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(promised) > 0
	})
	first := d.startWaybills(t.Context(), strings.Join(collected, "\n"))
	second := d.startWaybills(t.Context(), strings.ReplaceAll(manyWaybills(n, "booked"), "standard", "express"))
	for _, im := range []*importing{first, second} {
		if _, err := im.wait(t); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	pushes.Wait()
	if len(promised) == 0 {
		t.Error("no cancel went through beside the imports")
	}
	for id := range promised {
		if got := d.text(`SELECT status::text FROM waybill WHERE waybill_id = $1`, "W"+id); got != "cancelled" {
			t.Errorf("waybill W%s was cancelled by a push and is %s", id, got)
		}
	}
	if got := d.text(`SELECT count(*)::text FROM waybill WHERE status NOT IN ('collected', 'cancelled')`); got != "0" {
		t.Errorf("%s waybills are neither collected nor cancelled", got)
	}
	if got := d.text(`SELECT deadlocks::text FROM pg_stat_database WHERE datname = current_database()`); got != "0" {
		t.Errorf("%s deadlocks", got)
	}
}
