package conformance

import (
	"regexp"
	"strings"

	"carrierhook/internal/wechat"
)

var fees = regexp.MustCompile(`(<deliverfee>|"deliverfee":)([0-9.]+)`)

// instantDefects are those with instant delivery.
var instantDefects = []defect{
	{"transport_add_order not answered", "instant_answer", 0, func(c *carrier) { c.mute = wechat.EventAddOrder }},
	{"any shop taken", "instant_unknown_shop", 0, without(1002, func(_ *carrier, m *wechat.InstantOrder) {
		m.ShopID, m.DeliverySign = shopID, shop().sign(m.ShopOrderID)
	})},
	{"orders taken unsigned", "instant_wrong_sign", 0, without(1003, func(_ *carrier, m *wechat.InstantOrder) { m.DeliverySign = shop().sign(m.ShopOrderID) })},
	{"nothing can be placed", "instant_add instant_price", 0, placedBy(wechat.EventAddOrder, func(r *wechat.InstantReply) { r.ResultCode = 1099 })},
	{"placed and delivered at once", "instant_add instant_price", 0, placedBy(wechat.EventAddOrder, func(r *wechat.InstantReply) { r.OrderStatus = 302 })},
	{"repeated orders refused", "instant_repeat instant_readd_repeat instant_slow_answer instant_hang_up instant_twice", 0, repeated(wechat.EventAddOrder, wechat.EventReaddOrder)},
	{"another waybill for each repeat", "instant_repeat instant_readd_repeat instant_slow_answer instant_hang_up instant_twice", 0, func(c *carrier) {
		var seen counts
		placed(func(r *wechat.InstantReply, m wechat.InstantOrder) {
			r.WaybillID += strings.Repeat("0", seen.next(m.Identity()))
		})(c)
	}},
	{"an order added twice", "instant_existing", 0, placing(func(c *carrier, m wechat.InstantOrder) wechat.InstantReply {
		r := c.placeOrder(m)
		if r.ResultCode == 1030 {
			setStatus(c, m.ShopOrderID, 103)
			m.Event = wechat.EventReaddOrder
			r = c.placeOrder(m)
			r.Event = wechat.EventAddOrder
			setStatus(c, m.ShopOrderID, 101)
		}
		return r
	})},
	{"queries answered with delivered", "instant_query", 0, insteadOf(wechat.EventQueryOrder, func(_ *carrier, _ wechat.InstantFollowUp, r *wechat.InstantReply) { r.OrderStatus = 302 })},
	{"queries answered with another order", "instant_query", 0, insteadOf(wechat.EventQueryOrder, func(_ *carrier, _ wechat.InstantFollowUp, r *wechat.InstantReply) { r.WaybillID += "0" })},
	{"everybody sees how far an order is", "instant_query_sign", 0, insteadOf(wechat.EventQueryOrder, func(c *carrier, m wechat.InstantFollowUp, r *wechat.InstantReply) {
		if r.ResultCode == 1003 {
			m.DeliverySign = shop().sign(m.ShopOrderID)
			*r = c.followUp(m)
		}
	})},
	{"the waybill_id of a cancel not looked at", "instant_other_waybill", 0, recodeIn(wechat.EventCancelOrder, 1032, 0)},
	{"the waybill_id of a cancel refused and cancelled", "instant_other_waybill instant_under_way", 0, insteadOf(wechat.EventCancelOrder, func(c *carrier, m wechat.InstantFollowUp, r *wechat.InstantReply) {
		if r.ResultCode == 1032 {
			setStatus(c, m.ShopOrderID, 103)
		}
	})},
	{"what does not exist cancelled", "instant_unknown_order", 0, recodeIn(wechat.EventCancelOrder, 1031, 0)},
	{"an order placed again under way", "instant_under_way", 0, without(1033, func(c *carrier, m *wechat.InstantOrder) { setStatus(c, m.ShopOrderID, 103) })},
	{"no tips", "instant_tips", 0, insteadOf(wechat.EventAddTips, func(_ *carrier, _ wechat.InstantFollowUp, r *wechat.InstantReply) { r.ResultCode = 1099 })},
	{"a repeated tip refused", "instant_tips", 0, repeated(wechat.EventAddTips)},
	{"anything is back", "instant_not_back", 0, insteadOf(wechat.EventConfirmReturn, func(_ *carrier, _ wechat.InstantFollowUp, r *wechat.InstantReply) { r.ResultCode = 0 })},
	{"no price of a cancel", "instant_precancel", 0, insteadOf(wechat.EventPrecancelOrder, func(_ *carrier, _ wechat.InstantFollowUp, r *wechat.InstantReply) { r.ResultCode = 1099 })},
	{"cancelled by the question", "instant_precancel instant_cancel", 0, insteadOf(wechat.EventPrecancelOrder, func(c *carrier, m wechat.InstantFollowUp, _ *wechat.InstantReply) {
		setStatus(c, m.ShopOrderID, 103)
	})},
	{"a cancel without effect", "instant_cancel", 0, insteadOf(wechat.EventCancelOrder, func(c *carrier, m wechat.InstantFollowUp, r *wechat.InstantReply) {
		if r.ResultCode == 0 {
			setStatus(c, m.ShopOrderID, 101)
		}
	})},
	{"a repeated cancel refused", "instant_cancel_repeat", 0, repeated(wechat.EventCancelOrder)},
	{"another order placed under the same id", "instant_changed instant_readd", 0, without(1035, func(c *carrier, m *wechat.InstantOrder) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.parcels.orders[m.ShopOrderID].same = sameness(*m)
	})},
	{"any price taken at the second time", "instant_token instant_readd", 0, without(1020, func(_ *carrier, m *wechat.InstantOrder) {
		if m.Event == wechat.EventReaddOrder {
			m.DeliveryToken = ""
		}
	})},
	{"any price taken at the first", "instant_other_token", 0, without(1020, func(_ *carrier, m *wechat.InstantOrder) {
		if m.Event == wechat.EventAddOrder {
			m.DeliveryToken = ""
		}
	})},
	{"nothing placed again", "instant_readd", 0, placedBy(wechat.EventReaddOrder, func(r *wechat.InstantReply) { r.ResultCode = 1033 })},
	{"one waybill for both", "instant_readd_waybill", 0, placing(func(c *carrier, m wechat.InstantOrder) wechat.InstantReply {
		r := c.placeOrder(m)
		if r.ResultCode == 0 && m.Event != wechat.EventPrecreateOrder {
			c.mu.Lock()
			defer c.mu.Unlock()
			r.WaybillID = c.parcels.orders[m.ShopOrderID].waybills[0]
		}
		return r
	})},
	{"a price that does not hold", "instant_price", 0, placedBy(wechat.EventAddOrder, func(r *wechat.InstantReply) { r.Fee, r.DeliverFee = r.Fee+1, r.DeliverFee+1 })},
	{"heavy orders refused", "instant_limits", 0, placed(func(r *wechat.InstantReply, m wechat.InstantOrder) {
		if m.Cargo.Weight == "50" {
			r.ResultCode = 1012
		}
	})},
	{"notes without end", "instant_over_limits", 0, without(1013, func(_ *carrier, m *wechat.InstantOrder) { m.OrderInfo.Note = "" })},
	{"a fee that is no difference", "reply_fee", 0, placed(func(r *wechat.InstantReply, _ wechat.InstantOrder) { r.CouponFee = 0 })},
	{"codes for everybody", "reply_handover", 0, placedBy(wechat.EventReaddOrder, func(r *wechat.InstantReply) { r.FinishCode = 1024 })},
	{"a code too few", "reply_handover", 0, placed(func(r *wechat.InstantReply, _ wechat.InstantOrder) { r.PickupCode = 0 })},
	{"every refusal taken for an own fault", "reply_refusal", 0, both(
		placing(func(c *carrier, m wechat.InstantOrder) wechat.InstantReply {
			r := c.placeOrder(m)
			r.ResultCode = -min(r.ResultCode, 1)
			return r
		}),
		insteadOf(wechat.EventCancelOrder, func(_ *carrier, _ wechat.InstantFollowUp, r *wechat.InstantReply) {
			r.ResultCode = -min(r.ResultCode, 1)
		}),
	)},
	{"an amount as a text", "reply_members", 0, inFormat(matched(fees, `$1"$2"`), matched(fees, `$1<![CDATA[$2]]>`))},
	{"ResultCode for resultcode", "reply_members", 0, rewrite("resultcode", "ResultCode")},
	{"To and From of an order of instant delivery not swapped", "reply_swapped", 0, placed(func(r *wechat.InstantReply, _ wechat.InstantOrder) {
		r.ToUserName, r.FromUserName = r.FromUserName, r.ToUserName
	})},
	{"the token of another price in the reply", "reply_extra", 0, inFormat(
		replaceFirst(`,"deduct_fee"`, `,"delivery_token":"","deduct_fee"`), replaceFirst("<deduct_fee>", "<delivery_token></delivery_token><deduct_fee>"))},
}
