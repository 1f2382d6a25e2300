package api

import (
	"net/http"
	"net/url"

	"carrierhook/internal/waybill"

	"go.uber.org/zap"
)

// maxShown is how many pushes a waybill or an order shows; /v1/pushes has the others.
const maxShown = 100

func decodeWaybillQuery(r *request) (waybill.WaybillQuery, error) {
	q := waybill.WaybillQuery{
		BizID:     r.queryID("biz_id", waybill.MaxID),
		WaybillID: r.queryID("waybill_id", waybill.MaxID),
		OrderID:   r.queryID("order_id", waybill.MaxOrderID),
	}
	if r.query.Has("waybill_id") == r.query.Has("order_id") {
		r.fail(invalidField("query", "needs exactly one of waybill_id and order_id"))
	}
	return q, nil
}

// findWaybills finds waybills by number or by order.
func (a *API) findWaybills(r *request, q waybill.WaybillQuery) (map[string]any, error) {
	found, err := a.Express.Waybills(r.ctx, q)
	return map[string]any{"waybills": each(found, showWaybill)}, err
}

func decodeWaybillIDs(r *request) (waybill.WaybillQuery, error) {
	return waybill.WaybillQuery{BizID: r.pathID("biz_id", waybill.MaxID), WaybillID: r.pathID("waybill_id", waybill.MaxID)}, nil
}

// history shows a waybill, its scans and its pushes.
func (a *API) history(r *request, ids waybill.WaybillQuery) (any, error) {
	h, err := a.Express.History(r.ctx, ids.BizID, ids.WaybillID, maxShown)
	if err != nil {
		return nil, err
	}
	shown := historyJSON{Scans: each(h.Scans, r.showScan), ScansCut: h.ScansCut, Pushes: each(h.Pushes, showPush)}
	if b := h.Booking; b != nil {
		shown.Booking = &bookingJSON{b.Label, b.Pieces, b.Grams, b.InsuredFen, b.HasContacts}
	}
	if h.More {
		shown.PushesNext = olderPushes(url.Values{"biz_id": {ids.BizID}, "waybill_id": {ids.WaybillID}}, h.Pushes)
	}
	if h.Waybill == nil {
		return struct {
			numberJSON
			historyJSON
		}{numberJSON{ids.BizID, ids.WaybillID, unknownState}, shown}, nil
	}
	return struct {
		waybillJSON
		historyJSON
	}{showWaybill(h.Waybill), shown}, nil
}

func decodeRegistration(r *request) (waybill.Registration, error) {
	var w waybill.Registration
	return readObject(r, false, &w, waybill.NewRegistration, member{"biz_id", &w.BizID}, member{"waybill_id", &w.WaybillID},
		member{"order_id", &w.OrderID}, member{"shop_app_id", &w.ShopAppID}, member{"service", &w.Service}, member{"booked_at", &w.BookedAt})
}

// register takes a waybill that was booked elsewhere.
func (a *API) register(r *request, w waybill.Registration) (shown waybillJSON, err error) {
	r.log(zap.String("biz_id", w.BizID), zap.String("waybill_id", w.WaybillID))
	r.sets = []string{"order_id", "shop_app_id", "service", "booked_at"}
	d, err := a.Express.Register(r.ctx, w)
	if err != nil {
		return shown, err
	}
	if !d.Verdict.Good() {
		return shown, refusal(d.Verdict, w.BizID, w.WaybillID, nil)
	}
	recorded(r, d.Verdict, d.Changes())
	if d.Changes() {
		r.status = http.StatusCreated
		r.Writer.Header().Set("Location", "/v1/waybills/"+url.PathEscape(w.BizID)+"/"+url.PathEscape(w.WaybillID))
	}
	return showWaybill(&d.Waybill), nil
}

func decodeCharge(r *request) (waybill.Charge, error) {
	c := waybill.Charge{By: r.by(), BizID: r.pathID("biz_id", waybill.MaxID), WaybillID: r.pathID("waybill_id", waybill.MaxID)}
	return readObject(r, true, &c, waybill.NewCharge, member{"charged_at", &c.At})
}

// charge records that the freight of a parcel was charged.
func (a *API) charge(r *request, c waybill.Charge) (shown chargeJSON, err error) {
	r.sets = []string{"charged_at"}
	d, err := a.Express.Charge(r.ctx, c)
	if err != nil {
		return shown, err
	}
	if !d.Verdict.Good() {
		return shown, refusal(d.Verdict, c.BizID, c.WaybillID, &d.Waybill)
	}
	recorded(r, d.Verdict, d.Changes())
	return chargeJSON{d.Verdict, showWaybill(&d.Waybill)}, nil
}
