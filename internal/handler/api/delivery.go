package api

import (
	"net/http"
	"net/url"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"

	"go.uber.org/zap"
)

// statusResult is the answer to a report that is on record: how far the attempt
// has come now.
type statusResult struct {
	Verdict     delivery.Verdict `json:"verdict"`
	ShopID      string           `json:"shop_id"`
	ShopOrderID string           `json:"shop_order_id"`
	WaybillID   string           `json:"waybill_id"`
	OrderStatus delivery.Status  `json:"order_status"`
	StatusAt    moment           `json:"status_at"`
}

// postStatus records how far an attempt at an order has come.
func (a *API) postStatus(r *request) (answer, error) {
	told, err := a.takeStatus(r)
	if err != nil {
		return answer{}, err
	}
	d, err := a.Office.Advance(r.ctx, told)
	if err != nil {
		return answer{}, err
	}
	if !d.Verdict.Good() {
		a.halted(told, d)
		return answer{}, deliveryRefusal(told, d)
	}
	r.log(zap.String("verdict", string(d.Verdict)))
	if d.Verdict == delivery.Recorded {
		r.changed("order_status", "status_at", "action_msg")
	}
	return answer{status: http.StatusOK, body: statusResult{
		d.Verdict, told.ShopID, told.OrderID, told.WaybillID, d.Attempt.Status, moment(d.Attempt.StatusAt),
	}}, nil
}

// takeStatus reads the report of a status.
func (a *API) takeStatus(r *request) (told delivery.Report, err error) {
	told.By = r.by()
	if told.ShopID, told.OrderID, err = r.deliveryIDs(); err != nil {
		return told, err
	}
	if err := a.read(r, maxBody, true, func(body []byte) error { return readStatus(body, &told) }); err != nil {
		return told, err
	}
	if told, err = delivery.NewReport(told); err == nil {
		r.log(zap.String("waybill_id", told.WaybillID))
	}
	return told, err
}

func readStatus(body []byte, told *delivery.Report) error {
	d, err := newDecoder(body)
	if err != nil {
		return err
	}
	var status, at int64
	err = d.object(func(name string) any {
		switch name {
		case "waybill_id":
			return &told.WaybillID
		case "order_status":
			return &status
		case "action_time":
			return &at
		case "action_msg":
			return &told.Message
		}
		return nil
	})
	told.Status, told.At = delivery.Status(status), time.Unix(at, 0)
	return err
}

// deliveryIDs are the two ids in the path, of a request that has no parameters
// behind it.
func (r *request) deliveryIDs() (shopID, orderID string, err error) {
	if q := r.query(); q.err != nil {
		return "", "", q.err
	}
	if shopID, err = r.pathID("shop_id", delivery.MaxID); err != nil {
		return "", "", err
	}
	if orderID, err = r.pathID("shop_order_id", delivery.MaxOrderID); err != nil {
		return "", "", err
	}
	r.log(zap.String("shop_id", shopID), zap.String("shop_order_id", orderID))
	return shopID, orderID, nil
}

// halted notes a report that a rider has to hear the answer to: what he is doing
// is cancelled, over, or somebody else's by now. One that was cancelled with the
// goods on his back has not ended before they are there: of it, too, he has not
// heard when he reports something else.
func (a *API) halted(told delivery.Report, d delivery.ReportDecision) {
	switch {
	case d.Verdict == delivery.AttemptEnded, d.Verdict == delivery.AttemptSuperseded:
	case d.Verdict == delivery.NotAllowed && d.Attempt.Status == delivery.ReturningCancelled:
	default:
		return
	}
	a.Log.Info("status refused", zap.String("verdict", string(d.Verdict)),
		zap.String("shop_id", told.ShopID), zap.String("shop_order_id", told.OrderID), zap.String("waybill_id", told.WaybillID),
		zap.Int("order_status", int(told.Status)), zap.String("by", told.By))
}

// deliveryOrder tells all that is on record of an order, but who sends what to
// whom.
func (a *API) deliveryOrder(r *request) (answer, error) {
	shopID, orderID, err := r.deliveryIDs()
	if err != nil {
		return answer{}, err
	}
	record, asked, more, err := a.Office.DeliveryOrder(r.ctx, shopID, orderID, maxShown)
	if err != nil {
		return answer{}, err
	}
	shown := theOrder{
		ShopID: record.ShopID, ShopOrderID: record.OrderID, ShopNo: record.ShopNo, Erased: record.Erased,
		Attempts: make([]theAttempt, len(record.Attempts)), StepsCut: record.StepsCut, Pushes: showPushes(asked),
	}
	for i := range record.Attempts {
		shown.Attempts[i] = showAttempt(&record.Attempts[i], r.caller.Scopes.has(Personal))
	}
	if more && len(asked) > 0 {
		shown.PushesNext = olderPushes(url.Values{"biz_id": {shopID}, "order_id": {orderID}, "event": {ledger.AnyInstant}}, asked[len(asked)-1])
	}
	return answer{status: http.StatusOK, body: shown}, nil
}
