package wechat

// DecodeInstantReply reads an opened reply to a push of that event as strictly as
// WeChat might: in the push's format, with each member there that WeChat's table
// requires, each of its documented type, and none besides. An amount has at most two
// decimals. The insurance may be insurancefee or, as WeChat's samples have it,
// insurancfee; both, if they say the same. Where the code is not 0, only the result
// is required, and the rest is checked and dropped. The rider's location, which the
// tables allow in a reply to add and readd, is checked as well. Every error is a
// *Refusal.
func DecodeInstantReply(f Format, event string, body []byte) (InstantReply, error) {
	event = eventName(event)
	reply, err := openReply(f, event, body)
	if err != nil {
		return InstantReply{}, err
	}
	s := instantReader{replyReader: reply}
	r := InstantReply{
		ToUserName:   s.Str("ToUserName"),
		FromUserName: s.Str("FromUserName"),
		CreateTime:   s.Num("CreateTime"),
		Event:        event,
		ResultCode:   int(s.Num("resultcode")),
		ResultMsg:    s.Str("resultmsg"),
	}
	s.refused = r.ResultCode != 0
	whole := r
	s.rest(&whole)
	if !s.refused {
		r = whole
	}
	return r, s.done()
}

// rest reads what the event's table has besides the result.
func (s *instantReader) rest(r *InstantReply) {
	switch r.Event {
	case EventPrecreateOrder:
		s.price(r)
		r.DispatchDuration = s.OptionalNum("dispatch_duration")
		r.DeliveryToken = s.OptionalStr("delivery_token")
	case EventAddOrder, EventReaddOrder:
		s.price(r)
		r.WaybillID = s.OptionalStr("waybill_id")
		r.OrderStatus = s.requiredNum("order_status")
		r.FinishCode = int(s.OptionalNum("finish_code"))
		r.PickupCode = int(s.OptionalNum("pickup_code"))
		r.DispatchDuration = s.OptionalNum("dispatch_duration")
		s.degrees("sender_lng")
		s.degrees("sender_lat")
	case EventQueryOrder:
		r.OrderStatus = s.requiredNum("order_status")
		r.ActionMsg = s.OptionalStr("action_msg")
		r.WaybillID = s.requiredStr("waybill_id")
	case EventCancelOrder, EventPrecancelOrder:
		r.DeductFee = s.optionalYuan("deduct_fee")
		r.Desc = s.OptionalStr("desc")
	}
}

func (s *instantReader) price(r *InstantReply) {
	r.Fee = s.yuan("fee")
	r.DeliverFee = s.yuan("deliverfee")
	r.CouponFee = s.yuan("couponfee")
	r.Tips = s.yuan("tips")
	r.InsuranceFee = s.insurance()
	r.Distance = s.OptionalNum("distance")
}
