package instant

import "carrierhook/internal/delivery"

// Decide applies the rule to each push of the batch, one after the other: each sees
// the orders as those before it have left them.
func (tx *pushTransaction) Decide(jobs []*pushJob) (kept []*pushJob) {
	for _, j := range tx.Admit(jobs) {
		order, shop := tx.orders[j.key()], tx.shops[j.req.ShopID]
		if order != nil && order.locked && j.locks() {
			continue
		}
		if shop.err != nil && j.req.Fault != delivery.BadIDs && !(j.InDoubt && order.hasChangeOf(j)) {
			j.Fail(shop.err)
			continue
		}
		j.decision = delivery.DecidePush(j.req, shop.shop, order.placed(), j.newAttempt, tx.store.policy, tx.Now)
		switch {
		case j.InDoubt && j.decision.Repeat && tx.isOwn(j):
			// The commit that was in doubt did happen, with its ledger row.
			j.decision.Repeat, j.Resolved = false, true
			kept = append(kept, j)
		case j.InDoubt && !j.Writes() && order.hasChangeOf(j):
			// It did happen, though the shop would be refused by now.
			j.decision, j.Resolved = j.sent, true
			kept = append(kept, j)
		case j.InDoubt && !j.Writes() && order.hidesTipOf(j):
			j.Fail(errUnresolved)
		case j.decision.Places() && !tx.ensureNumber(j):
		default:
			j.sent = j.decision
			tx.apply(j, order)
			kept = append(kept, j)
		}
	}
	return kept
}

// ensureNumber tells whether a new attempt has a waybill number that nothing else has.
// Without one the push stays undecided, and the next try takes another number, after
// leasing some if there are none. A number that is used already is dropped for good.
func (tx *pushTransaction) ensureNumber(j *pushJob) bool {
	if n := j.decision.Attempt.WaybillID; n != "" && !tx.usedNumbers[n] {
		return true
	}
	j.newAttempt.WaybillID, j.BeforeRetry = "", tx.store.numbers.Lease
	return false
}

// apply notes what the push changes, for the pushes after it and for QueueWrite.
func (tx *pushTransaction) apply(j *pushJob, order *loadedOrder) {
	d := &j.decision
	if !j.Writes() {
		return
	}
	if order == nil {
		order = &loadedOrder{}
		order.ShopNo = j.req.ShopNo
		tx.orders[j.key()] = order
	}
	if d.Places() {
		if last := order.Last(); d.Expires && last != nil {
			expired := *last
			expired.Expired = true
			order.set(expired)
		}
		order.Order = &j.req.Order
		tx.details = append(tx.details, detailsRow{j.key(), d.Attempt.Number, d.Attempt.ExpiresAt, &j.req.Order})
	}
	order.set(d.Attempt)
	if d.Places() || d.Before != d.Attempt.Status {
		tx.steps = append(tx.steps, step{j.key(), d.Attempt.Number, delivery.Step{
			Status: d.Attempt.Status, At: d.Attempt.StatusAt, Message: d.Attempt.Message, RecordedAt: tx.Now, RecordedBy: byPush,
		}})
	}
}

// byPush is the recorded_by of a step that a push has made.
const byPush = "push"
