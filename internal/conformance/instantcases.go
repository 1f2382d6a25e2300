package conformance

import (
	"fmt"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// The pages of instant delivery: those of the events, and of the merchant's calls
// that cause them.
const (
	pagePlace   = "onOrderAdd"           // transport_add_order
	pageReplace = "onOrderReAdd"         // transport_readd_order
	pagePrice   = "onOrderPreAdd"        // transport_precreate_order
	pageEnd     = "onOrderCancel"        // transport_cancel_order
	pageQuery   = "onOrderQuery"         // transport_query_order_status
	pageTips    = "onOrderAddTips"       // transport_add_tips
	pageReOrder = "reOrder"              // the merchant's call
	anyRefusal  = "any resultcode but 0" // only 0 is fixed: the rest is the company's
	sameWaybill = "resultcode 0 and the same waybill_id"
)

// instantCases place orders of instant delivery. What they place they cancel, and
// cancelPlacements cancels the rest.
var instantCases = func() []Case {
	all := []Case{
		rule(eventAnswers[wechat.EventAddOrder], "an order of instant delivery of a shop that does not exist", pagePlace+": the event needs a structured reply, within five seconds",
			"HTTP 200 and a reply that can be read", checkInstantAnswer),
		rule("instant_unknown_shop", "the same", pagePlace+": shopid is what the company gave a merchant",
			anyRefusal, checkUnknownShop),
		rule("instant_wrong_sign", "orders whose delivery_sign does not fit", pagePlace+": delivery_sign is over shopid, shop_order_id and AppSecret",
			anyRefusal, checkBadSign),
		rule("instant_add", "an order", pagePlace+": 0, placed, and order_status is needed",
			"resultcode 0 and the order_status 101 or 102", checkPlace),
		rule("instant_repeat", "the same event again in a new envelope", pageRetries+": FromUserName and CreateTime identify an event",
			sameWaybill, first.check(checkSameEvent)),
		advice("instant_existing", "the same order added by a new event", "an order that is there is not placed twice",
			anyRefusal+", or 0 with the same waybill_id", first.check(checkExisting)),
		rule("instant_query", "how far the order is", pageQuery+": order_status is needed, 101 where no rider has it and 102 where one has",
			"resultcode 0 and one of the two", first.check(checkQuery)),
		rule("instant_query_sign", "a query and a cancel whose delivery_sign does not fit", pageEnd+": delivery_sign is over shopid, shop_order_id and AppSecret",
			anyRefusal, first.check(checkBadSigns)),
		advice("instant_other_waybill", "a cancel of the order with another waybill_id", "ids that do not belong together may mean another order",
			anyRefusal+", and the order is under way", checkUnmoved("another's waybill_id", otherWaybill)),
		rule("instant_unknown_order", "an order that does not exist placed again, queried and cancelled", pageReOrder+": shop_order_id is that of an order that was placed",
			anyRefusal, checkUnknownOrder),
		rule("instant_under_way", "the order placed again while it is under way", pageReOrder+": after a cancel, expiry or failure",
			anyRefusal+", and the order is under way", checkUnmoved("placed again", placedAgain)),
		{Name: "instant_tips", Does: "a tip before a rider has the order, and the same event again", Basis: Advice, Why: pageTips + " allows it; not every company takes tips",
			Expected: "resultcode 0 to both", run: first.check(checkTips)},
		advice("instant_not_back", "that the goods are back, of an order that is under way", "what is not on its way back does not arrive",
			anyRefusal+", and the order is under way", checkUnmoved("confirmed", returned)),
		advice("instant_precancel", "what a cancel would cost", "a merchant may look before it cancels, and nothing comes of it",
			"resultcode 0, and the order is under way", first.check(checkPrecancel)),
		rule("instant_cancel", "a cancel of the order", pageEnd+": 0, cancelled; order_status 103",
			"resultcode 0, and the order_status 103 to a query", first.check(checkInstantCancel)),
		rule("instant_cancel_repeat", "the same event again in a new envelope", pageRetries+": FromUserName and CreateTime identify an event",
			"resultcode 0 again", ended.check(checkCancelRepeated)),
		advice("instant_changed", "the cancelled order placed again with other goods for another person", "another order needs another shop_order_id",
			anyRefusal, checkChangedReadd("other goods", func(m *wechat.InstantOrder) {
				m.Receiver.Name += "二"
				m.Cargo.Goods = []wechat.InstantGoods{{Count: "3", Name: "鲜花", Price: "30", Unit: "束"}}
			})),
		advice("instant_token", "the cancelled order placed again with a delivery_token that nobody gave", "a price that does not hold must not seem to",
			anyRefusal, checkChangedReadd("that delivery_token", func(m *wechat.InstantOrder) { m.DeliveryToken = "xxxxxxxx" })),
		rule("instant_readd", "the cancelled order placed again", pageReOrder+": after a cancel the order is placed again under its shop_order_id",
			"resultcode 0 and the order_status 101 or 102", ended.check(checkReadd)),
		rule("instant_readd_repeat", "the same event again in a new envelope", pageRetries+": FromUserName and CreateTime identify an event",
			sameWaybill, again.check(checkSameEvent)),
		advice("instant_readd_waybill", "the waybill_id of both", "a push about the first must not be taken for one about the second",
			"two", again.check(checkOwnWaybill)),
	}
	for _, f := range []sandbox.Fault{sandbox.SlowAnswer, sandbox.HangUp, sandbox.Twice} {
		all = append(all, rule("instant_"+string(f), "a cancelled order placed again: "+f.Text(), pageRetries+": a push may come again",
			"resultcode 0 and one waybill_id, also when it is pushed once more", checkAwkwardReadd(f)))
	}
	all = append(all,
		rule("instant_price", "what an order costs, and then the order with the delivery_token that came with the price", pagePrice+": delivery_token holds the price",
			"resultcode 0 and one fee", checkPrice),
		advice("instant_other_token", "an order with the delivery_token of another one", "a price that does not hold must not seem to",
			anyRefusal, checkOtherToken),
		advice("instant_limits", fmt.Sprintf("what an order costs that is at every limit of %s", pageReOrder), "WeChat lets it through, so it must be understood",
			"resultcode 0", checkLimits(false)),
		advice("instant_over_limits", fmt.Sprintf("what %d orders cost that are beyond one limit each", len(edges)), "what WeChat stops today it may let through tomorrow",
			anyRefusal, checkLimits(true)),
	)
	for i := range all {
		all[i].event, all[i].shop = wechat.EventAddOrder, true
	}
	return all
}()

// instantReplyCases judge all replies of instant delivery that came in the format.
var instantReplyCases = func() []Case {
	all := []Case{
		inPacket("reply_fee", Rule, pageReOrder+": fee is deliverfee less couponfee", "amounts of which that is true"),
		inPacket("reply_handover", Advice, ours+": a merchant that wants a finish_code or pickup_code waits for it, and another has no use for it", "those that the order wants, and no other"),
		inPacket("reply_refusal", Advice, ours+": a code of its own and a text tell a merchant what to change; -1 stands for a breakdown", "another code than -1, and a text"),
	}
	for i := range all {
		all[i].Does, all[i].shop = "all replies about instant delivery", true
	}
	return all
}()
