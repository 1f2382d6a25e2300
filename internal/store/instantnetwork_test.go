package store_test

import (
	"errors"
	"fmt"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/instant/instanttest"
)

// changingPushes are those that change something: each with what has to be so before, and a
// query that counts the rows which it leaves.
var changingPushes = map[string]struct {
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
			d.orders.MustAccept(tb, instanttest.Order(90, delivery.Add, "O"))
			d.orders.MustAccept(tb, instanttest.FollowUp(91, delivery.Cancel, "O"))
		},
		func() delivery.Request { return instanttest.Order(1, delivery.Readd, "O", instanttest.WithCodes) },
		`SELECT count(*) FROM delivery_order JOIN delivery_attempt USING (shop_id, order_id, attempt) JOIN delivery_details USING (shop_id, order_id, attempt)
			JOIN delivery_step s USING (shop_id, order_id, attempt, status) WHERE attempt = 2 AND s.serial = 1`,
	},
	"cancel": {
		func(tb testing.TB, d testStore) { d.orders.MustAccept(tb, instanttest.Order(90, delivery.Add, "O")) },
		func() delivery.Request { return instanttest.FollowUp(1, delivery.Cancel, "O") },
		`SELECT count(*) FROM delivery_attempt JOIN delivery_step s USING (shop_id, order_id, attempt, status) WHERE cancel_push IS NOT NULL AND s.serial = 2`,
	},
	"tip": {
		func(tb testing.TB, d testStore) { d.orders.MustAccept(tb, instanttest.Order(90, delivery.Add, "O")) },
		func() delivery.Request { return instanttest.FollowUp(1, delivery.Tip, "O", instanttest.Tips("9")) },
		`SELECT count(*) FROM delivery_attempt WHERE tip_push IS NOT NULL AND tips_now_fen = 900`,
	},
	"confirm": {
		func(tb testing.TB, d testStore) {
			number := d.orders.MustAccept(tb, instanttest.Order(90, delivery.Add, "O")).WaybillID
			for i, s := range []delivery.Status{delivery.Assigned, delivery.PickedUp, delivery.ReturningRefused} {
				d.orders.WantVerdict(tb, instanttest.Report("O", s, i, instanttest.Of(number)), delivery.Recorded, s)
			}
		},
		func() delivery.Request { return instanttest.FollowUp(1, delivery.ConfirmReturn, "O") },
		`SELECT count(*) FROM delivery_attempt JOIN delivery_step s USING (shop_id, order_id, attempt, status) WHERE return_push IS NOT NULL AND s.serial = 5`,
	},
}

const acceptedRows = `SELECT count(*) FROM push WHERE reason = 'accepted' AND identity = $1`

// While one server's commit is in doubt, its push comes again to another server: one
// attempt is placed, one of them is the repeat, and both answer its number.
func TestInstantDoubtAndTwin(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"add", "readd"} {
		changing := changingPushes[name]
		var n network
		d := newNetworkStore(t, &n)
		changing.before(t, d)
		d.lease(t)
		other := openStore(t, options(d.URL))
		twin := make(chan delivery.Decision, 1)
		n.cutAtCommit(func(c *cable, _ func() error) error {
			c.Conn.Close() // it never arrived
			twin <- other.orders.MustDecide(t, changing.push())
			return errCut
		})
		r := changing.push()
		got, first := d.orders.MustDecide(t, r), <-twin
		if first.Repeat || !got.Repeat || instanttest.AnswerOf(got) != instanttest.AnswerOf(first) {
			t.Errorf("%s: one got %+v, repeat %t, the other %+v, repeat %t", name, instanttest.AnswerOf(first), first.Repeat, instanttest.AnswerOf(got), got.Repeat)
		}
		if pushes := d.Int(t, acceptedRows, r.Push.ID[:]); pushes != 2 {
			t.Errorf("%s: two pushes left %d rows", name, pushes)
		}
	}
}

// A push that changes nothing is never in doubt, even where its commit cannot be
// resolved.
func TestInstantQuestionIsNeverInDoubt(t *testing.T) {
	t.Parallel()
	var n network
	d := newNetworkStore(t, &n)
	changingPushes["cancel"].before(t, d)
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

// A push costs two round trips, in every query mode, and its texts are stored unchanged.
func TestInstantTwoRoundTrips(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "exec", "simple_protocol"} {
		var n network
		d := withInstant(t, queryMode(mode), n.under, allEvents)
		d.lease(t)
		note := func(f *delivery.OrderFields) { f.Info.Note, f.Sender.Address = `a'b\c"d $1 {x}`, `e'f\g"h,{},NULL` }
		for i := range 4 {
			id := fmt.Sprint("O", i)
			for k, r := range []delivery.Request{
				instanttest.Order(10*i+1, delivery.Precreate, id, note), instanttest.Order(10*i+2, delivery.Add, id, note), instanttest.FollowUp(10*i+3, delivery.Query, id),
				instanttest.FollowUp(10*i+4, delivery.Tip, id, instanttest.Tips("9")), instanttest.FollowUp(10*i+5, delivery.Cancel, id), instanttest.Order(10*i+6, delivery.Readd, id, note),
			} {
				before := n.trips.Load()
				d.orders.WantReason(t, r, delivery.Accepted, false)
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
