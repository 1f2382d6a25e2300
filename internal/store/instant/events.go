package instant

import (
	"encoding/hex"

	"carrierhook/internal/delivery"
	"carrierhook/internal/event"

	"github.com/jackc/pgx/v5"
)

// eventKinds are the kinds of event of what a push changes.
var eventKinds = map[delivery.Kind]event.Kind{
	delivery.Add:           event.OrderPlaced,
	delivery.Readd:         event.OrderPlaced,
	delivery.Cancel:        event.OrderCancelled,
	delivery.Tip:           event.OrderTipRaised,
	delivery.ConfirmReturn: event.OrderReturnConfirmed,
}

// bodyOf has the ids of an attempt and its status, before and after.
func (k orderKey) bodyOf(a *delivery.Attempt, before delivery.Status) event.Body {
	return event.Body{
		ShopID: k.shopID, ShopOrderID: k.orderID, WaybillID: a.WaybillID, Attempt: a.Number,
		OrderStatusBefore: int(before), OrderStatus: int(a.Status),
	}
}

func (k orderKey) parcel() string { return event.OfOrder(k.shopID, k.orderID) }

// queueEvents writes the events of what the pushes have changed.
func (tx *pushTransaction) queueEvents(b *pgx.Batch, done []*pushJob) {
	facts := tx.store.events.Collect(tx.Now)
	for _, j := range done {
		if !j.Writes() {
			continue
		}
		a := &j.decision.Attempt
		body := j.key().bodyOf(a, j.decision.Before)
		code := tx.store.ledger.ResultCode(j.req.Push.Event, string(j.decision.Reason))
		body.Reason, body.ResultCode, body.Source.Push = string(j.decision.Reason), &code, hex.EncodeToString(j.req.Push.ID[:])
		switch j.req.Kind {
		case delivery.Add, delivery.Readd:
			body.ShopNo = j.req.ShopNo
		case delivery.Cancel:
			deducted := int64(a.Deducted)
			body.CancelReason, body.DeductFen = int(a.CancelReason), &deducted
		case delivery.Tip:
			tips := int64(a.TipsNow)
			body.TipsFen = &tips
		}
		facts.Add(j.req.Push.Account, eventKinds[j.req.Kind], j.key().parcel(), string(j.req.Push.ID[:]), body)
	}
	facts.Queue(b)
}

// recordsRefusal reports whether a report is refused and somebody has to hear of it: a rider
// is at work on an attempt that has ended.
func (tx *statusTransaction) recordsRefusal(j *statusJob) bool {
	v := j.decision.Verdict
	return (v == delivery.AttemptEnded || v == delivery.AttemptSuperseded) && tx.store.events.Wants(event.OrderStatusRefused)
}

// queueEvents writes the events of reports that were recorded or refused.
func (tx *statusTransaction) queueEvents(b *pgx.Batch, fresh []*statusJob) {
	facts := tx.store.events.Collect(tx.Now)
	for _, j := range fresh {
		kind := event.OrderStatusChanged
		body := j.key().bodyOf(&j.decision.Attempt, j.before)
		if !j.Writes() {
			kind = event.OrderStatusRefused
			body.OrderStatusBefore, body.Reported, body.Reason = 0, int(j.req.Status), string(j.decision.Verdict)
		}
		body.Source.Token = j.req.By
		facts.Add(j.decision.Attempt.Account, kind, j.key().parcel(), j.req.Cause(), body)
	}
	facts.Queue(b)
}

// statusOf is the status of an attempt; 0: there is none.
func (p *loadedOrder) statusOf(waybillID string) delivery.Status {
	if p == nil {
		return 0
	}
	for i := range p.Attempts {
		if p.Attempts[i].WaybillID == waybillID {
			return p.Attempts[i].Status
		}
	}
	return 0
}
