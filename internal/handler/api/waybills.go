package api

import (
	"net/http"
	"net/url"

	"carrierhook/internal/waybill"

	"go.uber.org/zap"
)

// maxShown is how many pushes a waybill's history shows; the others are pages of
// /v1/pushes.
const maxShown = 100

// findWaybills finds waybills by number, or by order.
func (a *API) findWaybills(r *request) (answer, error) {
	q := r.query("waybill_id", "order_id", "biz_id")
	wanted := waybill.WaybillQuery{
		BizID:     q.id("biz_id", waybill.MaxID),
		WaybillID: q.id("waybill_id", waybill.MaxID),
		OrderID:   q.id("order_id", waybill.MaxOrderID),
	}
	if q.has("waybill_id") == q.has("order_id") {
		q.wrong("query", "needs exactly one of waybill_id and order_id")
	}
	if q.err != nil {
		return answer{}, q.err
	}
	found, err := a.Office.Waybills(r.ctx, wanted)
	if err != nil {
		return answer{}, err
	}
	shown := make([]*theWaybill, len(found))
	for i := range found {
		shown[i] = showWaybill(&found[i])
	}
	return answer{status: http.StatusOK, body: map[string]any{"waybills": shown}}, nil
}

// history tells all that is on record of a waybill.
func (a *API) history(r *request) (answer, error) {
	bizID, waybillID, err := r.waybillIDs()
	if err != nil {
		return answer{}, err
	}
	h, err := a.Office.History(r.ctx, bizID, waybillID, maxShown)
	if err != nil {
		return answer{}, err
	}
	type record struct {
		Booking    *theBooking `json:"booking,omitempty"`
		Trace      []theScan   `json:"trace"`
		TraceCut   bool        `json:"trace_cut,omitempty"`
		Pushes     []thePush   `json:"pushes"`
		PushesNext string      `json:"pushes_next,omitempty"`
	}
	shown := record{Trace: showTrace(h.Trace, r.caller.Scopes.has(Personal)), TraceCut: h.TraceCut, Pushes: showPushes(h.Asked)}
	if b := h.Booking; b != nil {
		shown.Booking = &theBooking{b.Label, b.Pieces, b.Grams, b.InsuredFen, b.HasContacts}
	}
	if h.More && len(h.Asked) > 0 {
		shown.PushesNext = olderPushes(url.Values{"biz_id": {bizID}, "waybill_id": {waybillID}}, h.Asked[len(h.Asked)-1])
	}
	if h.Waybill == nil {
		return answer{status: http.StatusOK, body: struct {
			theNumber
			record
		}{theNumber{bizID, waybillID, unknownState}, shown}}, nil
	}
	return answer{status: http.StatusOK, body: struct {
		*theWaybill
		record
	}{showWaybill(h.Waybill), shown}}, nil
}

// waybillIDs are the two ids in the path, of a request that has no parameters
// behind it.
func (r *request) waybillIDs() (bizID, waybillID string, err error) {
	if q := r.query(); q.err != nil {
		return "", "", q.err
	}
	if bizID, err = r.pathID("biz_id", waybill.MaxID); err != nil {
		return "", "", err
	}
	if waybillID, err = r.pathID("waybill_id", waybill.MaxID); err != nil {
		return "", "", err
	}
	r.log(zap.String("biz_id", bizID), zap.String("waybill_id", waybillID))
	return bizID, waybillID, nil
}

// register takes a waybill that was booked elsewhere.
func (a *API) register(r *request) (answer, error) {
	if q := r.query(); q.err != nil {
		return answer{}, q.err
	}
	var wanted waybill.Registration
	err := a.read(r, maxBody, true, func(body []byte) (err error) { wanted, err = readRegistration(body); return err })
	if err != nil {
		return answer{}, err
	}
	if wanted, err = waybill.NewRegistration(wanted); err != nil {
		return answer{}, err
	}
	r.log(zap.String("biz_id", wanted.BizID), zap.String("waybill_id", wanted.WaybillID))
	d, err := a.Office.Register(r.ctx, wanted)
	switch {
	case err != nil:
		return answer{}, err
	case d.Verdict == waybill.Recorded:
		r.log(zap.String("verdict", string(d.Verdict)))
		r.changed("order_id", "shop_app_id", "service", "booked_at")
		return answer{
			status: http.StatusCreated, body: showWaybill(&d.Waybill), location: waybillPath(d.Waybill.BizID, d.Waybill.ID),
		}, nil
	case d.Verdict == waybill.Repeated:
		r.log(zap.String("verdict", string(d.Verdict)))
		return answer{status: http.StatusOK, body: showWaybill(&d.Waybill)}, nil
	}
	return answer{}, refusal(d.Verdict, wanted.BizID, wanted.WaybillID, nil)
}

func readRegistration(body []byte) (waybill.Registration, error) {
	var w waybill.Registration
	d, err := newDecoder(body)
	if err != nil {
		return w, err
	}
	err = d.object(func(name string) any {
		switch name {
		case "biz_id":
			return &w.BizID
		case "waybill_id":
			return &w.WaybillID
		case "order_id":
			return &w.OrderID
		case "shop_app_id":
			return &w.ShopAppID
		case "service":
			return &w.Service
		case "booked_at":
			return &w.BookedAt
		}
		return nil
	})
	return w, err
}

// charge notes that the freight of a parcel was charged.
func (a *API) charge(r *request) (answer, error) {
	c, err := a.takeCharge(r)
	if err != nil {
		return answer{}, err
	}
	d, err := a.Office.Charge(r.ctx, c)
	switch {
	case err != nil:
		return answer{}, err
	case d.Verdict.Good():
		r.log(zap.String("verdict", string(d.Verdict)))
		if d.Verdict == waybill.Recorded {
			r.changed("charged_at")
		}
		return answer{status: http.StatusOK, body: struct {
			Verdict waybill.Verdict `json:"verdict"`
			*theWaybill
		}{d.Verdict, showWaybill(&d.Waybill)}}, nil
	case d.Verdict == waybill.NoWaybill:
		return answer{}, refusal(d.Verdict, c.BizID, c.WaybillID, nil)
	}
	return answer{}, refusal(d.Verdict, c.BizID, c.WaybillID, &d.Waybill)
}

// takeCharge reads a charge, whose body may be left out.
func (a *API) takeCharge(r *request) (c waybill.Charge, err error) {
	if c.BizID, c.WaybillID, err = r.waybillIDs(); err != nil {
		return c, err
	}
	if err := a.read(r, maxBody, false, func(body []byte) error { return readCharge(body, &c) }); err != nil {
		return c, err
	}
	return waybill.NewCharge(c)
}

func readCharge(body []byte, c *waybill.Charge) error {
	d, err := newDecoder(body)
	if err != nil {
		return err
	}
	return d.object(func(name string) any {
		if name == "charged_at" {
			return &c.At
		}
		return nil
	})
}
