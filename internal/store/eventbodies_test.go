package store_test

import (
	"bytes"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/event"
	"carrierhook/internal/store"
	"carrierhook/internal/store/events"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

var update = flag.Bool("update", false, "rewrite the bodies of events")

// allEvents writes events of all kinds.
var allEvents = wanting(events.WriterOptions{Kinds: event.Kinds(), QuotaMark: 1_000_000, NumbersMark: 1})

// wanting is a store that writes events.
func wanting(o events.WriterOptions) func(store.Options) store.Options {
	return func(s store.Options) store.Options {
		s.Events = o
		return s
	}
}

// written are the events of a database, in order: kind, parcel and body.
func (d testStore) written(t *testing.T) []string {
	t.Helper()
	return d.Texts(t, `SELECT concat_ws(E'\t', kind, parcel, body) FROM event ORDER BY position`)
}

func (d testStore) wantEvents(t *testing.T, want int, after string) {
	t.Helper()
	if got := d.written(t); len(got) != want {
		t.Errorf("after %s: %d events, want %d:\n%s", after, len(got), want, strings.Join(got, "\n"))
	}
}

// Times are those of the run, and so are the ids of what is identified by one.
var (
	times    = regexp.MustCompile(`"20\d\d-[^"]+Z"`)
	seconds  = regexp.MustCompile(`"action_time":\d+`)
	ofTimes  = regexp.MustCompile(`^(order\.status_|privacy\.)`)
	eventIDs = regexp.MustCompile(`evt_[0-9a-f]{32}`)
)

func timeless(line string) string {
	line = seconds.ReplaceAllString(times.ReplaceAllString(line, `"2026-11-30T12:00:00Z"`), `"action_time":1795000000`)
	if ofTimes.MatchString(line) {
		line = eventIDs.ReplaceAllString(line, "evt_"+strings.Repeat("0", 32))
	}
	return line
}

// Each decided fact has its event, in the order of the decisions, and nothing undecided has
// one. What is done again makes no second event; what is refused again has the same id.
func TestEventBodies(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 3, wanting(events.WriterOptions{Account: "gh_carrier", Kinds: event.Kinds(), QuotaMark: 2, NumbersMark: 99_999_999}), reviewed)
	instanttest.PutShops(t, d.Database, instant.ShopRow{ID: "S", Secret: instanttest.Secret})
	d.AddWaybills(t, "W1", "W2")

	d.Booked(t, expresstest.OrderPush(1, "P", "O1"))   // and the numbers are low
	d.MustBook(t, expresstest.OrderPush(1, "P", "O1")) // again
	d.wantEvents(t, 2, "a booking")
	d.Booked(t, expresstest.OrderPush(2, "P", "O2")) // and the quota is low
	d.wantEvents(t, 4, "a booking that takes from a low quota")
	d.MustCancel(t, expresstest.CancelPush(3, "W1"))
	d.MustCancel(t, expresstest.CancelPush(3, "W1")) // again
	d.MustCancel(t, expresstest.CancelPush(4, "W9")) // of no waybill
	d.wantEvents(t, 5, "a cancel")
	d.MustCancel(t, expresstest.CancelPush(5, "W1"))
	d.wantEvents(t, 6, "a refused cancel")
	collected := expresstest.ScanOf("W2", waybill.Collecting, 0, expresstest.Keyed("k1"))
	d.WantScan(t, collected, waybill.Recorded, waybill.Collected)
	d.WantScan(t, collected, waybill.Repeated, waybill.Collected)
	d.wantEvents(t, 7, "a scan")
	refused := expresstest.ScanOf("W1", waybill.Collecting, 0, expresstest.Keyed("k2"))
	d.WantScan(t, refused, waybill.WaybillCancelled, waybill.Cancelled)
	d.wantEvents(t, 8, "a refused scan")
	d.MustCharge(t, waybill.Charge{BizID: "B", WaybillID: "W2", By: "till"})
	d.MustCharge(t, waybill.Charge{BizID: "B", WaybillID: "W2", By: "till"})
	d.wantEvents(t, 9, "a charge")

	review := waybill.ReviewResult{ReviewKey: waybill.ReviewKey{Account: "gh_a", BizID: "B", ShopAppID: "wxS"}, Message: "资料不全", By: "staff"}
	for range 2 {
		d.WantBind(t, expresstest.BindPush(7, "wxS"), waybill.UnderReview)
	}
	d.WantBind(t, expresstest.BindPush(8, "wxS"), waybill.UnderReview)
	d.wantEvents(t, 10, "a bind that waits")
	d.WantBind(t, expresstest.BindPush(7, "wxT"), waybill.UnderReview)
	d.wantEvents(t, 11, "another, by a push of the same identity")
	d.MustReview(t, review, waybill.Recorded)
	d.MustReview(t, review, waybill.Repeated)
	d.wantEvents(t, 12, "a review that failed")
	d.WantBind(t, expresstest.BindPush(8, "wxS"), waybill.FailedReview)
	d.WantBind(t, expresstest.BindPush(9, "wxS"), waybill.UnderReview)
	d.wantEvents(t, 13, "one that is pending again")
	review.Passed, review.Message = true, ""
	d.MustReview(t, review, waybill.Recorded)
	d.MustReview(t, review, waybill.Repeated)
	d.WantBind(t, expresstest.BindPush(10, "wxS"), waybill.Accepted)
	d.wantEvents(t, 14, "one that was passed after all")

	first := d.orders.MustAccept(t, instanttest.Order(1, delivery.Add, "D1"))
	d.orders.WantReason(t, instanttest.Order(1, delivery.Add, "D1"), delivery.Accepted, true)
	d.orders.MustAccept(t, instanttest.FollowUp(2, delivery.Tip, "D1", instanttest.Tips("3.00")))
	d.wantEvents(t, 16, "an order with a tip")
	d.orders.MustAccept(t, instanttest.FollowUp(3, delivery.Cancel, "D1"))
	d.orders.MustAccept(t, instanttest.FollowUp(4, delivery.Query, "D1"))
	d.wantEvents(t, 17, "a cancelled order")
	second := d.orders.MustAccept(t, instanttest.Order(5, delivery.Readd, "D1"))
	late := reportOf(first, delivery.Assigned, time.Now())
	d.orders.WantVerdict(t, late, delivery.AttemptSuperseded, delivery.CancelledEarly)
	d.wantEvents(t, 19, "an order that is placed again")
	for _, status := range []delivery.Status{delivery.Assigned, delivery.PickedUp, delivery.ReturningRefused} {
		d.orders.WantVerdict(t, reportOf(second, status, time.Now()), delivery.Recorded, status)
	}
	d.wantEvents(t, 22, "three reports")
	d.orders.MustAccept(t, instanttest.FollowUp(6, delivery.ConfirmReturn, "D1"))
	if n, err := d.EraseContacts(t.Context(), time.Nanosecond); err != nil || n == 0 {
		t.Errorf("erased %d: %v", n, err)
	}
	if _, err := d.EraseContacts(t.Context(), time.Nanosecond); err != nil {
		t.Error(err)
	}
	d.wantEvents(t, 24, "an erasing")

	var got bytes.Buffer
	kinds := map[event.Kind]bool{}
	for _, line := range d.written(t) {
		kind, _, _ := strings.Cut(line, "\t")
		kinds[event.Kind(kind)] = true
		got.WriteString(timeless(line) + "\n")
	}
	for _, k := range event.Kinds() {
		if !kinds[k] {
			t.Errorf("no event of %s", k)
		}
	}
	for _, personal := range []string{"张三", "13800000000", "新港", "刘一", "老王", "地铁", "1371234", "1851234", "易碎", "门口", "token-", "wx-D1", `"pw"`, "快件", "骑手", "书", "水果", "资料不全"} {
		if strings.Contains(got.String(), personal) {
			t.Errorf("%s is in an event", personal)
		}
	}
	const file = "../event/testdata/bodies.golden"
	if *update {
		storetest.Must(t, os.WriteFile(file, got.Bytes(), 0o644))
	}
	want, err := os.ReadFile(file)
	storetest.Must(t, err)
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the events are\n%s\nwant\n%s", got.Bytes(), want)
	}

	d.MustCancel(t, expresstest.CancelPush(5, "W1"))
	d.WantScan(t, refused, waybill.WaybillCancelled, waybill.Cancelled)
	d.orders.WantVerdict(t, late, delivery.AttemptSuperseded, delivery.CancelledEarly)
	d.WantInt(t, 3, `SELECT count(*) FROM (SELECT FROM event GROUP BY id HAVING count(*) = 2) AS again`)
	d.WantInt(t, 24, `SELECT count(DISTINCT id) FROM event`)
}

