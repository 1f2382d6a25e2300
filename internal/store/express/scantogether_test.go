package express_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// A pickup and a cancel of the same waybill at the same moment, on two servers:
// one of them wins, both are told the truth, and the row agrees.
func TestScanAgainstCancel(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	stores := []testStore{d, openStore(t, d.Database, standard)}
	for i := range stores {
		stores[i].MustCancel(t, expresstest.CancelPush(9999, "none")) // so that the password is known
	}
	won := map[string]int{}
	raced := func() bool { // each of the two came first now and then
		return len(won) == 2 && slices.Min(slices.Collect(maps.Values(won))) >= 5
	}
	for round, begun := 0, time.Now(); round < 100 || !raced(); round++ {
		if time.Since(begun) > storetest.Patience {
			t.Fatalf("is it a race? It was %v", won)
		}
		id := fmt.Sprintf("W%03d", round)
		d.AddWaybills(t, id)
		var picked waybill.ScanDecision
		var cancelled waybill.CancelDecision
		storetest.Race(round/4,
			func() { picked = stores[round%2].MustScan(t, expresstest.ScanOf(id, waybill.Collecting, round)) },
			func() { cancelled = stores[(round+round/2)%2].MustCancel(t, expresstest.CancelPush(round, id)) },
		)
		what := fmt.Sprint(picked.Verdict, " and ", cancelled.Reason, ": ", d.WaybillStatus(t, id))
		switch what {
		case "recorded and collected: collected", "waybill_cancelled and accepted: cancelled":
		default:
			t.Fatalf("%s: %s", id, what)
		}
		if n := d.Int(t, `SELECT count(*) FROM scan WHERE waybill_id = $1`, id); (n == 1) != (picked.Verdict == waybill.Recorded) {
			t.Fatalf("%s: %s with %d scans on record", id, what, n)
		}
		won[what]++
	}
}

// However often the same scan is reported at once, over two servers, it is on
// record once, and one report has put it there.
func TestScanSameAtOnce(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	stores := []testStore{d, openStore(t, d.Database, standard)}
	for round := range 20 {
		id := fmt.Sprint("W", round)
		d.AddWaybills(t, id)
		got := expresstest.ScanAtOnce(t, 32, stores, func(i int) waybill.Scan {
			return expresstest.ScanOf(id, 200001, 0, expresstest.Keyed("k"+fmt.Sprint(i/2%2)))
		})
		first := 0
		for _, g := range got {
			if g.Verdict == waybill.Recorded {
				first++
			} else if g.Verdict != waybill.Repeated {
				t.Errorf("%s: %s", id, g.Verdict)
			}
		}
		if n := d.Int(t, `SELECT count(*) FROM scan WHERE waybill_id = $1`, id); first != 2 || n != 2 {
			t.Errorf("%s: %d reports say that they were the first, %d are on record of 2", id, first, n)
		}
	}
	d.WantInt(t, 0, `SELECT count(*) FROM (SELECT FROM scan GROUP BY biz_id, waybill_id HAVING count(DISTINCT first_scan_at) > 1) AS apart`)
}

// One key, and scans that say different things: one is on record, the others are
// told that the key is its.
func TestScanOneKeyAtOnce(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	stores := []testStore{d, openStore(t, d.Database, standard)}
	for round := range 10 {
		id := fmt.Sprint("W", round)
		d.AddWaybills(t, id)
		won := 0
		for _, g := range expresstest.ScanAtOnce(t, 16, stores, func(i int) waybill.Scan { return expresstest.ScanOf(id, 200001, i, expresstest.Keyed("k")) }) {
			switch g.Verdict {
			case waybill.Recorded:
				won++
			case waybill.KeyReused:
			default:
				t.Errorf("%s: %s", id, g.Verdict)
			}
		}
		if scans := d.Scans(t, id); won != 1 || len(scans) != 1 {
			t.Errorf("%s: %d have the key, on record are %q", id, won, scans)
		}
	}
}

