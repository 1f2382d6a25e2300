package store

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// deliverJob is one push of instant delivery.
type deliverJob struct {
	batch.Task
	req      delivery.Request
	decision delivery.Decision
	sent     delivery.Decision // the last one that went to commit

	// fresh is what a new attempt of this push is given. The codes are drawn once
	// and the number stays with it from try to try: a commit that was in doubt is
	// found by them.
	fresh delivery.NewAttempt
}

func newDeliverJob(r delivery.Request) *deliverJob {
	r.WXToken = pg.Storable(r.WXToken)
	j := &deliverJob{Task: batch.Task{Owner: r.ShopID}, req: r}
	if r.Kind == delivery.Add || r.Kind == delivery.Readd {
		j.fresh.FinishCode, j.fresh.PickupCode = drawCode(), drawCode()
	}
	return j
}

// drawCode draws what somebody says at the door: four digits, the first of which
// is not 0, for on the wire it is a number.
func drawCode() int {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails: without randomness the runtime ends the program
	return 1000 + int(binary.BigEndian.Uint64(b[:])%9000)
}

func (j *deliverJob) Changes() bool { return j.decision.Places() || j.decision.Changes() }

func (j *deliverJob) Binding() *ledger.Binding { return j.req.Push.Binding }

func (j *deliverJob) key() deliveryKey { return deliveryKey{j.req.ShopID, j.req.OrderID} }

// locks tells whether the push may change an order that is there. The others do not
// wait for anybody's lock: a question is answered with what is committed, of one
// moment; and an order that is there is never changed by being placed for the first
// time, while for one that is not there is nothing to lock. One that a
// commit in doubt may have placed is there, and is written to once more.
func (j *deliverJob) locks() bool {
	if j.InDoubt {
		return true
	}
	switch j.req.Kind {
	case delivery.Readd, delivery.Cancel, delivery.Tip, delivery.ConfirmReturn:
		return true
	}
	return false
}

