package instant_test

import (
	"errors"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/instant/instanttest"
)

// A push in doubt that finds its change made by the same push in its batch is not decided
// when the commit of that batch fails.
func TestPushDoubtAndNeighbour(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.MustAccept(t, instanttest.Order(1, delivery.Add, "O"))
	d.Exec(t, `ALTER TABLE push ADD CONSTRAINT no_cancel CHECK (event <> 'transport_cancel_order')`)
	r := instanttest.FollowUp(2, delivery.Cancel, "O")
	c := d.DoubtfulPush(r, delivery.Decision{})
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
	d.WantInt(t, 1, `SELECT count(*) FROM delivery_attempt WHERE cancel_push IS NOT NULL`)
}

// A change whose commit was in doubt and did happen is answered as accepted, also where
// the shop is inactive by now or its secret does not open. One that did not is refused.
func TestPushDoubtAndShop(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.MustAccept(t, instanttest.Order(1, delivery.Add, "other"))
	actions := []delivery.Request{
		instanttest.Order(2, delivery.Add, "O"), instanttest.FollowUp(3, delivery.Tip, "O", instanttest.Tips("2")), instanttest.FollowUp(4, delivery.Cancel, "O"), instanttest.Order(5, delivery.Readd, "O"),
	}
	var sent []delivery.Decision
	for _, r := range actions {
		sent = append(sent, d.WantReason(t, r, delivery.Accepted, false))
	}
	for _, lockOut := range []string{`UPDATE shop SET active = false`, `UPDATE shop SET active = true, secret = 'x'`} {
		d.Exec(t, lockOut)
		for i, r := range actions {
			got, decided, err := d.DoubtfulPush(r, sent[i]).Run(t.Context())
			if !decided || err != nil || got.Repeat || got.Reason != delivery.Accepted || instanttest.AnswerOf(got) != instanttest.AnswerOf(sent[i]) {
				t.Errorf("%s, %s: %s, decided %t, %v", lockOut, r.Kind, got.Reason, decided, err)
			}
		}
		undone := instanttest.FollowUp(9, delivery.Cancel, "other")
		got, decided, err := d.DoubtfulPush(undone, delivery.Decision{}).Run(t.Context())
		if off := lockOut == `UPDATE shop SET active = false`; off && (!decided || err != nil || got.Reason != delivery.UnknownShop) || !off && !errors.Is(err, ledger.ErrOutcomeUnknown) {
			t.Errorf("%s, what was not done: %s, decided %t, %v", lockOut, got.Reason, decided, err)
		}
	}
}

// A tip whose commit was in doubt stays unknown behind a higher one, which overwrites it.
// It is refused where it cannot have been taken.
func TestPushDoubtAndLaterTip(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.MustAccept(t, instanttest.Order(1, delivery.Add, "O"))
	two := instanttest.FollowUp(2, delivery.Tip, "O", instanttest.Tips("2"))
	sent := d.WantReason(t, two, delivery.Accepted, false)
	d.MustAccept(t, instanttest.FollowUp(3, delivery.Tip, "O", instanttest.Tips("3")))
	doubt := func(r delivery.Request) (delivery.Decision, bool, error) {
		return d.DoubtfulPush(r, sent).Run(t.Context())
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
	d.WantReason(t, two, delivery.TipsNotMore, false) // without a doubt
	d.Exec(t, `UPDATE delivery_attempt SET status = 102`)
	refused("4", delivery.RiderAssigned)
}