// A set is decided one by one: a waybill that occurs several times is seen as the
// scans before left it, with what they have put on record, and is written once.
func TestScanBatch(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 5)
	number := d.Booked(t, expresstest.OrderPush(1, "P", "O1"))
	d.AddWaybills(t, "W1", "W2", "held")
	defer d.Lock(t, `SELECT FROM waybill WHERE waybill_id = 'held' FOR UPDATE`)()
	set := []waybill.Scan{
		expresstest.ScanOf("W2", 300002, 3), expresstest.ScanOf("W1", 200001, 2, expresstest.Keyed("k")), expresstest.ScanOf("none", 200001, 0), expresstest.ScanOf("W2", waybill.Collecting, 1),
		expresstest.ScanOf("held", 200001, 0), expresstest.ScanOf("W1", 200001, 2, expresstest.Keyed("k")), expresstest.ScanOf("W1", 200001, 3, expresstest.Keyed("k")), expresstest.ScanOf("W2", waybill.Signing, 7),
		expresstest.ScanOf(number, waybill.Cancelling, 0), expresstest.ScanOf(number, waybill.Collecting, 0), expresstest.ScanOf("W2", waybill.Cancelling, 8), expresstest.ScanOf("W1", waybill.Cancelling, 4, expresstest.Of("B")),
	}
	want := []waybill.Verdict{
		waybill.Recorded, waybill.Recorded, waybill.NoWaybill, waybill.Recorded,
		"", waybill.Repeated, waybill.KeyReused, waybill.Recorded,
		waybill.Recorded, waybill.WaybillCancelled, waybill.WaybillSigned, waybill.Recorded,
	}
	got, err := d.RunScans(t.Context(), set)
	storetest.Must(t, err)
	for i, g := range got {
		if (g == nil) != (want[i] == "") || g != nil && g.Verdict != want[i] {
			t.Errorf("scan %d: got %+v, want %q", i, g, want[i])
		}
	}
	for id, want := range map[string]string{
		"W1": "cancelled collected 2 cancelled 4 traced", "W2": "signed collected 1 signed 7 traced", "held": "booked", number: "cancelled cancelled 0 traced",
	} {
		if got := d.Life(t, id); got != want {
			t.Errorf("%s is %s, want %s", id, got, want)
		}
	}
	d.WantInt(t, 6, `SELECT count(*) FROM scan`)
	d.WantQuota(t, "P", 5)

	// A set of which nothing is kept leaves the connection usable.
	if got, err := d.RunScans(t.Context(), set[2:3]); err != nil || got[0].Verdict != waybill.NoWaybill {
		t.Errorf("%+v, %v", got, err)
	}
}

// scanCrowd reports scans of waybills as crowd does, and expects each to be recorded.
func (d testStore) scanCrowd(t *testing.T, ids []string, with ...func()) {
	t.Helper()
	d.Crowd(t, len(ids), func(i int) {
		if g := d.MustScan(t, expresstest.ScanOf(ids[i], 200001, 0)); g.Verdict != waybill.Recorded {
			t.Errorf("%s: %s", ids[i], g.Verdict)
		}
	}, with...)
}

// Scans that come together share transactions.
func TestScanShare(t *testing.T) {
	t.Parallel()
	d := newStore(t, oneBatch)
	var ids []string
	for i := range 200 {
		ids = append(ids, fmt.Sprintf("W%03d", i))
	}
	d.AddWaybills(t, ids...)
	d.scanCrowd(t, ids)
	if n := d.Int(t, `SELECT count(DISTINCT xmin::text) FROM scan`); n > 2 {
		t.Errorf("200 scans took %d transactions", n)
	}
}

