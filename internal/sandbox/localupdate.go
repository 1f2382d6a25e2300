package sandbox

import (
	"crypto/subtle"
	"encoding/json"
	"strconv"
)

// statusReport reads what a report of an order's status has: which, and since when.
func (r request) statusReport() (status int, at int64) {
	text := r.must("order_status", r.choice("order_status", localStatuses...))
	since := r.must("action_time", r.moment("action_time"))
	r.words("action_msg", maxText) // for people; nobody is shown it here
	if since == "0" {
		r.failed(codeArgs, "action_time is no time in seconds")
	}
	status, _ = strconv.Atoi(text)
	at, _ = strconv.ParseInt(since, 10, 64)
	return status, at
}

// shopOf reads a shopid that may be a number, as in WeChat's sample of updateOrder.
func (r request) shopOf() string {
	var n json.Number
	if raw := r.members["shopid"]; r.has("shopid") && raw[0] != '"' && json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return r.id("shopid", maxID)
}

// updateOrder is what a company calls. The wx_token of the placing is the proof that
// it is the one.
func (a *API) updateOrder(r request) (any, *failure) {
	token, waybillID := r.id("wx_token", maxText), r.id("waybill_id", maxID)
	shopID, orderID := r.shopOf(), r.id("shop_order_id", maxShopOrderID)
	r.words("shop_no", maxID)
	status, at := r.statusReport()
	r.must("wxa_path", r.words("wxa_path", maxText))
	r.moment(expectedDelivery)
	var who rider
	if f := r.under("agent", status == statusAssigned); f != nil {
		who = rider{f.must("name", f.chars("name", maxPerson)), f.must("phone", f.chars("phone", maxNumber))}
		f.choice("is_phone_encrypted", 0, 1)
		r.adopt(f)
	}
	if r.wrong != nil {
		return nil, r.wrong
	}
	if f := a.local.reported(token, localKey{shopID: shopID, orderID: orderID}, localAttempt{waybillID: waybillID, status: status, at: at, rider: who}); f != nil {
		return nil, f
	}
	return localSuccess()
}

// reported takes over a company's report. It is as good as an answer to the push that
// had the token, and may come before that.
func (r *localRecord) reported(token string, of localKey, now localAttempt) *failure {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.tokens[token]
	switch {
	case o == nil:
		return fail(codeArgs, "wx_token is that of no order")
	case o.shopID != of.shopID || o.orderID != of.orderID:
		return fail(codeOrderUnknown, "")
	}
	last := o.last()
	if last == nil || subtle.ConstantTimeCompare([]byte(last.wxToken), []byte(token)) != 1 {
		if token != o.wxToken {
			return fail(codeOrderEnded, "the order was placed again since")
		}
		o.arrived(now.waybillID, now.status, now.at)
		last = o.last()
	}
	switch {
	case last.waybillID != "" && last.waybillID != now.waybillID:
		return fail(codeOrderUnknown, "waybill_id is not the order's")
	case ended(last.status) && last.status != now.status:
		return fail(codeOrderEnded, "")
	}
	last.waybillID, last.status, last.at = now.waybillID, now.status, now.at
	if now.rider != (rider{}) {
		last.rider = now.rider
	}
	return nil
}
