package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/waybill"
)

const bookedP = `SELECT count(*) FROM waybill WHERE biz_id = 'P'`

// wantBookings expects so many waybills of P, each with its booking, each paid
// for, and one row in the ledger that says so.
func (d testStore) wantBookings(t *testing.T, n int) {
	t.Helper()
	for _, sql := range []string{
		bookedP,
		`SELECT count(*) FROM booking JOIN booking_contact USING (biz_id, waybill_id) JOIN waybill USING (biz_id, waybill_id)`,
		`SELECT 10 - remaining FROM quota WHERE biz_id = 'P'`,
		`SELECT count(*) FROM push WHERE reason = 'accepted' AND NOT repeat`,
	} {
		if got := d.Int(t, sql); got != n {
			t.Errorf("%s: %d, want %d", sql, got, n)
		}
	}
}

// What changes nothing leaves no doubt, even when nobody could be asked whether
// it was kept: a refusal is decided anew, and so is an account.
func TestRefusalIsNeverInDoubt(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(context.Context, testStore) error{
		"cancel": func(ctx context.Context, d testStore) error {
			_, err := d.Cancel(ctx, expresstest.CancelOf(1, "P", "O1", "none"))
			return err
		},
		"book": func(ctx context.Context, d testStore) error {
			_, err := d.Book(ctx, expresstest.OrderPush(1, "P", "O1", expresstest.Numbered("none")))
			return err
		},
		"account": func(ctx context.Context, d testStore) error {
			_, err := d.Account(ctx, waybill.NewAccountRequest(expresstest.BookPush(1), "P", "pw"))
			return err
		},
	} {
		var n network
		d := newNetworkStore(t, &n)
		n.cutAtCommit(func(c *cable, _ func() error) error {
			n.down.Store(true)
			c.Conn.Close()
			return errCut
		})
		err := call(n.hangsUp(t), d)
		if err == nil || errors.Is(err, ledger.ErrOutcomeUnknown) {
			t.Errorf("%s: got %v", name, err)
		}
		n.down.Store(false)
	}
}

// While one server's commit is in doubt, its push comes again to another: there
// is one waybill, and both tell its number.
func TestBookDoubtAndTwin(t *testing.T) {
	t.Parallel()
	var n network
	d := newNetworkStore(t, &n)
	other := openStore(t, options(d.URL))
	other.warm(t, 1001)
	twin := make(chan waybill.BookingDecision, 1)
	n.cutAtCommit(func(c *cable, _ func() error) error {
		c.Conn.Close() // it never arrived
		twin <- other.MustBook(t, expresstest.OrderPush(2, "P", "O1"))
		return errCut
	})
	got, first := d.MustBook(t, expresstest.OrderPush(1, "P", "O1")), <-twin
	if first.Repeat || !got.Repeat || got.WaybillID != first.WaybillID {
		t.Errorf("one was told %+v, the other %+v", first, got)
	}
	d.wantBookings(t, 1)
}

// A booking, a question about an account and a bind cost two round trips, in every query
// mode.
func TestBookTwoRoundTrips(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "exec", "simple_protocol"} {
		var n network
		d := newBookingStore(t, 100, queryMode(mode), n.under, allEvents, reviewed)
		d.warm(t, 1000)
		d.Booked(t, expresstest.OrderPush(0, "P", "O0")) // prepares
		d.MustAccount(t, "P", "pw")
		for range 2 {
			d.WantBind(t, expresstest.BindPush(0, "wx0"), waybill.UnderReview)
		}
		for i := 1; i < 4; i++ {
			before := n.trips.Load()
			number := d.Booked(t, expresstest.OrderPush(i, "P", fmt.Sprint("O", i), func(o *waybill.Order) {
				o.Remark, o.Sender.Address = `a'b\c"d $1 {x}`, `e'f\g"h,{},NULL`
			}))
			if got := n.trips.Load() - before; got != 2 {
				t.Errorf("%s: a booking took %d round trips", mode, got)
			}
			if d.Int(t, `SELECT count(*) FROM booking_contact WHERE waybill_id = $1 AND remark = 'a''b\c"d $1 {x}'
				AND sender->>'Address' = 'e''f\g"h,{},NULL'`, number) != 1 {
				t.Errorf("%s: the texts did not arrive as they were", mode)
			}
			before = n.trips.Load()
			d.MustAccount(t, "P", "pw")
			if got := n.trips.Load() - before; got != 2 {
				t.Errorf("%s: an account took %d round trips", mode, got)
			}
			for _, what := range []string{"a bind", "one that waits already"} {
				before = n.trips.Load()
				d.WantBind(t, expresstest.BindPush(i, fmt.Sprint("wx", i)), waybill.UnderReview)
				if got := n.trips.Load() - before; got != 2 {
					t.Errorf("%s: %s took %d round trips", mode, what, got)
				}
			}
			cancelled := n.trips.Load()
			d.WantCancel(t, expresstest.CancelOf(i, "P", fmt.Sprint("O", i), number), waybill.Accepted, false)
			if got := n.trips.Load() - cancelled; i > 1 && got != 2 {
				t.Errorf("%s: a cancel that gives back took %d round trips", mode, got)
			}
		}
	}
}