// A waybill that somebody else has locked delays its own scan only, and that one
// waits without a connection.
func TestScanLocked(t *testing.T) {
	t.Parallel()
	d := newStore(t, oneBatch)
	d.AddWaybills(t, "held", "a", "b", "c")
	release := d.Lock(t, `SELECT FROM waybill WHERE waybill_id = 'held' FOR UPDATE`)
	first := make(chan waybill.ScanDecision, 1)
	d.scanCrowd(t, []string{"a", "b", "c"}, func() { first <- d.MustScan(t, expresstest.ScanOf("held", 200001, 0)) })
	storetest.Until(t, "the held waybill is tried again", func() bool { return d.Retries() > 0 })
	if len(first) > 0 {
		t.Error("the held waybill was decided")
	}
	if n := d.Int(t, storetest.LockWaits); n != 0 {
		t.Errorf("%d wait for a lock", n)
	}
	release()
	if got := <-first; got.Verdict != waybill.Recorded {
		t.Errorf("once it was free: %+v", got)
	}
}

// What spoils a batch for everybody costs its cause alone.
func TestScanBadNeighbour(t *testing.T) {
	t.Parallel()
	d := newStore(t, oneBatch)
	d.AddWaybills(t, "a", "b", "c", "poison", "e")
	d.Exec(t, `ALTER TABLE scan ADD CONSTRAINT no_poison CHECK (waybill_id <> 'poison')`)
	bad := make(chan bool)
	d.scanCrowd(t, []string{"a", "b", "c", "e"}, func() {
		defer close(bad)
		if got, err := d.Scan(t.Context(), expresstest.ScanOf("poison", 200001, 0)); err == nil || strings.Contains(err.Error(), "13800000000") {
			t.Errorf("poison: %+v, %v", got, err)
		}
	})
	<-bad
	if got := d.Life(t, "poison"); got != "booked" {
		t.Errorf("the poisoned waybill is %s", got)
	}
}

// Late, twice and in any order, over two servers: what is known in the end is the
// same as if each had come in time and once.
func TestScanAnyOrder(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	stores := []testStore{d, openStore(t, d.Database, standard)}
	life := []waybill.Action{100003, waybill.Collecting, 200001, 300002, 300004, 300002, waybill.Signing, 500001}
	d.AddWaybills(t, "ordered")
	for i, action := range life {
		d.MustScan(t, expresstest.ScanOf("ordered", action, i))
	}
	for round := range 40 {
		id := fmt.Sprint("W", round)
		d.AddWaybills(t, id)
		var reports []waybill.Scan
		for i, action := range life {
			for range 1 + rand.N(2) {
				reports = append(reports, expresstest.ScanOf(id, action, i))
			}
		}
		rand.Shuffle(len(reports), func(i, j int) { reports[i], reports[j] = reports[j], reports[i] })
		var all sync.WaitGroup
		for half := range slices.Chunk(reports, (len(reports)+1)/2) { // each in its own order
			at := stores[rand.N(2)]
			all.Go(func() {
				for _, s := range half {
					if g := at.MustScan(t, s); !g.Verdict.Good() {
						t.Errorf("%s: %s", id, g.Verdict)
					}
				}
			})
		}
		all.Wait()
		if got, want := d.Life(t, id), d.Life(t, "ordered"); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
		if got, want := d.Scans(t, id), d.Scans(t, "ordered"); !slices.Equal(got, want) {
			t.Errorf("%s: on record are %q, want %q", id, got, want)
		}
	}
}

// Somebody whose time is up learns that nothing was recorded, and takes nobody
// else's set with him.
func TestScanHangUp(t *testing.T) {
	t.Parallel()
	d := newStore(t, oneBatch)
	d.AddWaybills(t, "a", "b", "held")
	defer d.Lock(t, `SELECT FROM waybill WHERE waybill_id = 'held' FOR UPDATE`)()
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	late := make(chan error, 1)
	d.scanCrowd(t, []string{"a", "b"}, func() {
		_, err := d.Scan(ctx, expresstest.ScanOf("held", 200001, 0))
		late <- err
	})
	if err := <-late; err == nil || errors.Is(err, ledger.ErrOutcomeUnknown) {
		t.Errorf("got %v", err)
	}
}
