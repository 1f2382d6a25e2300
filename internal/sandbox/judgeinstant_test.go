package sandbox_test

import (
	"strings"
	"testing"

	"carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// A reply of the right shape that no merchant could believe is a wrong answer, and
// the error says what is wrong with it.
func TestInstantReplies(t *testing.T) {
	t.Parallel()
	const place, price, query = wechat.EventReaddOrder, wechat.EventPrecreateOrder, wechat.EventQueryOrder
	for _, f := range sandboxtest.Formats {
		for _, tt := range []struct {
			event, says string
			change      func(*wechat.InstantReply)
		}{
			{place, "fee of the reply is not deliverfee less couponfee", func(r *wechat.InstantReply) { r.Fee++ }},
			{price, "fee of the reply is not deliverfee less couponfee", func(r *wechat.InstantReply) { r.CouponFee = 0 }},
			{place, "a fee of the reply is less than nothing", func(r *wechat.InstantReply) { r.Tips = -1 }},
			{place, "a fee of the reply is less than nothing", func(r *wechat.InstantReply) { r.Fee, r.DeliverFee, r.CouponFee = -1, 0, 1 }},
			{place, "distance or dispatch_duration", func(r *wechat.InstantReply) { r.Distance = -1 }},
			{price, "distance or dispatch_duration", func(r *wechat.InstantReply) { r.DispatchDuration = -1 }},
			{place, "order_status of the reply is 100, which is none", func(r *wechat.InstantReply) { r.OrderStatus = 100 }},
			{place, "order_status of the reply is 302, which is an end", func(r *wechat.InstantReply) { r.OrderStatus = 302 }},
			{place, "finish_code or pickup_code", func(r *wechat.InstantReply) { r.PickupCode = -1 }},
			{place, "waybill_id of the reply can be no waybill's", func(r *wechat.InstantReply) { r.WaybillID = strings.Repeat("x", 129) }},
			{query, "waybill_id of the reply can be no waybill's", func(r *wechat.InstantReply) { r.WaybillID = "" }},
			{query, "order_status of the reply is 0, which is none", func(r *wechat.InstantReply) { r.OrderStatus = 0 }},
			{wechat.EventCancelOrder, "deduct_fee of the reply is less than nothing", func(r *wechat.InstantReply) { r.DeductFee = -1 }},
			{wechat.EventAddTips, "ToUserName of the reply is", func(r *wechat.InstantReply) { r.ToUserName = "oOther" }},
			{wechat.EventConfirmReturn, "FromUserName of the reply is", func(r *wechat.InstantReply) { r.FromUserName = "gh_other" }},
			{wechat.EventAddTips, "Event", func(r *wechat.InstantReply) { r.Event = wechat.EventConfirmReturn }},
			{query, "", func(r *wechat.InstantReply) { r.WaybillID, r.OrderStatus = strings.Repeat("x", 128), 501 }},
			{place, "", func(r *wechat.InstantReply) { r.WaybillID = "" }},
		} {
			p := platform(t, replying(t, wechat.Secure, func(p *wechat.Push) []byte {
				var r wechat.InstantReply
				if m, err := p.InstantOrder(); err == nil {
					r = m.Reply(0, "ok")
					r.Fee, r.DeliverFee, r.CouponFee = 12_50, 15_00, 2_50
				} else if m, err := p.InstantFollowUp(); err == nil {
					r = m.Reply(0, "ok")
				} else {
					t.Error(err)
				}
				r.WaybillID, r.OrderStatus = "W1", 101
				tt.change(&r)
				return r.Encode(p.Format)
			}), wechat.Secure, f)
			var err error
			if tt.event == place || tt.event == price {
				_, _, err = p.PushInstantOrder(t.Context(), wechat.InstantOrder{ToUserName: userName, FromUserName: "oTeam", Event: tt.event, ShopID: "s", ShopOrderID: "o"}, "")
			} else {
				_, _, err = p.PushInstantFollowUp(t.Context(), wechat.InstantFollowUp{ToUserName: userName, FromUserName: "oTeam", Event: tt.event, ShopID: "s", ShopOrderID: "o"}, "")
			}
			if (tt.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, %s: %v", f, tt.says, err)
			}
		}
	}
}
