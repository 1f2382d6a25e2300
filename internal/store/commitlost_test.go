package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// newNetworkStore has merchants B and P, who has paid for ten waybills, and shop S. It has
// leased numbers, compared the passwords and read the catalogue.
func newNetworkStore(t *testing.T, n *network) testStore {
	t.Helper()
	d := newBookingStore(t, 10, queryMode("exec"), n.under)
	instanttest.PutShops(t, d.Database, instant.ShopRow{ID: "S", Secret: instanttest.Secret})
	d.warm(t, 1000)
	return d
}

// loseCommit cuts the connection at the next COMMIT: before it arrives, or after it has
// done something and before Postgres could say so.
func (n *network) loseCommit(t *testing.T, d testStore, arrives bool, done string) {
	n.cutAtCommit(func(c *cable, write func() error) error {
		defer c.Conn.Close()
		if !arrives {
			return errCut
		}
		c.deaf.Store(true)
		err := write()
		d.WaitFor(t, done)
		return err
	})
}

// loseDatabase is loseCommit where nobody can be asked any more what became of it.
func (n *network) loseDatabase(t *testing.T, d testStore, arrives bool, done string) {
	n.cutAtCommit(func(c *cable, write func() error) error {
		defer c.Conn.Close()
		n.down.Store(true)
		c.deaf.Store(true)
		if arrives {
			if err := write(); err != nil {
				return err
			}
			d.WaitFor(t, done)
		}
		return nil
	})
}

// eachAction does something with each kind of push and report, on a store of its own.
func eachAction(t *testing.T, do func(what string, n *network, d testStore, a action, arrives bool)) {
	for name, a := range allActions() {
		for _, arrives := range []bool{true, false} {
			var n network
			d := newNetworkStore(t, &n)
			a.before(t, d)
			do(fmt.Sprintf("%s, arrives %t", name, arrives), &n, d, a, arrives)
			if strings.HasPrefix(name, "instant_") {
				instanttest.CheckSteps(t, d.Database)
			}
		}
	}
}

// The connection is lost at the COMMIT, before or after Postgres had it: the store finds
// out, and says that this push or report has done it. It is done once, with one ledger
// entry, and when it comes again it is a repeat.
func TestCommitLost(t *testing.T) {
	t.Parallel()
	eachAction(t, func(what string, n *network, d testStore, a action, arrives bool) {
		n.loseCommit(t, d, arrives, a.rows)
		first, err := a.do(t.Context(), d)
		if n.onCommit.Load() != nil {
			t.Errorf("%s: the connection was not cut", what)
		}
		if err != nil || !first {
			t.Errorf("%s: first %t, %v", what, first, err)
		}
		d.wantDone(t, what, a)
	})
}

// Nobody can be asked in time whether the commit happened: the store says that it does not
// know, and who comes again learns the truth.
func TestCommitUnknown(t *testing.T) {
	t.Parallel()
	eachAction(t, func(what string, n *network, d testStore, a action, arrives bool) {
		n.loseDatabase(t, d, arrives, a.rows)
		ctx := n.hangsUp(t)
		_, err := a.do(ctx, d)
		if n.onCommit.Load() != nil || !errors.Is(err, ledger.ErrOutcomeUnknown) {
			t.Errorf("%s: got %v", what, err)
		}
		n.wantTriedAgain(t, ctx, what)
		n.down.Store(false)
		if first, err := a.do(t.Context(), d); err != nil || first == arrives {
			t.Errorf("%s: the repeat: first %t, %v", what, first, err)
		}
		d.wantDone(t, what, a)
	})
}

// The same of a bind, which is told each time that the merchant is under review: it is so
// only where the row is there.
func TestBindLost(t *testing.T) {
	t.Parallel()
	const rows, entries = `SELECT count(*) FROM merchant_review WHERE state = 'pending'`, `SELECT count(*) FROM push WHERE reason = 'review_pending'`
	for _, arrives := range []bool{true, false} {
		var n network
		d := newBookingStore(t, 10, queryMode("exec"), n.under, reviewed)
		d.MustAccount(t, "B", "pw") // so that the password is known
		n.loseCommit(t, d, arrives, rows)
		d.WantBind(t, expresstest.BindPush(1, "wx1"), waybill.UnderReview)
		if n.onCommit.Load() != nil {
			t.Error("the connection was not cut")
		}
		d.WantInt(t, 1, rows)
		d.WantInt(t, 1, entries)
		n.loseDatabase(t, d, arrives, rows+` AND shop_app_id = 'wx2'`)
		ctx := n.hangsUp(t)
		if _, err := d.Account(ctx, expresstest.BindPush(2, "wx2")); n.onCommit.Load() != nil || !errors.Is(err, ledger.ErrOutcomeUnknown) {
			t.Errorf("arrives %t: got %v", arrives, err)
		}
		n.wantTriedAgain(t, ctx, "a bind")
		n.down.Store(false)
		d.WantBind(t, expresstest.BindPush(2, "wx2"), waybill.UnderReview)
		d.WantInt(t, 2, rows)
		d.WantInt(t, map[bool]int{true: 3, false: 2}[arrives], entries) // a repeat has an entry of its own
	}
}