func reportOf(a delivery.Attempt, status delivery.Status, at time.Time) delivery.StatusReport {
	return instanttest.Report("D1", status, 0, instanttest.Of(a.WaybillID), func(r *delivery.StatusReport) { r.At = at.Truncate(time.Second) })
}

// Nobody wants a kind: there is no row of it, and no transaction for it.
func TestEventsNobodyWants(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 3, wanting(events.WriterOptions{Account: "gh_carrier", Kinds: []event.Kind{event.WaybillCharged}, QuotaMark: 3, NumbersMark: 99_999_999}), reviewed)
	d.AddWaybills(t, "W1", "W2")
	d.Booked(t, expresstest.OrderPush(1, "P", "O1"))
	d.MustCancel(t, expresstest.CancelPush(1, "W1"))
	d.MustCancel(t, expresstest.CancelPush(2, "W1"))
	d.WantScan(t, expresstest.ScanOf("W1", waybill.Collecting, 0), waybill.WaybillCancelled, waybill.Cancelled)
	d.WantScan(t, expresstest.ScanOf("W2", waybill.Collecting, 0), waybill.Recorded, waybill.Collected)
	d.wantEvents(t, 0, "what nobody wants")
	d.WantBind(t, expresstest.BindPush(1, "wxS"), waybill.UnderReview)
	d.wantEvents(t, 0, "what nobody wants")
	d.MustCharge(t, waybill.Charge{BizID: "B", WaybillID: "W2"})
	d.wantEvents(t, 1, "a charge")
}

// A quota that many bookings take from at once is low once, when it falls below the mark;
// and once more when it was raised and falls again.
func TestQuotaLowOnce(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 40, wanting(events.WriterOptions{Kinds: []event.Kind{event.MerchantQuotaLow}, QuotaMark: 10}))
	book := func(from, n int) {
		storetest.AtOnce(n, func(i int) any {
			d.Booked(t, expresstest.OrderPush(from+i, "P", "O"+string(rune('A'+(from+i)/26))+string(rune('a'+(from+i)%26))))
			return nil
		})
	}
	book(0, 30)
	d.wantEvents(t, 0, "30 of 40")
	book(30, 8)
	d.wantEvents(t, 1, "38 of 40")
	d.Exec(t, `UPDATE quota SET remaining = 12 WHERE biz_id = 'P'`)
	book(38, 6)
	d.wantEvents(t, 2, "another 6 of 12")
	for _, line := range d.written(t) {
		if left := regexp.MustCompile(`"remaining":(\d+)`).FindStringSubmatch(line); left == nil || !slices.Contains([]string{"2", "3", "4", "5", "6", "7", "8", "9"}, left[1]) {
			t.Errorf("%s", line)
		}
	}
}
