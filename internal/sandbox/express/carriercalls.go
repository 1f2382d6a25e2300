package express

import (
	"crypto/subtle"
	"slices"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// ofCarrier reads how a carrier names an order, and finds it. The order's token is the
// proof that it is the order's carrier.
func (a *API) ofCarrier(token, waybillID string) (*order, order, *sandbox.Failure) {
	o, current := a.record.waybill(waybillID)
	switch {
	case o == nil:
		return nil, order{}, sandbox.Fail(codeWaybillUnknown, "")
	case subtle.ConstantTimeCompare([]byte(current.Token), []byte(token)) != 1:
		return nil, order{}, sandbox.Fail(codeOrderToken, "")
	}
	return o, current, nil
}

// waybillNode is what the record keeps of a call that reads something of a waybill.
func waybillNode(f *sandbox.Fields) sandbox.Node {
	return sandbox.Node{Key: f.Text("waybill_id", sandbox.MaxID)}
}

func pathNode(f *sandbox.Fields) sandbox.Node {
	return sandbox.Node{
		Key: f.Text("waybill_id", sandbox.MaxID), Type: f.Number("action_type"), Time: f.Number("action_time"),
		Once: true, Text: f.Prose("action_msg", sandbox.MaxText),
	}
}

func verdictNode(f *sandbox.Fields) sandbox.Node {
	return sandbox.Node{
		Key: f.Text("shop_app_id", sandbox.MaxID) + "/" + f.Text("biz_id", sandbox.MaxID), Type: f.Number("result_code"),
		Once: true, Text: f.Prose("result_msg", sandbox.MaxText),
	}
}

func (a *API) updatePath(r sandbox.Request) (any, *sandbox.Failure) {
	token, waybillID, item := r.ID("token", sandbox.MaxText), r.ID("waybill_id", sandbox.MaxID), readPathItem(r, a.core.Now())
	if r.Failure() != nil {
		return nil, r.Failure()
	}
	o, _, f := a.ofCarrier(token, waybillID)
	if f != nil {
		return nil, f
	}
	a.record.addPathItem(o, item)
	return sandbox.Done, nil
}

// contactAnswer has no errcode, like WeChat's sample.
type contactAnswer struct {
	WaybillID string  `json:"waybill_id"`
	Sender    contact `json:"sender"`
	Receiver  contact `json:"receiver"`
}

type contact struct {
	Address string `json:"address"` // the whole place
	Name    string `json:"name"`
	Tel     string `json:"tel"`
	Mobile  string `json:"mobile"`
}

func contactOf(c wechat.Contact) contact {
	return contact{c.Province + c.City + c.Area + c.Address, c.Name, c.Tel, c.Mobile}
}

// getContact tells a carrier whom a parcel is from and to. Of an order that was put in
// nothing is known.
func (a *API) getContact(r sandbox.Request) (any, *sandbox.Failure) {
	token, waybillID := r.ID("token", sandbox.MaxText), r.ID("waybill_id", sandbox.MaxID)
	if r.Failure() != nil {
		return nil, r.Failure()
	}
	_, current, f := a.ofCarrier(token, waybillID)
	if f != nil {
		return nil, f
	}
	return contactAnswer{current.WaybillID, contactOf(current.Sender), contactOf(current.Receiver)}, nil
}

// updateBusiness takes the verdict of a carrier whose people review accounts: its answer
// to check_biz was no, and this comes later. It may also come while that push is answered,
// so it does not wait for the account's turn.
func (a *API) updateBusiness(r sandbox.Request) (any, *sandbox.Failure) {
	key := accountKey{r.ID("shop_app_id", sandbox.MaxID), a.o.DeliveryID, r.ID("biz_id", sandbox.MaxID)}
	result := r.Number("result_code")
	if !r.Has("result_code") {
		r.Fail(sandbox.CodeArgs, "result_code is missing")
	}
	r.Prose("result_msg", sandbox.MaxText) // goes to the merchant in an event, which is not played
	switch {
	case r.Failure() != nil:
		return nil, r.Failure()
	case !slices.ContainsFunc(a.core.Apps, func(app sandbox.App) bool { return app.ID == key.ShopAppID }):
		return nil, sandbox.Fail(codeShopUnknown, "")
	case !a.accounts.review(key, result == 0):
		return nil, sandbox.Fail(codeNotBound, "the merchant has not asked to bind it")
	}
	return sandbox.Done, nil
}
