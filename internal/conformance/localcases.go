package conformance

import (
	"fmt"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// The pages of instant delivery: those of the events, and of the merchant's calls
// that cause them.
const (
	pagePlace    = "onOrderAdd"           // transport_add_order
	pageReplace  = "onOrderReAdd"         // transport_readd_order
	pagePrice    = "onOrderPreAdd"        // transport_precreate_order
	pageEnd      = "onOrderCancel"        // transport_cancel_order
	pageQuery    = "onOrderQuery"         // transport_query_order_status
	pageTips     = "onOrderAddTips"       // transport_add_tips
	pageReOrder  = "reOrder"              // the merchant's call
	refusedLocal = "any resultcode but 0" // only 0 is fixed: the rest is the company's
	sameWaybill  = "resultcode 0 and the same waybill_id"
)

// localCases place orders of instant delivery. What they place they cancel, and
// tidyShop cancels the rest.
var localCases = func() []Case {
	all := []Case{{
		Name: eventAnswers[wechat.EventAddOrder], Does: "an order of instant delivery of a shop that does not exist", Basis: Rule,
		Why: pagePlace + ": the event needs a structured reply, within five seconds", Expected: "HTTP 200 and a reply that can be read", ask: askLocalAnswer,
	}, {
		Name: "local_unknown_shop", Does: "the same", Basis: Rule, Why: pagePlace + ": shopid is what the company gave a merchant",
		Expected: refusedLocal, ask: askUnknownShop,
	}, {
		Name: "local_wrong_sign", Does: "orders whose delivery_sign does not fit", Basis: Rule, Why: pagePlace + ": delivery_sign is over shopid, shop_order_id and AppSecret",
		Expected: refusedLocal, ask: askWrongSign,
	}, {
		Name: "local_add", Does: "an order", Basis: Rule, Why: pagePlace + ": 0, placed, and order_status is needed",
		Expected: "resultcode 0 and the order_status 101 or 102", ask: askPlace,
	}, {
		Name: "local_repeat", Does: "the same event again in a new envelope", Basis: Rule, Why: pageRetries + ": events are told apart by FromUserName and CreateTime",
		Expected: sameWaybill, ask: askPlacedAgain(func(s *session) *placement { return s.local.first }, nothingPlaced),
	}, {
		Name: "local_existing", Does: "the same order added by a new event", Basis: Advice, Why: ours + ": an order that is there is not placed twice",
		Expected: refusedLocal + ", or 0 with the same waybill_id", ask: askExisting,
	}, {
		Name: "local_query", Does: "how far the order is", Basis: Rule, Why: pageQuery + ": order_status is needed, 101 where no rider has it and 102 where one has",
		Expected: "resultcode 0 and one of the two", ask: askHowFar,
	}, {
		Name: "local_ask_sign", Does: "that question and a cancel whose delivery_sign does not fit", Basis: Rule,
		Why: pageEnd + ": delivery_sign is over shopid, shop_order_id and AppSecret", Expected: refusedLocal, ask: askWrongAsks,
	}, {
		Name: "local_other_waybill", Does: "a cancel of the order with another waybill_id", Basis: Advice, Why: ours + ": ids that do not belong together may mean another order",
		Expected: refusedLocal + ", and the order is under way", ask: askOtherWaybill,
	}, {
		Name: "local_unknown_order", Does: "an order that does not exist placed again, asked for and cancelled", Basis: Rule,
		Why: pageReOrder + ": shop_order_id is that of an order that was placed", Expected: refusedLocal, ask: askUnknownOrder,
	}, {
		Name: "local_under_way", Does: "the order placed again while it is under way", Basis: Rule, Why: pageReOrder + ": after a cancel, expiry or failure",
		Expected: refusedLocal + ", and the order is under way", ask: askUnderWay,
	}, {
		Name: "local_tips", Does: "a tip before a rider has the order, and the same event again", Basis: Advice, Why: pageTips + " allows it; not every company takes tips",
		Expected: "resultcode 0 to both", ask: askTips,
	}, {
		Name: "local_not_back", Does: "that the goods are back, of an order that is under way", Basis: Advice, Why: ours + ": what is not on its way back does not arrive",
		Expected: refusedLocal + ", and the order is under way", ask: askNotReturning,
	}, {
		Name: "local_precancel", Does: "what a cancel would cost", Basis: Advice, Why: ours + ": a merchant asks before it cancels, and nothing comes of it",
		Expected: "resultcode 0, and the order is under way", ask: askPrecancel,
	}, {
		Name: "local_cancel", Does: "a cancel of the order", Basis: Rule, Why: pageEnd + ": 0, cancelled; order_status 103",
		Expected: "resultcode 0, and the order_status 103 to who asks", ask: askLocalCancel,
	}, {
		Name: "local_cancel_repeat", Does: "the same event again in a new envelope", Basis: Rule, Why: pageRetries + ": events are told apart by FromUserName and CreateTime",
		Expected: "resultcode 0 again", ask: askLocalCancelAgain,
	}, {
		Name: "local_changed", Does: "the cancelled order placed again with other goods for another person", Basis: Advice, Why: ours + ": another order needs another shop_order_id",
		Expected: refusedLocal, ask: askReaddWrong("other goods", func(m *wechat.TransportOrder) {
			m.Receiver.Name += "二"
			m.Cargo.Goods = []wechat.TransportGoods{{Count: "3", Name: "鲜花", Price: "30", Unit: "束"}}
		}),
	}, {
		Name: "local_token", Does: "the cancelled order placed again with a delivery_token that nobody gave", Basis: Advice, Why: ours + ": a price that is not held must not seem so",
		Expected: refusedLocal, ask: askReaddWrong("that delivery_token", func(m *wechat.TransportOrder) { m.DeliveryToken = "xxxxxxxx" }),
	}, {
		Name: "local_readd", Does: "the cancelled order placed again", Basis: Rule, Why: pageReOrder + ": after a cancel the order is placed again under its shop_order_id",
		Expected: "resultcode 0 and the order_status 101 or 102", ask: askReadd,
	}, {
		Name: "local_readd_repeat", Does: "the same event again in a new envelope", Basis: Rule, Why: pageRetries + ": events are told apart by FromUserName and CreateTime",
		Expected: sameWaybill, ask: askPlacedAgain(func(s *session) *placement { return s.local.again }, notAgain),
	}, {
		Name: "local_readd_waybill", Does: "the waybill_id of both", Basis: Advice, Why: ours + ": what is asked of the first must not be taken for the second",
		Expected: "two", ask: askOwnWaybill,
	}}
	for _, f := range []sandbox.Fault{sandbox.SlowAnswer, sandbox.HangUp, sandbox.Twice} {
		all = append(all, Case{
			Name: "local_" + string(f), Does: "a cancelled order placed again: " + f.Words(), Basis: Rule,
			Why: pageRetries + ": a push may come again", Expected: "resultcode 0 and one waybill_id, also when it is asked for once more", ask: askAwkwardReadd(f),
		})
	}
	all = append(all, Case{
		Name: "local_price", Does: "what an order costs, and then the order with the delivery_token that came with the price", Basis: Rule,
		Why: pagePrice + ": delivery_token holds the price", Expected: "resultcode 0 and one fee", ask: askPrice,
	}, Case{
		Name: "local_other_token", Does: "an order with the delivery_token of another one", Basis: Advice, Why: ours + ": a price that is not held must not seem so",
		Expected: refusedLocal, ask: askOtherToken,
	}, Case{
		Name: "local_limits", Does: fmt.Sprintf("what an order costs that is at every limit of %s", pageReOrder), Basis: Advice,
		Why: ours + ": WeChat lets it through, so it must be understood", Expected: "resultcode 0", ask: askLimits(false),
	}, Case{
		Name: "local_over_limits", Does: fmt.Sprintf("what %d orders cost that are beyond one limit each", len(edges)), Basis: Advice,
		Why: ours + ": what WeChat stops today it may let through tomorrow", Expected: refusedLocal, ask: askLimits(true),
	})
	for i := range all {
		all[i].event, all[i].shop = wechat.EventAddOrder, true
	}
	return all
}()

// localReplyCases judge all replies of instant delivery that came in the format.
var localReplyCases = func() []Case {
	all := []Case{
		inPacket("reply_fee", Rule, pageReOrder+": fee is deliverfee less couponfee", "amounts of which that is true"),
		inPacket("reply_handover", Advice, ours+": who asks for a finish_code or pickup_code waits for it, and who does not has no use for it", "those that were asked for"),
		inPacket("reply_refusal", Advice, ours+": a code of its own and a text tell a merchant what to change; -1 is what others say of a breakdown", "another code than -1, and a text"),
	}
	for i := range all {
		all[i].Does, all[i].shop = "all replies about instant delivery", true
	}
	return all
}()
