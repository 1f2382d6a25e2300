package store_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/event"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/events"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

var accountOf = regexp.MustCompile(`"account":"([^"]*)"`)

// eventAccounts are the kinds of what was written, each with its account.
func (d testStore) eventAccounts(t *testing.T) (all []string) {
	t.Helper()
	for _, line := range d.written(t) {
		kind, _, _ := strings.Cut(line, "\t")
		all = append(all, kind+" "+accountOf.FindStringSubmatch(line)[1])
	}
	return all
}

// through is a push for a mini program.
func through[R any](userName string, r R, push func(*R) *ledger.Push) R {
	push(&r).Account = userName
	return r
}

func ofBooking(r *waybill.BookingRequest) *ledger.Push { return &r.Push }
func ofCancel(r *waybill.CancelRequest) *ledger.Push   { return &r.Push }
func ofOrder(r *delivery.Request) *ledger.Push         { return &r.Push }

// A waybill and an attempt have the account of the push that made them, whoever pushes later;
// the ledger has that of each push, and an event that of its push or, without one, its row's.
// What no push made has that of the only mini program, where there is only one.
func TestAccountOfRows(t *testing.T) {
	t.Parallel()
	for _, only := range []string{"", "gh_only"} {
		t.Run("only="+only, func(t *testing.T) {
			t.Parallel()
			d := newBookingStore(t, 3, wanting(events.WriterOptions{Account: only, Kinds: event.Kinds(), QuotaMark: 3, NumbersMark: 99_999_999}))
			instanttest.PutShops(t, d.Database, instant.ShopRow{ID: "S", Secret: instanttest.Secret})
			d.AddWaybills(t, "W1")

			// Of merchant B, who pays nothing in advance.
			id := d.Booked(t, through("gh_a", expresstest.OrderPush(1, "B", "O1"), ofBooking))
			again := through("gh_b", expresstest.OrderPush(2, "B", "O1"), ofBooking)
			if got := d.MustBook(t, again); !got.Repeat || got.WaybillID != id {
				t.Errorf("the same order for another mini program: %+v", got)
			}
			d.Booked(t, through("gh_b", expresstest.OrderPush(3, "P", "O2"), ofBooking))
			d.WantScan(t, expresstest.ScanOf(id, waybill.Collecting, 0), waybill.Recorded, waybill.Collected)
			d.MustCharge(t, waybill.Charge{BizID: "B", WaybillID: id, By: "till"})
			other := d.Booked(t, through("gh_a", expresstest.OrderPush(4, "B", "O3"), ofBooking))
			cancel := through("gh_b", expresstest.CancelOf(5, "B", "O3", other), ofCancel)
			if got := d.MustCancel(t, cancel); got.Reason != waybill.Accepted {
				t.Errorf("the cancel for another mini program: %+v", got)
			}
			cancel.Push.Account = "gh_a" // an identity has no account in it
			if got := d.MustCancel(t, cancel); got.Reason != waybill.Accepted || !got.Repeat {
				t.Errorf("the same cancel for the first one: %+v", got)
			}
			d.WantScan(t, expresstest.ScanOf(other, waybill.Collecting, 0), waybill.WaybillCancelled, waybill.Cancelled)
			d.WantScan(t, expresstest.ScanOf("W1", waybill.Collecting, 0), waybill.Recorded, waybill.Collected)

			first := d.orders.MustAccept(t, through("gh_a", instanttest.Order(6, delivery.Add, "D1"), ofOrder))
			same := d.orders.WantReason(t, through("gh_b", instanttest.Order(6, delivery.Add, "D1"), ofOrder), delivery.Accepted, true)
			if same.Attempt.WaybillID != first.WaybillID || same.Attempt.Account != "gh_a" {
				t.Errorf("the same order for another one: %+v", same.Attempt.Account)
			}
			d.orders.WantVerdict(t, reportOf(first, delivery.Assigned, time.Now()), delivery.Recorded, delivery.Assigned)
			d.orders.MustAccept(t, through("gh_b", instanttest.FollowUp(7, delivery.Cancel, "D1"), ofOrder))
			second := d.orders.MustAccept(t, through("gh_b", instanttest.Order(8, delivery.Readd, "D1"), ofOrder))
			d.orders.WantVerdict(t, reportOf(second, delivery.Assigned, time.Now()), delivery.Recorded, delivery.Assigned)

			want := []string{
				"numbers.low " + only, "waybill.booked gh_a", "merchant.quota_low gh_b", "waybill.booked gh_b", "waybill.scanned gh_a", "waybill.charged gh_a",
				"waybill.booked gh_a", "waybill.cancelled gh_b", "waybill.scan_refused gh_a", "waybill.scanned " + only,
				"order.placed gh_a", "order.status_changed gh_a", "order.cancelled gh_b", "order.placed gh_b", "order.status_changed gh_b",
			}
			if got := d.eventAccounts(t); !slices.Equal(got, want) {
				t.Errorf("the events are of\n%q, want\n%q", got, want)
			}
			if got := d.Texts(t, `SELECT order_id || ' ' || account FROM waybill WHERE biz_id = 'B' ORDER BY order_id`); !slices.Equal(got, []string{"O-W1 ", "O1 gh_a", "O3 gh_a"}) {
				t.Errorf("the waybills are of %q", got)
			}
			if got := d.Texts(t, `SELECT attempt || ' ' || account FROM delivery_attempt ORDER BY attempt`); !slices.Equal(got, []string{"1 gh_a", "2 gh_b"}) {
				t.Errorf("the attempts are of %q", got)
			}
			if got := d.Texts(t, `SELECT event || ' ' || account FROM push ORDER BY identity`); len(got) != 10 || slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, " ") }) {
				t.Errorf("the ledger has %q", got)
			}
			d.accountsShown(t, id)
		})
	}
}

// accountsShown checks what is read of the rows.
func (d testStore) accountsShown(t *testing.T, id string) {
	t.Helper()
	h, err := d.Express.History(t.Context(), "B", id, 10)
	storetest.Must(t, err)
	if h.Waybill.Account != "gh_a" || len(h.Pushes) != 2 || h.Pushes[0].Account != "gh_b" || h.Pushes[1].Account != "gh_a" {
		t.Errorf("the history is of %q, with %+v", h.Waybill.Account, h.Pushes)
	}
	o, pushes, _, err := d.Instant.History(t.Context(), "S", "D1", 10)
	storetest.Must(t, err)
	if len(o.Attempts) != 2 || o.Attempts[0].Account != "gh_a" || o.Attempts[1].Account != "gh_b" || pushes[0].Account != "gh_b" {
		t.Errorf("the order is %+v", pushes)
	}
	for account, want := range map[string]int{"gh_a": 4, "gh_b": 6, "gh_c": 0, "": 10} {
		page, _, err := d.Pushes.List(t.Context(), ledger.Filter{Account: account, Limit: 100})
		storetest.Must(t, err)
		if len(page) != want || slices.ContainsFunc(page, func(e ledger.Entry) bool { return account != "" && e.Account != account }) {
			t.Errorf("of %q there are %d pushes, want %d", account, len(page), want)
		}
	}
	code := -1
	storetest.Must(t, d.Pushes.Write(t.Context(), ledger.Push{ID: ledger.PushID{9}, Account: "gh_b", Event: "x", Received: time.Now()}, ledger.NotOffered, &code))
	d.WantInt(t, 1, `SELECT count(*) FROM push WHERE event = 'x' AND account = 'gh_b'`)
}