// A number that is in doubt is given to nobody else; one whose order was booked after all
// was not taken in vain.
func TestNumberInDoubt(t *testing.T) {
	t.Parallel()
	book := func(d testStore, n int) string { return d.Booked(t, expresstest.OrderPush(n, "P", fmt.Sprint("O", n))) }
	place := func(d testStore, n int) string {
		return d.orders.MustAccept(t, instanttest.Order(n, delivery.Add, fmt.Sprint("O", n))).WaybillID
	}
	for name, next := range map[string]func(d testStore, n int) string{"book": book, "instant_add": place} {
		for _, arrives := range []bool{true, false} {
			var n network
			a, d := allActions()[name], newNetworkStore(t, &n)
			n.loseCommit(t, d, arrives, a.rows)
			if first, second := next(d, 1), next(d, 2); first != "CH00000001" || second != "CH00000002" {
				t.Errorf("%s, arrives %t: numbers %s and %s", name, arrives, first, second)
			}
			d = newNetworkStore(t, &n)
			n.loseDatabase(t, d, arrives, a.rows)
			_, err := a.do(n.hangsUp(t), d)
			n.down.Store(false)
			if got := next(d, 2); !errors.Is(err, ledger.ErrOutcomeUnknown) || got == "CH00000001" {
				t.Errorf("%s, arrives %t: the next one has number %s, after %v", name, arrives, got, err)
			}
		}
	}
}

// A database that cannot be reached leaves no doubt: nothing was decided. It is tried again
// meanwhile.
func TestNoDatabase(t *testing.T) {
	t.Parallel()
	for name, a := range allActions() {
		var n network
		d := newNetworkStore(t, &n)
		a.before(t, d)
		n.down.Store(true)
		ctx := n.hangsUp(t)
		if _, err := a.do(ctx, d); err == nil || errors.Is(err, ledger.ErrOutcomeUnknown) {
			t.Errorf("%s: got %v", name, err)
		}
		n.wantTriedAgain(t, ctx, name)
		n.down.Store(false)
		if first, err := a.do(t.Context(), d); err != nil || !first {
			t.Errorf("%s: once it was back: first %t, %v", name, first, err)
		}
		d.wantDone(t, name, a)
	}
}

// The same of a booking on a server that has neither the catalogue nor numbers yet: none
// is lost.
func TestNoDatabaseAtFirst(t *testing.T) {
	t.Parallel()
	var n network
	d := newBookingStore(t, 10, n.under)
	n.down.Store(true)
	ctx := n.hangsUp(t)
	_, err := d.Book(ctx, expresstest.OrderPush(1, "P", "O1"))
	if err == nil || errors.Is(err, ledger.ErrOutcomeUnknown) || errors.Is(err, waybill.ErrNoNumbers) {
		t.Errorf("got %v", err)
	}
	n.wantTriedAgain(t, ctx, "a booking")
	n.down.Store(false)
	if got := d.Booked(t, expresstest.OrderPush(2, "P", "O2")); got != "CH00000001" {
		t.Errorf("number %s, so one was lost", got)
	}
}

// Connections that have gone silent, as after a failover without a goodbye, cost
// a try and not the push: one of them swallows it, the others are let go, and it is
// decided on a new connection. Those that were idle for long are asked first, and
// swallow nothing.
func TestSilentConnections(t *testing.T) {
	t.Parallel()
	const pinged = 1100 * time.Millisecond // the pool pings those that were idle for a second
	for _, c := range []struct {
		name   string // others go the way of one of these
		idle   time.Duration
		leased bool // else the lease finds out
	}{
		{"cancel", 0, true}, {"cancel", pinged, true}, {"book", 0, true}, {"book", 0, false}, {"instant_add", 0, true}, {"report_scan", 0, true}, {"report_contract", 0, true},
	} {
		storetest.WithinLimit(t, func(limit time.Duration) error {
			var n network
			a, d := allActions()[c.name], newNetworkStore(t, &n)
			a.before(t, d)
			for range 100 {
				if !c.leased {
					d.TakeNumber()
				}
			}
			d.connect(t, 8)
			n.silence(t)
			time.Sleep(c.idle)
			ctx, stop := context.WithTimeout(t.Context(), limit)
			defer stop()
			first, err := a.do(ctx, d)
			swallowed := int64(1)
			if c.idle > 0 {
				swallowed = 0
			}
			n.wantSwallowed(t, swallowed)
			if err != nil {
				return err
			}
			if !first {
				t.Errorf("%+v: it is called a repeat", c)
			}
			d.wantDone(t, c.name, a)
			return nil
		})
	}
}
