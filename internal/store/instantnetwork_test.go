package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
)

// deeds are the pushes that change something: each with what has to be so before, and
// with the rows that say that it was done.
var actions = map[string]struct {
	before func(testing.TB, testStore)
	push   func() delivery.Request
	rows   string
}{
	"add": {
		func(testing.TB, testStore) {},
		func() delivery.Request { return instanttest.Order(1, delivery.Add, "O", instanttest.WithCodes) },
		`SELECT count(*) FROM delivery_order JOIN delivery_attempt USING (shop_id, order_id, attempt) JOIN delivery_details USING (shop_id, order_id, attempt)
			JOIN delivery_step s USING (shop_id, order_id, attempt, status) WHERE attempt = 1 AND s.serial = 1`,
	},
	"readd": {
		func(tb testing.TB, d testStore) {
			d.accepts(tb, instanttest.Order(90, delivery.Add, "O"))
			d.accepts(tb, instanttest.FollowUp(91, delivery.Cancel, "O"))
		},
		func() delivery.Request { return instanttest.Order(1, delivery.Readd, "O", instanttest.WithCodes) },
		`SELECT count(*) FROM delivery_order JOIN delivery_attempt USING (shop_id, order_id, attempt) JOIN delivery_details USING (shop_id, order_id, attempt)
			JOIN delivery_step s USING (shop_id, order_id, attempt, status) WHERE attempt = 2 AND s.serial = 1`,
	},
	"cancel": {
		func(tb testing.TB, d testStore) { d.accepts(tb, instanttest.Order(90, delivery.Add, "O")) },
		func() delivery.Request { return instanttest.FollowUp(1, delivery.Cancel, "O") },
		`SELECT count(*) FROM delivery_attempt JOIN delivery_step s USING (shop_id, order_id, attempt, status) WHERE cancel_push IS NOT NULL AND s.serial = 2`,
	},
	"tip": {
		func(tb testing.TB, d testStore) { d.accepts(tb, instanttest.Order(90, delivery.Add, "O")) },
		func() delivery.Request { return instanttest.FollowUp(1, delivery.Tip, "O", instanttest.Tips("9")) },
		`SELECT count(*) FROM delivery_attempt WHERE tip_push IS NOT NULL AND tips_now_fen = 900`,
	},
	"confirm": {
		func(tb testing.TB, d testStore) {
			number := d.accepts(tb, instanttest.Order(90, delivery.Add, "O")).WaybillID
			for i, s := range []delivery.Status{delivery.Assigned, delivery.PickedUp, delivery.ReturningRefused} {
				d.wantVerdict(tb, instanttest.Report("O", s, i, instanttest.Of(number)), delivery.Recorded, s)
			}
		},
		func() delivery.Request { return instanttest.FollowUp(1, delivery.ConfirmReturn, "O") },
		`SELECT count(*) FROM delivery_attempt JOIN delivery_step s USING (shop_id, order_id, attempt, status) WHERE return_push IS NOT NULL AND s.serial = 5`,
	},
}

func networkCourier(t *testing.T, n *network, before func(testing.TB, testStore)) testStore {
	d := withInstant(t, func(o store.Options) store.Options {
		o.QueryMode = "exec"
		return n.under(o)
	})
	before(t, d)
	d.lease(t)
	return d
}

const actionRows = `SELECT count(*) FROM push WHERE reason = 'accepted' AND identity = $1`

