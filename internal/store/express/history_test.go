package express_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/express"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// A waybill's history has everything: what it is, how it was booked, what was
// reported of it, who asked.
func TestHistory(t *testing.T) {
	t.Parallel()
	begun := time.Now().Truncate(time.Microsecond)
	d := newBookingStore(t, 5)
	number := d.Booked(t, expresstest.OrderPush(1, "P", "O1"))
	d.WantScan(t, expresstest.ScanOf(number, waybill.Signing, 90), waybill.Recorded, waybill.Signed)
	d.WantScan(t, expresstest.ScanOf(number, waybill.Collecting, 30, expresstest.Keyed("k1")), waybill.Recorded, waybill.Signed)
	d.WantScan(t, expresstest.ScanOf(number, 200001, 30, expresstest.Keyed("k0")), waybill.Recorded, waybill.Signed)
	d.WantCancel(t, expresstest.CancelOf(2, "P", "O1", number), waybill.SignedLongAgo, false)
	h, err := d.History(t.Context(), "P", number, 100)
	storetest.Must(t, err)
	if w := h.Waybill; w == nil || w.BizID != "P" || w.ID != number || w.Status != waybill.Signed || w.ScannedAt.IsZero() {
		t.Errorf("got %+v", w)
	}
	if want := (waybill.Booking{Label: h.Booking.Label, Pieces: 1, Grams: 1200, InsuredFen: 10000, HasContacts: true}); *h.Booking != want || want.Label == "" {
		t.Errorf("got %+v", h.Booking)
	}
	var scans []string
	for _, s := range h.Scans {
		scans = append(scans, fmt.Sprintf("%d %.0f %.2s %s", s.Action, s.At.Sub(expresstest.DayOne).Minutes(), s.Key, s.RecordedBy))
		if !strings.HasPrefix(s.Message, "快件已到达广州") || s.RecordedAt.Before(begun) || s.RecordedAt.After(time.Now()) {
			t.Errorf("got %+v", s)
		}
	}
	if got, want := strings.Join(scans, "; "), "100001 30 k1 hub; 200001 30 k0 hub; 300003 90 sh hub"; got != want {
		t.Errorf("the trace is %s, want %s", got, want)
	}
	if len(h.Pushes) != 2 || h.More || h.Pushes[0].Event != "cancel_waybill" || h.Pushes[1].Event != "add_waybill" {
		t.Fatalf("asked by %+v, more %t", h.Pushes, h.More)
	}
	a := h.Pushes[1]
	if a.BizID != "P" || a.OrderID != "O1" || a.WaybillID != number || a.Format != "json" || a.Mode != "secure" ||
		a.ResultCode == nil || *a.ResultCode != 0 || a.Reason != string(waybill.Accepted) || a.Repeat || a.Took <= 0 ||
		a.Push != (ledger.PushID{0, 0, 1, 2}) || a.Serial == 0 {
		t.Errorf("got %+v", a)
	}
}

// What is not there is told apart: nothing at all, or only a question.
func TestHistoryNotFound(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	for _, id := range []string{"W", "", "W\x00", "\xff"} {
		if h, err := d.History(t.Context(), "B", id, 10); !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("%q: got %+v, %v", id, h, err)
		}
	}
	d.MustCancel(t, expresstest.CancelPush(1, "W"))
	h, err := d.History(t.Context(), "B", "W", 10)
	if err != nil || h.Waybill != nil || h.Booking != nil || len(h.Scans) != 0 || len(h.Pushes) != 1 || h.More {
		t.Errorf("a waybill that was only asked about: %+v, %v", h, err)
	}
	if h, err := d.History(t.Context(), "C", "W", 10); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("of another merchant: %+v, %v", h, err)
	}
	d.AddWaybills(t, "V")
	if h, err := d.History(t.Context(), "B", "V", 10); err != nil || h.Waybill == nil || h.Booking != nil || len(h.Pushes) != 0 {
		t.Errorf("a waybill that nobody asked about: %+v, %v", h, err)
	}
}

// Only so many of the pushes are told, the newest, and that there are more.
func TestHistoryMore(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	for i := range 4 {
		d.MustCancel(t, expresstest.CancelPush(i, "W"))
	}
	for limit, more := range map[int]bool{0: true, 3: true, 4: false, 100: false} {
		h, err := d.History(t.Context(), "B", "W", limit)
		if err != nil || len(h.Pushes) != min(limit, 4) || h.More != more {
			t.Errorf("of %d: got %d, more %t, %v", limit, len(h.Pushes), h.More, err)
		}
		for i, a := range h.Pushes {
			if want := (ledger.PushID{0, byte(3 - i), 1}); a.Push != want {
				t.Errorf("of %d: number %d is push %x", limit, i, a.Push[:3])
			}
		}
	}
}

