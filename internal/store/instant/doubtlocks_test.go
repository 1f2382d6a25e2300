package instant_test

import (
	"context"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
)

// An order of instant delivery in doubt is locked before it is read, as others are that
// may be changed. Two batches, each with one in doubt that the other changes, do not wait
// for each other: the second finds both locked, and is resolved after the first.
func TestInstantDoubtsCross(t *testing.T) {
	t.Parallel()
	var p storetest.Proxy
	d := newStore(t, queryMode("exec"), func(o *settings) { o.pg.Dial = p.Dial })
	d.lease(t)
	other := openStore(t, d.Database)
	adds := []delivery.Request{instanttest.Order(1, delivery.Add, "O1"), instanttest.Order(2, delivery.Add, "O2")}
	var sent []delivery.Decision
	for _, r := range adds {
		sent = append(sent, d.WantReason(t, r, delivery.Accepted, false))
	}
	wantOwn := func(i int, got delivery.Decision, decided bool, err error) {
		t.Helper()
		if !decided || err != nil || got.Repeat || instanttest.AnswerOf(got) != instanttest.AnswerOf(sent[i]) {
			t.Errorf("%s: decided %t, repeat %t, %+v, %v", adds[i].OrderID, decided, got.Repeat, instanttest.AnswerOf(got), err)
		}
	}
	cross := func() (delivery.Decision, bool, error) {
		return other.DoubtfulPush(adds[1], sent[1]).Run(context.Background(), instanttest.FollowUp(3, delivery.Cancel, "O1"))
	}
	var over chan bool
	p.BeforeCommit(func() {
		var waits bool
		waits, over = d.Meanwhile(t, func() {
			if got, decided, err := cross(); decided || err != nil {
				t.Errorf("held orders: %s, decided %t, %v", got.Reason, decided, err)
			}
		})
		if waits {
			t.Error("a batch waits for an order that somebody else has")
		}
	})
	got, decided, err := d.DoubtfulPush(adds[0], sent[0]).Run(t.Context(), instanttest.FollowUp(4, delivery.Cancel, "O2"))
	wantOwn(0, got, decided, err)
	<-over
	got, decided, err = cross()
	wantOwn(1, got, decided, err)
	d.WantInt(t, 2, `SELECT count(*) FROM delivery_attempt WHERE cancel_push IS NOT NULL`)
}

// A push in doubt whose order a report has locked on another server waits alone: the
// others of its batch are decided meanwhile.
func TestInstantDoubtAndReport(t *testing.T) {
	t.Parallel()
	var p storetest.Proxy
	d := newStore(t, queryMode("exec"), func(o *settings) { o.pg.Dial = p.Dial })
	d.lease(t)
	other := openStore(t, d.Database)
	add := instanttest.Order(1, delivery.Add, "O")
	sent := d.WantReason(t, add, delivery.Accepted, false)
	d.MustAccept(t, instanttest.Order(2, delivery.Add, "neighbour"))
	doubt := other.DoubtfulPush(add, sent)
	var over chan bool
	p.BeforeCommit(func() {
		var waits bool
		waits, over = d.Meanwhile(t, func() {
			if got, decided, err := doubt.Run(context.Background(), instanttest.FollowUp(3, delivery.Cancel, "neighbour")); decided || err != nil {
				t.Errorf("while a report has it: %s, decided %t, %v", got.Reason, decided, err)
			}
		})
		if cancelled := d.Int(t, `SELECT count(*) FROM delivery_attempt WHERE cancel_push IS NOT NULL`); waits || cancelled != 1 {
			t.Errorf("waits: %t; %d neighbours are cancelled", waits, cancelled)
		}
	})
	d.WantVerdict(t, instanttest.Report("O", delivery.Assigned, 0, instanttest.Of(sent.Attempt.WaybillID)), delivery.Recorded, delivery.Assigned)
	<-over
	got, decided, err := doubt.Run(t.Context())
	if !decided || err != nil || got.Repeat || instanttest.AnswerOf(got) != instanttest.AnswerOf(sent) {
		t.Errorf("after it: decided %t, repeat %t, %+v, %v", decided, got.Repeat, instanttest.AnswerOf(got), err)
	}
}
