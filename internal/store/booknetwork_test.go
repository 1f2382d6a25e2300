package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

func newNetworkBookingStore(t *testing.T, n *network) testStore {
	d := newBookingStore(t, 10, func(o store.Options) store.Options {
		o.QueryMode = "exec"
		return n.under(o)
	})
	d.warm(t, 1000)
	return d
}

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

// The connection goes away after Postgres committed and before it could say so:
// the store finds out, and the push is told that it booked, not that it repeats.
func TestBookCommitAnswerLost(t *testing.T) {
	t.Parallel()
	var n network
	d := newNetworkBookingStore(t, &n)
	n.cutAtCommit(func(c *cable, write func() error) error {
		c.deaf.Store(true)
		err := write()
		d.WaitFor(t, bookedP)
		c.Conn.Close()
		return err
	})
	if got := d.Booked(t, expresstest.OrderPush(1, "P", "O1")); got != "CH00000001" {
		t.Errorf("got number %s", got)
	}
	d.wantBookings(t, 1)
	if got := d.Booked(t, expresstest.OrderPush(2, "P", "O2")); got != "CH00000002" {
		t.Errorf("the next number is %s", got)
	}
}

// The connection goes away before the COMMIT reached Postgres: the push is
// decided once more, and books.
func TestBookCommitNeverArrived(t *testing.T) {
	t.Parallel()
	var n network
	d := newNetworkBookingStore(t, &n)
	n.cutAtCommit(func(c *cable, _ func() error) error {
		c.Conn.Close()
		return errCut
	})
	d.Booked(t, expresstest.OrderPush(1, "P", "O1"))
	d.wantBookings(t, 1)
}

// Nobody can be asked in time whether the commit happened: the store says that
// it does not know, the repeat learns the truth, and the number is nobody
// else's.
func TestBookCommitUnknown(t *testing.T) {
	t.Parallel()
	for _, arrives := range []bool{true, false} {
		var n network
		d := newNetworkBookingStore(t, &n)
		n.cutAtCommit(func(c *cable, write func() error) error {
			n.down.Store(true)
			c.deaf.Store(true)
			if arrives {
				if err := write(); err != nil {
					return err
				}
				d.WaitFor(t, bookedP)
			}
			c.Conn.Close()
			return nil
		})
		_, err := d.Book(n.hangsUp(t), expresstest.OrderPush(1, "P", "O1"))
		if !errors.Is(err, ledger.ErrOutcomeUnknown) {
			t.Errorf("arrives %t: got %v", arrives, err)
		}
		n.down.Store(false)
		if got := d.Booked(t, expresstest.OrderPush(2, "P", "O2")); got == "CH00000001" {
			t.Errorf("arrives %t: a number that may be in use was given away", arrives)
		}
		if got := d.MustBook(t, expresstest.OrderPush(1, "P", "O1")); got.Reason != waybill.Accepted || got.Repeat != arrives {
			t.Errorf("arrives %t: the repeat is told %+v", arrives, got)
		}
		d.wantBookings(t, 2)
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
		d := newNetworkBookingStore(t, &n)
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
	d := newNetworkBookingStore(t, &n)
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

// A database that cannot be reached leaves no doubt, whatever a booking lacks.
func TestBookNoDatabase(t *testing.T) {
	t.Parallel()
	for _, warm := range []bool{true, false} {
		var n network
		d := newBookingStore(t, 10, func(o store.Options) store.Options { return n.under(o) })
		if warm {
			d.warm(t, 1000)
		}
		n.down.Store(true)
		ctx := n.hangsUp(t)
		_, err := d.Book(ctx, expresstest.OrderPush(1, "P", "O1"))
		if err == nil || errors.Is(err, ledger.ErrOutcomeUnknown) || errors.Is(err, waybill.ErrNoNumbers) {
			t.Errorf("warm %t: got %v", warm, err)
		}
		n.wantTriedAgain(t, ctx, fmt.Sprint("warm ", warm))
		n.down.Store(false)
		if got := d.Booked(t, expresstest.OrderPush(2, "P", "O2")); got != "CH00000001" {
			t.Errorf("warm %t: number %s, so one was lost", warm, got)
		}
	}
}

// A booking and a question about an account cost two round trips, in every query
// mode.
func TestBookTwoRoundTrips(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "exec", "simple_protocol"} {
		var n network
		d := newBookingStore(t, 100, func(o store.Options) store.Options {
			o.QueryMode = mode
			return n.under(o)
		})
		d.warm(t, 1000)
		d.Booked(t, expresstest.OrderPush(0, "P", "O0")) // prepares
		d.MustAccount(t, "P", "pw")
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
			cancelled := n.trips.Load()
			d.WantCancel(t, expresstest.CancelOf(i, "P", fmt.Sprint("O", i), number), waybill.Accepted, false)
			if got := n.trips.Load() - cancelled; i > 1 && got != 2 {
				t.Errorf("%s: a cancel that gives back took %d round trips", mode, got)
			}
		}
	}
}

// Connections that have gone silent cost a try and not the push.
func TestBookSilentConnections(t *testing.T) {
	t.Parallel()
	for _, leased := range []bool{true, false} {
		storetest.WithinLimit(t, func(limit time.Duration) error {
			var n network
			d := newNetworkBookingStore(t, &n)
			if !leased { // the lease finds out
				for range 100 {
					d.TakeNumber()
				}
			}
			d.connect(t, 8)
			n.silence(t)
			ctx, stop := context.WithTimeout(t.Context(), limit)
			defer stop()
			got, err := d.Book(ctx, expresstest.OrderPush(1, "P", "O1"))
			n.wantSwallowed(t, 1)
			if err != nil {
				return err
			}
			if got.Reason != waybill.Accepted || got.Repeat {
				t.Errorf("leased %t: %+v", leased, got)
			}
			d.wantBookings(t, 1)
			return nil
		})
	}
}
