package api

import (
	"net/url"

	"carrierhook/internal/delivery"
	"carrierhook/internal/input"
	"carrierhook/internal/ledger"

	"go.uber.org/zap"
)

func (a *API) decodeStatus(r *request) (delivery.StatusReport, error) {
	s := delivery.StatusReport{By: r.by(), ShopID: r.pathID("shop_id", delivery.MaxID), OrderID: r.pathID("shop_order_id", delivery.MaxOrderID)}
	return readObject(r, false, &s, a.checkStatus, member{"waybill_id", &s.WaybillID}, member{"order_status", &s.Status},
		member{"action_time", (*seconds)(&s.At)}, member{"action_msg", &s.Message}, member{"agent", &s.Agent},
		member{"expected_delivery_time", (*seconds)(&s.ExpectedAt)})
}

// checkStatus refuses a report that WeChat would refuse: nobody could mend it later.
func (a *API) checkStatus(s delivery.StatusReport) (delivery.StatusReport, error) {
	s, err := delivery.NewStatusReport(s)
	if err == nil && a.NeedsAgent && s.Status == delivery.Assigned && s.Agent == nil {
		return s, &input.FieldError{Field: "agent", Err: delivery.ErrAgentMissing}
	}
	return s, err
}

// postStatus records the status of an attempt at an order.
func (a *API) postStatus(r *request, s delivery.StatusReport) (shown statusJSON, err error) {
	r.log(zap.String("waybill_id", s.WaybillID))
	r.sets = []string{"order_status", "status_at", "action_msg"}
	if s.Agent != nil {
		r.sets = append(r.sets, "agent")
	}
	if !s.ExpectedAt.IsZero() {
		r.sets = append(r.sets, "expected_delivery_time")
	}
	d, err := a.Instant.ReportStatus(r.ctx, s)
	if err != nil {
		return shown, err
	}
	if !d.Verdict.Good() {
		a.logRefusedStatus(s, d)
		return shown, deliveryRefusal(s, d)
	}
	recorded(r, d.Verdict, d.Changes())
	return statusJSON{d.Verdict, s.ShopID, s.OrderID, s.WaybillID, d.Attempt.Status, moment(d.Attempt.StatusAt)}, nil
}

// logRefusedStatus logs a refusal that the rider must learn of: the attempt is cancelled or
// ended, or was followed by another. An attempt that was cancelled with the goods under way
// ends when they are back at the shop: a rider who reports another status of it does not
// know of the cancel either.
func (a *API) logRefusedStatus(s delivery.StatusReport, d delivery.StatusDecision) {
	switch {
	case d.Verdict == delivery.AttemptEnded, d.Verdict == delivery.AttemptSuperseded:
	case d.Verdict == delivery.NotAllowed && d.Attempt.Status == delivery.ReturningCancelled:
	default:
		return
	}
	a.Log.Info("status refused", zap.String("verdict", string(d.Verdict)),
		zap.String("shop_id", s.ShopID), zap.String("shop_order_id", s.OrderID), zap.String("waybill_id", s.WaybillID),
		zap.Int("order_status", int(s.Status)), zap.String("by", s.By))
}

// orderIDs are the ids in the path of an order.
type orderIDs struct{ shop, order string }

func decodeOrderIDs(r *request) (orderIDs, error) {
	return orderIDs{r.pathID("shop_id", delivery.MaxID), r.pathID("shop_order_id", delivery.MaxOrderID)}, nil
}

// order shows an order of instant delivery: its attempts and its pushes, but not its
// sender, receiver and goods.
func (a *API) order(r *request, ids orderIDs) (orderJSON, error) {
	o, pushes, more, err := a.Instant.History(r.ctx, ids.shop, ids.order, maxShown)
	shown := orderJSON{
		ShopID: o.ShopID, ShopOrderID: o.OrderID, ShopNo: o.ShopNo, Erased: o.Erased,
		Attempts: each(o.Attempts, r.showAttempt), StepsCut: o.StepsCut, Pushes: each(pushes, showPush),
	}
	if more {
		shown.PushesNext = olderPushes(url.Values{"biz_id": {ids.shop}, "order_id": {ids.order}, "event": {ledger.AnyInstant}}, pushes)
	}
	return shown, err
}