// All of a history is of one moment: nobody sees a cancelled waybill without the
// push that cancelled it, or the push and the waybill still booked.
func TestHistoryOneMoment(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.WantCancel(t, expresstest.CancelPush(999, "none"), waybill.UnknownWaybill, false)
	const rounds = 60
	for i := range rounds {
		d.AddWaybills(t, fmt.Sprint("W", i))
	}
	ctx, stop := context.WithCancel(t.Context())
	var latest sync.Map
	var readers, writer sync.WaitGroup
	torn := func(h waybill.History) bool {
		scanned := h.Waybill.Status == waybill.Collected
		cancelled := h.Waybill.Status == waybill.Cancelled
		return scanned != (len(h.Scans) == 1) || cancelled != (len(h.Pushes) == 1)
	}
	for range 3 {
		readers.Go(func() {
			for ctx.Err() == nil {
				i, ok := latest.Load("at")
				if !ok {
					continue
				}
				h, err := d.History(context.Background(), "B", fmt.Sprint("W", i), 10)
				if err != nil || torn(h) {
					t.Errorf("a history of two moments: %+v, %v", h, err)
				}
			}
		})
	}
	writer.Go(func() {
		for i := range rounds {
			latest.Store("at", i)
			time.Sleep(2 * time.Millisecond)
			if id := fmt.Sprint("W", i); i%2 == 0 {
				d.WantCancel(t, expresstest.CancelPush(i, id), waybill.Accepted, false)
			} else {
				d.WantScan(t, expresstest.ScanOf(id, waybill.Collecting, i), waybill.Recorded, waybill.Collected)
			}
			time.Sleep(2 * time.Millisecond)
		}
	})
	writer.Wait()
	stop()
	readers.Wait()
}

// A snapshot is one however long the questions take: what is written between two
// of them is in neither.
func TestHistorySnapshot(t *testing.T) {
	t.Parallel()
	d := newStore(t, queryMode("exec")) // the others would prepare all questions first
	d.AddWaybills(t, "W")
	// The second question waits for the lock; the first has seen the waybill booked.
	release := d.Lock(t, `LOCK TABLE booking IN ACCESS EXCLUSIVE MODE`)
	got := make(chan waybill.History, 1)
	go func() {
		h, err := d.History(context.Background(), "B", "W", 10)
		if err != nil {
			t.Error(err)
		}
		got <- h
	}()
	d.WaitFor(t, storetest.LockWaits)
	d.WantCancel(t, expresstest.CancelPush(1, "W"), waybill.Accepted, false)
	release()
	if h := <-got; h.Waybill.Status != waybill.Booked || len(h.Pushes) != 0 {
		t.Errorf("the waybill is %s and was asked about by %d", h.Waybill.Status, len(h.Pushes))
	}
	if h, err := d.History(t.Context(), "B", "W", 10); err != nil || h.Waybill.Status != waybill.Cancelled || len(h.Pushes) != 1 {
		t.Errorf("then: %+v, %v", h, err)
	}
}

// The scans are looked for in one month, whatever the number of months: all of them, and
// those that may be an event's.
func TestScansOfOneMonth(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.AddWaybills(t, "W", "V")
	d.WantScan(t, expresstest.ScanOf("W", waybill.Collecting, 1), waybill.Recorded, waybill.Collected)
	for id, want := range map[string]int{"W": 1, "V": 0, "none": 0} {
		for _, mode := range []string{"force_generic_plan", "force_custom_plan"} {
			for _, read := range [][]string{
				d.partsRead(t, mode, express.ReadScansSQL, "B", id, 1000),
				d.partsRead(t, mode, express.ReadScansOfEventSQL, "B", id, 100001, expresstest.DayOne.Add(time.Minute)),
			} {
				if len(read) != want || want == 1 && read[0] != time.Now().UTC().Format("scan_2006_01") {
					t.Errorf("%s of waybill %s reads %v", mode, id, read)
				}
			}
		}
	}
}

// partsRead runs a prepared statement and tells which partitions it did read.
func (d testStore) partsRead(t *testing.T, mode, sql string, args ...any) (read []string) {
	t.Helper()
	conn, err := d.DB.Acquire(t.Context())
	storetest.Must(t, err)
	defer conn.Release()
	if _, err := conn.Exec(t.Context(), "SET plan_cache_mode = "+mode); err != nil {
		t.Fatal(err)
	}
	var text string
	storetest.Must(t, conn.QueryRow(t.Context(), "EXPLAIN (ANALYZE, FORMAT JSON, COSTS OFF) "+sql, args...).Scan(&text))
	type node struct {
		Relation string  `json:"Relation Name"`
		Loops    float64 `json:"Actual Loops"`
		Plans    []node
	}
	var plans []struct{ Plan node }
	if err := json.Unmarshal([]byte(text), &plans); err != nil || len(plans) != 1 {
		t.Fatalf("%v in %s", err, text)
	}
	var walk func(node)
	walk = func(n node) {
		if n.Loops > 0 && strings.Contains(n.Relation, "_2") || strings.Contains(n.Relation, "_default") && n.Loops > 0 {
			read = append(read, n.Relation)
		}
		for _, below := range n.Plans {
			walk(below)
		}
	}
	walk(plans[0].Plan)
	return read
}
