package express

import (
	"encoding/hex"

	"carrierhook/internal/event"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/events"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

func pushSource(p *ledger.Push) event.Source {
	return event.Source{Push: hex.EncodeToString(p.ID[:])}
}

// bodyOf has the ids of a waybill and its status, before and after.
func bodyOf(w *waybill.Waybill, before waybill.Status) event.Body {
	return event.Body{
		BizID: w.BizID, WaybillID: w.ID, OrderID: w.OrderID, ShopAppID: w.ShopAppID,
		StatusBefore: string(before), Status: string(w.Status),
	}
}

// addEvent adds the event of a cancel that was decided about a waybill. One that is refused
// because of its ids or password concerns no parcel.
func (tx *cancelTransaction) addEvent(facts *events.Collection, j *cancelJob) {
	kind := event.WaybillCancelRefused
	switch {
	case j.Writes():
		kind = event.WaybillCancelled
	case !j.decision.OfWaybill() || j.decision.Repeat:
		return
	}
	if !tx.store.events.Wants(kind) {
		return
	}
	w := &tx.waybills[j.key()].Waybill
	body := bodyOf(w, j.before)
	if kind == event.WaybillCancelRefused {
		body.Status = string(j.before) // the batch may have changed it since
	}
	code := tx.store.ledger.ResultCode(j.req.Push.Event, string(j.decision.Reason))
	body.Reason, body.ResultCode, body.Source = string(j.decision.Reason), &code, pushSource(&j.req.Push)
	facts.Add(j.req.Push.Account, kind, event.OfWaybill(w.ID), string(j.req.Push.ID[:]), body)
}

// queueEvents writes the events of what was booked.
func (tx *bookTransaction) queueEvents(b *pgx.Batch, made []*bookJob) {
	facts := tx.store.events.Collect(tx.Now)
	for _, j := range made {
		code := tx.store.ledger.ResultCode(j.req.Push.Event, string(j.decision.Reason))
		facts.Add(j.req.Push.Account, event.WaybillBooked, event.OfWaybill(j.decision.WaybillID), string(j.req.Push.ID[:]), event.Body{
			BizID: j.req.BizID, WaybillID: j.decision.WaybillID, OrderID: j.req.OrderID, ShopAppID: j.req.ShopAppID,
			Status: string(waybill.Booked), Reason: string(j.decision.Reason), ResultCode: &code, Source: pushSource(&j.req.Push),
		})
	}
	facts.Queue(b)
}

// recordsRefusal reports whether a scan is refused and somebody has to hear of it: the courier
// has a parcel that is cancelled.
func (tx *scanTransaction) recordsRefusal(j *scanJob) bool {
	return j.decision.Verdict == waybill.WaybillCancelled && tx.store.events.Wants(event.WaybillScanRefused)
}

// queueEvents writes the events of scans that were recorded or refused.
func (tx *scanTransaction) queueEvents(b *pgx.Batch, fresh []*scanJob) {
	facts := tx.store.events.Collect(tx.Now)
	for _, j := range fresh {
		kind := event.WaybillScanned
		w := &j.decision.Waybill
		body := bodyOf(w, j.before)
		if !j.Writes() {
			kind = event.WaybillScanRefused
			cancelled := w.CancelledAt.UTC()
			body.CancelledAt, body.Reason = &cancelled, string(j.decision.Verdict)
		}
		body.ActionType, body.ActionTime, body.Source = int(j.req.Action), j.req.At.Unix(), event.Source{Token: j.req.By}
		facts.Add(w.Account, kind, event.OfWaybill(w.ID), j.req.Cause(), body)
	}
	facts.Queue(b)
}

// queueEvents writes the events of what was charged.
func (tx *chargeTransaction) queueEvents(b *pgx.Batch, fresh []*chargeJob) {
	facts := tx.store.events.Collect(tx.Now)
	for _, j := range fresh {
		w := &j.decision.Waybill
		body, at := bodyOf(w, w.Status), w.ChargedAt.UTC()
		body.ChargedAt, body.Source = &at, event.Source{Token: j.req.By}
		facts.Add(w.Account, event.WaybillCharged, event.OfWaybill(w.ID), "", body) // a waybill is charged once
	}
	facts.Queue(b)
}

// queueEvents writes the events of reviews that somebody has to decide now. A merchant may
// bind accounts to several mini programs with pushes of one identity.
func (tx *accountTransaction) queueEvents(b *pgx.Batch, fresh []*accountJob) {
	facts := tx.store.events.Collect(tx.Now)
	for _, j := range fresh {
		if !j.opens {
			continue
		}
		p := &j.req.Push
		code := tx.store.ledger.ResultCode(p.Event, string(j.decision.Reason))
		facts.Add(p.Account, event.MerchantReviewRequested, event.OfMerchant(j.req.BizID), p.Account+"\x00"+j.req.ShopAppID+"\x00"+string(p.ID[:]), event.Body{
			BizID: j.req.BizID, ShopAppID: j.req.ShopAppID, Reason: string(j.decision.Reason), ResultCode: &code, Source: pushSource(p),
		})
	}
	facts.Queue(b)
}
