package csvimport_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/storetest"
)

// lock runs a statement in a transaction that stays open until release commits it.
func (d *database) lock(sql string) (release func()) {
	d.Helper()
	tx, err := d.DB.Begin(context.Background())
	if err == nil {
		_, err = tx.Exec(context.Background(), sql)
	}
	if err != nil {
		d.Fatal(err)
	}
	return func() {
		if err := tx.Commit(context.Background()); err != nil {
			d.Error(err)
		}
	}
}

// importing is an import under way, that waits for a lock.
type importing struct {
	done   chan struct{}
	report csvimport.Report
	err    error
}

func (d *database) untilBlocked(kind csvimport.Kind, lines ...string) *importing {
	d.Helper()
	im := &importing{done: make(chan struct{})}
	go func() {
		defer close(im.done)
		im.report, im.err = d.load(kind, lines...)
	}()
	storetest.Until(d, "the import waits", func() bool {
		select {
		case <-im.done:
			d.Fatalf("the import did not wait: %+v, %v", im.report, im.err)
		default:
		}
		return d.Int(d, storetest.LockWaits) > 0
	})
	return im
}

// outcome is the report's counts, or the error.
func (im *importing) outcome(tb testing.TB) string {
	tb.Helper()
	select {
	case <-im.done:
	case <-time.After(storetest.Patience):
		tb.Fatal("the import does not end")
	}
	if im.err != nil {
		return im.err.Error()
	}
	return counts(im.report)
}

// What another transaction writes while the import waits for the row counts: a push that
// cancels wins, and is whole; a row that is there by now is updated; a quota is set and
// not added; a lease of numbers is not forgotten.
func TestOtherTransactionFirst(t *testing.T) {
	t.Parallel()
	const (
		waybills  = "biz_id,waybill_id,order_id,service,status,booked_at\n"
		booked    = waybills + "B,W1,O1,old,,2026-11-01 00:00:00\nB,W2,O2,old,,"
		cancel    = `UPDATE waybill SET status = 'cancelled', cancelled_at = to_timestamp(7), cancel_push = decode(repeat('ab', 32), 'hex') WHERE waybill_id = 'W1'`
		cancelled = "O1 old cancelled b:2026-11-01T00:00:00.000000 x:7 p:abab"
		ranges    = "name,prefix,width,check_digit,first,last,owner\n"
		unused    = ranges + "a,A,4,none,0,99,carrier"
		lease     = `UPDATE number_range SET next = 50`
		leased    = "(a,A,4,none,0,99,50,f)"
		none      = "nothing was loaded\n"
	)
	for name, tt := range map[string]struct{ kind, before, other, file, outcome, state string }{
		"cancelled, and booked":    {"waybills", booked, cancel, waybills + "B,W2,O2,new,booked,\nB,W1,O1,new,booked,", "1 changed, 1 backwards", cancelled},
		"cancelled, and collected": {"waybills", booked, cancel, waybills + "B,W2,O2,new,collected,\nB,W1,O1,new,collected,", "1 changed, 1 backwards", cancelled},
		"inserted": {"waybills", "", `INSERT INTO waybill (biz_id, waybill_id, order_id) VALUES ('B', 'W1', 'O1')`, booked, "1 new, 1 changed",
			"O1 old booked b:2026-11-01T00:00:00.000000"},
		"quota":          {"merchants", "biz_id,quota,no_password\nA,10,yes\nC,20,yes", `UPDATE quota SET remaining = remaining - 1`, "biz_id,quota\nC,\nA,100", "2 changed", "A=100"},
		"range, longer":  {"ranges", unused, lease, ranges + "a,A,4,none,0,500,carrier", "1 changed", "(a,A,4,none,0,500,50,f)"},
		"range, shorter": {"ranges", unused, lease, ranges + "a,A,4,none,0,40,carrier", none + "line 2, column last: the range has been used up to 49", leased},
		"range, removed": {"ranges", unused, lease, ranges + "b,B,4,none,0,40,carrier",
			none + "line 2: after this line the range a is missing: it has been used and cannot be removed", leased},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, kind := newDatabase(t, "B"), samples[tt.kind].kind
			if tt.before != "" {
				d.imports(kind, fmt.Sprint(strings.Count(tt.before, "\n"), " new"), tt.before)
			}
			release := d.lock(tt.other)
			im := d.untilBlocked(kind, tt.file)
			release()
			if got := im.outcome(t); got != tt.outcome {
				t.Errorf("got %s, want %s", got, tt.outcome)
			}
			if state := d.waybill("W1") + d.quotas() + d.rows("number_range"); state != tt.state {
				t.Errorf("got %s, want %s", state, tt.state)
			}
		})
	}
}