// The connection goes away at the COMMIT, before or after Postgres had it: the
// store finds out, and the push is told that it did it, not that it repeats. It is
// done once, with one row in the ledger, and when it comes again it is a repeat with
// the same answer.
func TestInstantCommitLost(t *testing.T) {
	t.Parallel()
	for name, action := range actions {
		for _, arrives := range []bool{true, false} {
			var n network
			d := networkCourier(t, &n, action.before)
			n.cutAtCommit(func(c *cable, write func() error) error {
				defer c.Conn.Close()
				if !arrives {
					return errCut
				}
				c.deaf.Store(true)
				err := write()
				d.WaitFor(t, action.rows)
				return err
			})
			r := action.push()
			got := d.wantReason(t, r, delivery.Accepted, false)
			if n.onCommit.Load() != nil {
				t.Errorf("%s: the connection was not cut", name)
			}
			if rows, pushes := d.Int(t, action.rows), d.Int(t, actionRows, r.Push.ID[:]); rows != 1 || pushes != 1 {
				t.Errorf("%s, arrives %t: done %d times, with %d rows in the ledger", name, arrives, rows, pushes)
			}
			again := d.wantReason(t, r, delivery.Accepted, true)
			if a, b := instanttest.AnswerOf(got), instanttest.AnswerOf(again); a != b {
				t.Errorf("%s, arrives %t: told %+v, and then %+v", name, arrives, a, b)
			}
			instanttest.CheckSteps(t, d.Database)
		}
	}
}

// Nobody can be asked in time whether the commit happened: the store says that it
// does not know, the repeat learns the truth, and the number is nobody else's.
func TestInstantCommitUnknown(t *testing.T) {
	t.Parallel()
	for name, action := range actions {
		for _, arrives := range []bool{true, false} {
			var n network
			d := networkCourier(t, &n, action.before)
			n.cutAtCommit(func(c *cable, write func() error) error {
				n.down.Store(true)
				c.deaf.Store(true)
				if arrives {
					if err := write(); err != nil {
						return err
					}
					d.WaitFor(t, action.rows)
				}
				c.Conn.Close()
				return nil
			})
			r := action.push()
			_, err := d.Instant.DecidePush(n.hangsUp(t), r)
			if !errors.Is(err, ledger.ErrOutcomeUnknown) {
				t.Errorf("%s, arrives %t: got %v", name, arrives, err)
			}
			n.down.Store(false)
			free := d.accepts(t, instanttest.Order(50, delivery.Add, "other")).WaybillID
			got := d.wantReason(t, r, delivery.Accepted, arrives)
			if got.Attempt.WaybillID == free {
				t.Errorf("%s, arrives %t: number %s was given twice", name, arrives, free)
			}
			if rows := d.Int(t, action.rows); name != "add" && rows != 1 || name == "add" && rows != 2 {
				t.Errorf("%s, arrives %t: done %d times", name, arrives, rows)
			}
		}
	}
}

// While one server's commit is in doubt, its push comes again to another: there is
// one attempt, one of them says that it placed it, and both tell its number.
func TestInstantDoubtAndTwin(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"add", "readd"} {
		action := actions[name]
		var n network
		d := networkCourier(t, &n, action.before)
		other := openStore(t, options(d.URL))
		twin := make(chan delivery.Decision, 1)
		n.cutAtCommit(func(c *cable, _ func() error) error {
			c.Conn.Close() // it never arrived
			twin <- other.decidePush(t, action.push())
			return errCut
		})
		r := action.push()
		got, first := d.decidePush(t, r), <-twin
		if first.Repeat || !got.Repeat || instanttest.AnswerOf(got) != instanttest.AnswerOf(first) {
			t.Errorf("%s: one was told %+v, repeat %t, the other %+v, repeat %t", name, instanttest.AnswerOf(first), first.Repeat, instanttest.AnswerOf(got), got.Repeat)
		}
		if pushes := d.Int(t, actionRows, r.Push.ID[:]); pushes != 2 {
			t.Errorf("%s: two pushes left %d rows", name, pushes)
		}
	}
}

// What changes nothing leaves no doubt, even when nobody could be asked whether it
// was kept.
func TestInstantQuestionIsNeverInDoubt(t *testing.T) {
	t.Parallel()
	var n network
	d := networkCourier(t, &n, actions["cancel"].before)
	for _, r := range []delivery.Request{
		instanttest.Order(1, delivery.Precreate, "O"), instanttest.Order(90, delivery.Add, "O"), instanttest.Order(1, delivery.Readd, "O"),
		instanttest.FollowUp(1, delivery.Query, "O"), instanttest.FollowUp(1, delivery.Precancel, "O"), instanttest.FollowUp(1, delivery.ConfirmReturn, "O"),
	} {
		n.cutAtCommit(func(c *cable, _ func() error) error {
			n.down.Store(true)
			c.Conn.Close()
			return errCut
		})
		_, err := d.Instant.DecidePush(n.hangsUp(t), r)
		if err == nil || errors.Is(err, ledger.ErrOutcomeUnknown) || n.onCommit.Load() != nil {
			t.Errorf("%s: got %v", r.Kind, err)
		}
		n.down.Store(false)
	}
}

