package wechat

import "carrierhook/internal/redacted"

// InstantReply answers a push of instant delivery, as its Event says. Which of the
// members are written depends on that; where the code is not 0, only the result is.
// ResultMsg reaches the merchant verbatim, so it must not show our internals.
type InstantReply struct {
	redacted.Struct
	ToUserName, FromUserName                       string
	CreateTime                                     int64
	Event                                          string // one of our constants
	ResultCode                                     int
	ResultMsg                                      string
	Fee, DeliverFee, CouponFee, Tips, InsuranceFee int64 // fen
	Distance                                       int64 // metres
	WaybillID                                      string
	OrderStatus                                    int
	FinishCode, PickupCode                         int    // 0: not wanted, and left out
	DispatchDuration                               int64  // seconds until a rider accepts, 0 for unknown
	DeliveryToken                                  string // "": left out
	DeductFee                                      int64  // fen
	Desc                                           string
	ActionMsg                                      string
}

// Reply makes the answer with sender and receiver swapped and the time echoed as
// received. What else the event's reply says is for the caller to fill in.
func (m InstantOrder) Reply(code int, msg string) InstantReply {
	return instantReply(m.FromUserName, m.ToUserName, m.CreateTime, m.Event, code, msg)
}

// Reply makes the answer with sender and receiver swapped and the time echoed as
// received. What else the event's reply says is for the caller to fill in.
func (m InstantFollowUp) Reply(code int, msg string) InstantReply {
	return instantReply(m.FromUserName, m.ToUserName, m.CreateTime, m.Event, code, msg)
}

func instantReply(to, from string, created int64, event string, code int, msg string) InstantReply {
	return InstantReply{
		ToUserName: to, FromUserName: from, CreateTime: created, Event: eventName(event), ResultCode: code, ResultMsg: msg,
	}
}

// Encode writes the reply in the order of the samples, amounts in yuan with two
// decimals. The insurance is insurancefee, as WeChat's tables of these events have it.
func (r InstantReply) Encode(f Format) []byte {
	w := newWriter(f, 640+len(r.ResultMsg)+len(r.WaybillID)+len(r.DeliveryToken)+len(r.Desc)+len(r.ActionMsg))
	w.common(r.ToUserName, r.FromUserName, r.CreateTime, r.Event)
	w.instantResult(r.ResultCode, r.ResultMsg)
	if r.ResultCode != 0 {
		return w.Bytes()
	}
	switch r.Event {
	case EventPrecreateOrder:
		w.price(r)
		w.Num("dispatch_duration", r.DispatchDuration)
		w.StrOmitEmpty("delivery_token", r.DeliveryToken)
	case EventAddOrder, EventReaddOrder:
		w.price(r)
		w.Str("waybill_id", r.WaybillID)
		w.Num("order_status", int64(r.OrderStatus))
		w.NumOmitZero("finish_code", int64(r.FinishCode))
		w.NumOmitZero("pickup_code", int64(r.PickupCode))
		w.Num("dispatch_duration", r.DispatchDuration)
	case EventQueryOrder:
		w.Num("order_status", int64(r.OrderStatus))
		w.Str("action_msg", r.ActionMsg)
		w.Str("waybill_id", r.WaybillID)
	case EventCancelOrder, EventPrecancelOrder:
		w.yuan("deduct_fee", r.DeductFee)
		w.Str("desc", r.Desc)
	}
	return w.Bytes()
}

// price writes what an order costs, and how far it goes.
func (w *writer) price(r InstantReply) {
	w.yuan("fee", r.Fee)
	w.yuan("deliverfee", r.DeliverFee)
	w.yuan("couponfee", r.CouponFee)
	w.yuan("tips", r.Tips)
	w.yuan("insurancefee", r.InsuranceFee)
	w.Num("distance", r.Distance)
}