// Deliver decides one push of instant delivery and keeps what was decided, together
// with those that arrive at the same time. After a transient error it is tried again until ctx ends.
// An error that is ledger.ErrOutcomeUnknown says that what was asked for may have
// been done, and any other that this push has not done it; waybill.ErrNoNumbers is
// one of those. Without Options.Delivery it is ErrNoDeliveryKey.
func (s *Store) Deliver(ctx context.Context, r delivery.Request) (delivery.Decision, error) {
	if s.seals == nil {
		return delivery.Decision{}, ErrNoDeliveryKey
	}
	j := newDeliverJob(r)
	err := s.delivers.Do(ctx, j)
	used := err == nil && j.decision.Attempt.WaybillID == j.fresh.WaybillID
	if j.fresh.WaybillID != "" && !used && !j.InDoubt {
		s.numbers.GiveBack(j.fresh.WaybillID)
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.ConstraintName == "delivery_order_pkey" {
		// Who was only beaten to it finds the attempt that came with the row.
		err = fmt.Errorf("%w: if order %q of shop %q has a row in delivery_order and none in delivery_attempt, "+
			"delete the one that it has", err, j.req.OrderID, j.req.ShopID)
	}
	if err != nil {
		return delivery.Decision{}, err
	}
	return j.decision, nil
}

// deliverTransaction decides a batch of pushes about orders of instant delivery.
type deliverTransaction struct {
	batch.Clock
	pushlog.Signatures[*deliverJob]
	store   *Store
	orders  map[deliveryKey]*placed
	shops   map[string]shopRead
	taken   map[string]bool // of the batch's fresh numbers
	steps   []step
	details []details
}

// details are an attempt's. They are kept until some time after it expires.
type details struct {
	deliveryKey
	attempt   int
	expiresAt time.Time
	order     *delivery.Order
}

// Decide applies the rule to each push of the batch, one after the other, so that
// each sees the orders as those before it have left them.
func (tx *deliverTransaction) Decide(jobs []*deliverJob) (kept []*deliverJob) {
	for _, j := range tx.Admit(jobs) {
		order, shop := tx.orders[j.key()], tx.shops[j.req.ShopID]
		if order != nil && order.locked && j.locks() {
			continue
		}
		if shop.err != nil && j.req.Fault != delivery.BadIDs && !(j.InDoubt && order.doneBy(j)) {
			j.Fail(shop.err)
			continue
		}
		j.decision = delivery.DecidePush(j.req, shop.shop, order.known(), j.fresh, tx.store.delivery, tx.Now)
		switch {
		case j.InDoubt && j.decision.Repeat && tx.own(j):
			// The commit that was in doubt did happen, with its ledger row.
			j.decision.Repeat, j.Resolved = false, true
			kept = append(kept, j)
		case j.InDoubt && !j.Changes() && order.doneBy(j):
			// It did happen, though the shop would not be let in any more.
			j.decision, j.Resolved = j.sent, true
			kept = append(kept, j)
		case j.InDoubt && !j.Changes() && order.tippedMore(j):
			j.Fail(errUnresolved)
		case j.decision.Places() && !tx.numbered(j):
		default:
			j.sent = j.decision
			tx.apply(j, order)
			kept = append(kept, j)
		}
	}
	return kept
}

// known is the order for the rule; nil where there is none.
func (p *placed) known() *delivery.PlacedOrder {
	if p == nil {
		return nil
	}
	return &p.PlacedOrder
}

// numbered is false where a new attempt lacks a number that is free. The next try
// brings another, which is leased before if there is none; one that somebody else
// has is let go for good.
func (tx *deliverTransaction) numbered(j *deliverJob) bool {
	if n := j.decision.Attempt.WaybillID; n != "" && !tx.taken[n] {
		return true
	}
	j.fresh.WaybillID, j.First = "", tx.store.numbers.Lease
	return false
}

// accept takes down for the pushes behind it, and for the write, what this one does.
func (tx *deliverTransaction) apply(j *deliverJob, order *placed) {
	d := &j.decision
	if !j.Changes() {
		return
	}
	if order == nil {
		order = &placed{}
		order.ShopNo = j.req.ShopNo
		tx.orders[j.key()] = order
	}
	if d.Places() {
		if last := order.Last(); d.Expires && last != nil {
			before := *last
			before.Expired = true
			order.put(before)
		}
		order.Order = &j.req.Order
		tx.details = append(tx.details, details{j.key(), d.Attempt.Number, d.Attempt.ExpiresAt, &j.req.Order})
	}
	order.put(d.Attempt)
	if d.Places() || d.Before != d.Attempt.Status {
		tx.steps = append(tx.steps, step{j.key(), d.Attempt.Number, delivery.Step{
			Status: d.Attempt.Status, At: d.Attempt.StatusAt, Message: d.Attempt.Message, RecordedAt: tx.Now, RecordedBy: byPush,
		}})
	}
}

// byPush is who has recorded a step that a push has made.
const byPush = "push"

func (tx *deliverTransaction) QueueWrite(b *pgx.Batch, kept []*deliverJob) {
	done, resolved := batch.Split(kept)
	entries := make([]pushlog.Row, len(done))
	for i, j := range done {
		entries[i] = tx.store.Pushes.Row(j.req.Push, string(j.decision.Reason), j.decision.Repeat)
		e := &entries[i]
		e.BizID, e.OrderID, e.WaybillID = j.req.ShopID, j.req.OrderID, j.req.WaybillID
		if number := j.decision.Attempt.WaybillID; number != "" {
			e.WaybillID = number
		}
	}
	old, fresh := changed(tx.orders)
	queueOrders(b, tx.orders)
	queueAttempts(b, old)
	queuePlaced(b, fresh)
	queueDetails(b, tx.details)
	queueSteps(b, tx.steps)
	batch.QueueTouch(b, touchOrders, resolved, func(j *deliverJob) batch.RowKey { return batch.RowKey{j.req.ShopID, j.req.OrderID} })
	pushlog.QueueRows(b, tx.Now, entries)
	tx.QueueBindings(b, kept)
}
