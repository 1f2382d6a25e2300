package instant

import (
	"crypto/subtle"
	"strconv"

	"carrierhook/internal/sandbox"
)

// readStatusReport reads the status of a status report, and since when.
func readStatusReport(r sandbox.Request) (status int, at int64) {
	text := r.Must("order_status", r.Choice("order_status", sandbox.OrderStatuses...))
	since := r.Must("action_time", r.Moment("action_time"))
	r.Prose("action_msg", sandbox.MaxText) // for people; nobody is shown it here
	if since == "0" {
		r.Fail(codeArgs, "action_time is no time in seconds")
	}
	status, _ = strconv.Atoi(text)
	at, _ = strconv.ParseInt(since, 10, 64)
	return status, at
}

// statusNode is what the record keeps of a status report.
func statusNode(f *sandbox.Fields) sandbox.Node {
	return sandbox.Node{
		Key:  f.NumberOrID("shopid", sandbox.MaxID) + "/" + f.Text("shop_order_id", maxShopOrderID),
		Type: f.Number("order_status"), Time: f.Number("action_time"), Once: true, Text: f.Text("wx_token", sandbox.MaxText),
		Stage: stage(f.Number("order_status")),
	}
}

// stage is how far an attempt is with a status. It does not go back: until the goods are
// picked up the rider may be another one, and then they are.
func stage(status int64) int {
	switch {
	case sandbox.Ended(int(status)):
		return 5
	case status > 301: // going back
		return 4
	case status == 301:
		return 3
	case status == 202:
		return 2
	}
	return 1
}

// updateOrder is what a company calls. The wx_token of the placing is the proof that
// it is the order's company.
func (a *API) updateOrder(r sandbox.Request) (any, *sandbox.Failure) {
	// In WeChat's sample the shopid is a number.
	token, waybillID := r.ID("wx_token", sandbox.MaxText), r.ID("waybill_id", sandbox.MaxID)
	shopID, orderID := r.NumberOrID("shopid", sandbox.MaxID), r.ID("shop_order_id", maxShopOrderID)
	r.Code("shop_no", sandbox.MaxID)
	status, at := readStatusReport(r)
	if sandbox.InFuture(at, a.core.Now()) {
		r.Fail(codeArgs, "action_time is in the future")
	}
	r.Must("wxa_path", r.Prose("wxa_path", sandbox.MaxText))
	r.Moment(expectedDelivery)
	var agent rider
	if f := r.Under("agent", status == statusAssigned); f != nil {
		agent = rider{f.Must("name", f.Chars("name", maxPerson)), f.Must("phone", f.Chars("phone", maxNumber))}
		f.Choice("is_phone_encrypted", 0, 1)
	}
	if r.Failure() != nil {
		return nil, r.Failure()
	}
	if f := a.record.applyStatusReport(token, orderKey{shopID: shopID, orderID: orderID}, attempt{waybillID: waybillID, status: status, at: at, rider: agent}); f != nil {
		return nil, f
	}
	return succeeded()
}

// applyStatusReport is as good as an answer to the push that had the token, and may come
// before that.
func (r *record) applyStatusReport(token string, of orderKey, now attempt) *sandbox.Failure {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.tokens[token]
	switch {
	case o == nil:
		return sandbox.Fail(codeArgs, "wx_token is that of no order")
	case o.shopID != of.shopID || o.orderID != of.orderID:
		return sandbox.Fail(codeOrderUnknown, "")
	}
	last := o.last()
	if last == nil || subtle.ConstantTimeCompare([]byte(last.wxToken), []byte(token)) != 1 {
		if token != o.wxToken {
			return sandbox.Fail(codeOrderEnded, "the order was placed again since")
		}
		o.arrived(now.waybillID, now.status, now.at)
		last = o.last()
	}
	switch {
	case last.waybillID != "" && last.waybillID != now.waybillID:
		return sandbox.Fail(codeOrderUnknown, "waybill_id is not the order's")
	case sandbox.Ended(last.status) && last.status != now.status:
		return sandbox.Fail(codeOrderEnded, "")
	}
	last.waybillID, last.status, last.at = now.waybillID, now.status, now.at
	if now.rider != (rider{}) {
		last.rider = now.rider
	}
	return nil
}