// An import locks rows in the order of the key, byte by byte, whatever the order of the file
// and whatever becomes of the rows. A row that is locked for longer than its lock timeout is
// tried again, and no row stays locked meanwhile for long.
func TestLocksInKeyOrder(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		kind                       csvimport.Kind
		before, file               string
		ids, locked, free, outcome string
	}{
		"waybills": {csvimport.Waybills,
			"biz_id,waybill_id,order_id,service\nB,W11,O0,old\nA,X,O1,old\nA,W10,O2,old\nB,W3,O3,old\nB,W1,O4,old\nA,W2,O5,old",
			"biz_id,waybill_id,order_id,service\nB,W11,O0,new\nA,X,O1,new\nA,W10,O2,new\nB,W3,O3,new\nB,W1,O4,new\nA,W2,O5,new",
			`SELECT biz_id || waybill_id FROM waybill`, `waybill_id = 'W1'`, "BW11 BW3", "6 changed"},
		"quotas": {csvimport.Merchants,
			"biz_id,quota,no_password\nP,10,yes\nQ,20,yes\nR,30,yes\nS,40,yes",
			"biz_id,quota,cancel_allowed,no_password\nS,,,\nR,30,no,\nQ,200,,\nP,100,,\nT,500,,yes",
			`SELECT biz_id FROM quota`, `biz_id = 'Q'`, "R S", "1 new, 4 changed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDatabase(t, "A", "B")
			d.imports(tt.kind, fmt.Sprint(strings.Count(tt.before, "\n"), " new"), tt.before)
			release := d.lock(tt.ids + ` WHERE ` + tt.locked + ` FOR UPDATE`)
			im := d.untilBlocked(tt.kind, tt.file)
			since := func() string {
				return d.text(`SELECT coalesce(max(xact_start)::text, '') FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
			}
			tries := map[string]bool{}
			storetest.Until(t, "the import tries again, and was looked at", func() bool {
				began := since()
				free := d.text(`WITH free (id) AS (` + tt.ids + ` FOR UPDATE SKIP LOCKED) SELECT string_agg(id, ' ' ORDER BY id COLLATE "C") FROM free`)
				if began != "" && began == since() { // it was one try all the time
					if tries[began] = true; free != tt.free {
						t.Errorf("while the import waits only %s are free, want %s", free, tt.free)
					}
				}
				return len(tries) == 2
			})
			d.do(tt.ids + ` WHERE NOT ` + tt.locked + ` FOR UPDATE`)
			release()
			if got := im.outcome(t); got != tt.outcome {
				t.Errorf("got %s, want %s", got, tt.outcome)
			}
		})
	}
}

// Another transaction gives the order another waybill between check and load: the line is
// named, whole chunks stay, and importing again is harmless.
func TestConflict(t *testing.T) {
	t.Parallel()
	d := newDatabase(t, "B", "C")
	file := manyWaybills(12_000, "booked") // the third chunk begins with W0010000
	release := d.lock(`INSERT INTO waybill (biz_id, waybill_id, order_id) VALUES ('B', 'other', 'O0011000'), ('C', 'W0011001', 'O')`)
	im := d.untilBlocked(csvimport.Waybills, file)
	release()
	got := im.outcome(t)
	var want []csvimport.Problem
	for id, p := range map[string]csvimport.Problem{
		"W0011000": {Column: "order_id", Text: "the order has another waybill: other"},
		"W0011001": {Column: "waybill_id", Text: "the waybill belongs to another merchant"},
	} {
		p.Line = int64(strings.Count(file[:strings.Index(file, id)], "\n")) + 1
		want = append(want, p)
	}
	slices.SortFunc(want, func(a, b csvimport.Problem) int { return int(a.Line - b.Line) })
	bad, ok := errors.AsType[*csvimport.Error](im.err)
	if !ok || !slices.Equal(bad.First, want) || bad.Count != 2 || bad.Loaded != 10_000 || counts(im.report) != "10000 new, 2000 not counted" {
		t.Errorf("got %s, %s, want %+v after 10000 lines", got, counts(im.report), want)
	}
	if !strings.Contains(got, "stopped after 10000 lines") || !strings.Contains(got, "again is safe") {
		t.Errorf("got %q", got)
	}
	d.do(`DELETE FROM waybill WHERE waybill_id = 'other' OR biz_id = 'C'`)
	d.imports(csvimport.Waybills, "2000 new, 10000 same", file)
}

// When the connection goes, the error says that the import can be run again.
func TestConnectionLost(t *testing.T) {
	t.Parallel()
	d := newDatabase(t, "B")
	d.with("waybills", "1 new", samples["waybills"].line)
	release := d.lock(`SELECT FROM waybill FOR UPDATE`)
	const file = "biz_id,waybill_id,order_id,status\nB,W1,O1,collected\n"
	im := d.untilBlocked(csvimport.Waybills, file)
	d.do(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
	if got := im.outcome(t); !strings.Contains(got, "stopped with 1 of 1 lines to go (what was loaded stays, and importing the whole file again is safe)") {
		t.Errorf("got %v", got)
	}
	release()
	d.imports(csvimport.Waybills, "1 changed", file)
}