// A push in doubt that finds its own deed done by a neighbour of its batch is not done
// when that batch's commit fails.
func TestInstantDoubtAndNeighbour(t *testing.T) {
	t.Parallel()
	d := withInstant(t)
	d.accepts(t, instanttest.Order(1, delivery.Add, "O"))
	d.Exec(t, `ALTER TABLE push ADD CONSTRAINT no_cancel CHECK (event <> 'transport_cancel_order')`)
	r := instanttest.FollowUp(2, delivery.Cancel, "O")
	c := d.Instant.DoubtfulPush(r, delivery.Decision{})
	if got, decided, err := c.Run(t.Context(), r); decided || err == nil {
		t.Errorf("a batch that cannot be kept: %s, decided %t, %v", got.Reason, decided, err)
	}
	d.Exec(t, `ALTER TABLE push DROP CONSTRAINT no_cancel`)
	release := d.Lock(t, `SELECT FROM delivery_order FOR UPDATE`)
	if _, decided, err := c.Run(t.Context()); decided || err != nil {
		t.Errorf("the order is locked by somebody else: decided %t, %v", decided, err)
	}
	release()
	if got, decided, err := c.Run(t.Context(), r); !decided || err != nil || got.Repeat || got.Reason != delivery.Accepted {
		t.Errorf("with the neighbour's commit: %s, decided %t, %v", got.Reason, decided, err)
	}
	if n := d.Int(t, `SELECT count(*) FROM delivery_attempt WHERE cancel_push IS NOT NULL`); n != 1 {
		t.Errorf("%d are cancelled", n)
	}
}

// What was done is told as done when the commit was in doubt, also where the shop is
// not let in any more, or its secret does not open; what was not is refused.
func TestInstantDoubtAndShop(t *testing.T) {
	t.Parallel()
	d := withInstant(t)
	d.accepts(t, instanttest.Order(1, delivery.Add, "other"))
	actions := []delivery.Request{
		instanttest.Order(2, delivery.Add, "O"), instanttest.FollowUp(3, delivery.Tip, "O", instanttest.Tips("2")), instanttest.FollowUp(4, delivery.Cancel, "O"), instanttest.Order(5, delivery.Readd, "O"),
	}
	var sent []delivery.Decision
	for _, r := range actions {
		sent = append(sent, d.wantReason(t, r, delivery.Accepted, false))
	}
	for _, lockOut := range []string{`UPDATE shop SET active = false`, `UPDATE shop SET active = true, secret = 'x'`} {
		d.Exec(t, lockOut)
		for i, r := range actions {
			got, decided, err := d.Instant.DoubtfulPush(r, sent[i]).Run(t.Context())
			if !decided || err != nil || got.Repeat || got.Reason != delivery.Accepted || instanttest.AnswerOf(got) != instanttest.AnswerOf(sent[i]) {
				t.Errorf("%s, %s: %s, decided %t, %v", lockOut, r.Kind, got.Reason, decided, err)
			}
		}
		undone := instanttest.FollowUp(9, delivery.Cancel, "other")
		got, decided, err := d.Instant.DoubtfulPush(undone, delivery.Decision{}).Run(t.Context())
		if off := lockOut == `UPDATE shop SET active = false`; off && (!decided || err != nil || got.Reason != delivery.UnknownShop) || !off && !errors.Is(err, ledger.ErrOutcomeUnknown) {
			t.Errorf("%s, what was not done: %s, decided %t, %v", lockOut, got.Reason, decided, err)
		}
	}
}

// A tip whose commit was in doubt is not refused for the tip that came after it, which
// hides whether it was taken; it is where that cannot be.
func TestInstantDoubtAndLaterTip(t *testing.T) {
	t.Parallel()
	d := withInstant(t)
	d.accepts(t, instanttest.Order(1, delivery.Add, "O"))
	two := instanttest.FollowUp(2, delivery.Tip, "O", instanttest.Tips("2"))
	sent := d.wantReason(t, two, delivery.Accepted, false)
	d.accepts(t, instanttest.FollowUp(3, delivery.Tip, "O", instanttest.Tips("3")))
	doubt := func(r delivery.Request) (delivery.Decision, bool, error) {
		return d.Instant.DoubtfulPush(r, sent).Run(t.Context())
	}
	if got, decided, err := doubt(two); decided || !errors.Is(err, ledger.ErrOutcomeUnknown) {
		t.Errorf("behind another: %s, decided %t, %v", got.Reason, decided, err)
	}
	refused := func(yuan string, why delivery.Reason) {
		t.Helper()
		if got, decided, err := doubt(instanttest.FollowUp(4, delivery.Tip, "O", instanttest.Tips(yuan))); !decided || err != nil || got.Reason != why {
			t.Errorf("a tip of %s: %s, decided %t, %v", yuan, got.Reason, decided, err)
		}
	}
	refused("3", delivery.TipsNotMore)
	d.wantReason(t, two, delivery.TipsNotMore, false) // without a doubt
	d.Exec(t, `UPDATE delivery_attempt SET status = 102`)
	refused("4", delivery.RiderAssigned)
}

// A push costs two round trips, in every query mode, and its texts arrive as they
// were.
func TestInstantTwoRoundTrips(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "exec", "simple_protocol"} {
		var n network
		d := withInstant(t, queryMode(mode), func(o store.Options) store.Options { return n.under(o) })
		d.lease(t)
		note := func(f *delivery.OrderFields) { f.Info.Note, f.Sender.Address = `a'b\c"d $1 {x}`, `e'f\g"h,{},NULL` }
		for i := range 4 {
			id := fmt.Sprint("O", i)
			for k, r := range []delivery.Request{
				instanttest.Order(10*i+1, delivery.Precreate, id, note), instanttest.Order(10*i+2, delivery.Add, id, note), instanttest.FollowUp(10*i+3, delivery.Query, id),
				instanttest.FollowUp(10*i+4, delivery.Tip, id, instanttest.Tips("9")), instanttest.FollowUp(10*i+5, delivery.Cancel, id), instanttest.Order(10*i+6, delivery.Readd, id, note),
			} {
				before := n.trips.Load()
				d.wantReason(t, r, delivery.Accepted, false)
				if got := n.trips.Load() - before; i > 0 && got != 2 { // the first time it prepares
					t.Errorf("%s: %s took %d round trips, push %d", mode, r.Kind, got, k)
				}
			}
		}
		if got := d.Int(t, `SELECT count(*) FROM delivery_details WHERE details->>'note' = 'a''b\c"d $1 {x}'
			AND details->'sender'->>'address' = 'e''f\g"h,{},NULL'`); got != 8 {
			t.Errorf("%s: the texts of %d arrived as they were", mode, got)
		}
	}
}

// Connections that have gone silent cost a try and not the push.
func TestInstantSilentConnections(t *testing.T) {
	t.Parallel()
	storetest.WithinLimit(t, func(limit time.Duration) error {
		var n network
		d := networkCourier(t, &n, actions["add"].before)
		d.connect(t, 8)
		n.silence(t)
		ctx, stop := context.WithTimeout(t.Context(), limit)
		defer stop()
		got, err := d.Instant.DecidePush(ctx, actions["add"].push())
		n.wantSwallowed(t, 1)
		if err == nil && (got.Reason != delivery.Accepted || got.Repeat) {
			t.Errorf("got %s, repeat %t", got.Reason, got.Repeat)
		}
		return err
	})
}
