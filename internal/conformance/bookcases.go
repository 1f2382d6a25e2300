package conformance

import (
	"fmt"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// The pages of the events about orders and accounts.
const (
	pageAdd   = "Request_an_order_event"        // logistics.onAddOrder
	pageCheck = "Review_merchant_events"        // logistics.onCheckBusiness
	pageQuota = "Query_merchant_balance_events" // logistics.onGetQuota
	sameOrder = "the same OrderID gets the same waybill number"
)

// events are those with an account in them, in the order in which they are pushed.
var events = []struct {
	name, short, page string
	about             about
	does              string
}{
	{wechat.EventCheckBiz, "check", pageCheck, aboutAccount(wechat.EventCheckBiz), "whether a merchant has an account"},
	{wechat.EventGetQuota, "quota", pageQuota, aboutAccount(wechat.EventGetQuota), "a merchant's balance"},
	{wechat.EventAddWaybill, "add", pageAdd, (*session).anyOrder, "an order"},
}

// eventAnswers names the case that finds out whether an event is answered.
var eventAnswers = func() map[string]string {
	all := map[string]string{}
	for _, e := range events {
		all[e.name] = e.short + "_answer"
	}
	all[wechat.EventAddOrder] = "instant_answer"
	return all
}()

// accountCases push each event about a merchant that is not there, and one that is.
var accountCases = func() (all []Case) {
	for _, e := range events {
		add := func(c Case) {
			c.event, c.Basis = e.name, Rule
			all = append(all, c)
		}
		code := func(n int, does, text string, needs bool, change func(*Account)) {
			add(Case{
				Name: fmt.Sprintf("%s_%d", e.short, n), Does: e.name + ", " + does, Why: fmt.Sprintf("%s: %d, %s", e.page, n, text),
				Expected: fmt.Sprintf("ResultCode %d", n), needs: needs, run: checkAccount(e.about, n, change),
			})
		}
		add(Case{
			Name: eventAnswers[e.name], Does: e.name + ", " + e.does + ", in the name of a merchant that does not exist",
			Why:      e.page + ": the event needs a structured reply, within five seconds",
			Expected: "HTTP 200 and a reply that can be read", run: checkEvent(e.name, e.about),
		})
		code(10001, "in the name of a merchant that does not exist", "the customer code or monthly account does not exist", false, unchanged)
		code(10002, "with a wrong password", "the customer's password is wrong", true, wrongPassword)
		if e.name != wechat.EventAddWaybill {
			code(0, "of the account", "done", true, unchanged)
		}
	}
	return all
}()

// addCases book orders. What they book they cancel, and cancelBookings cancels the rest.
var addCases = func() []Case {
	all := []Case{
		rule("add_0", "an order with the WayBillID 0", pageAdd+": 0 says that the carrier gives the number",
			"ResultCode 0 and a number", checkNumber),
		rule("add_wechat_number", "an order with a number of WeChat's", pageAdd+": WayBillID is from WeChat's range",
			"ResultCode 0 and that number", checkWeChatNumber),
		rule("add_20002", "an order whose sender has no name, telephone and address", pageAdd+": 20002, the sender's data are incomplete",
			"ResultCode 20002", checkNoSender),
		rule("add_repeat", "the same event again in a new envelope", pageAdd+": "+sameOrder,
			"ResultCode 0 and the same number", checkBookedAgain(sameEvent)),
		rule("add_again", "a new event about the same order", pageAdd+": "+sameOrder,
			"ResultCode 0 and the same number", checkBookedAgain(anotherEvent)),
	}
	for _, f := range []sandbox.Fault{sandbox.SlowAnswer, sandbox.HangUp, sandbox.Twice} {
		all = append(all, rule("add_"+string(f), "an order: "+f.Text(), pageAdd+": an order may be pushed again, and "+sameOrder,
			"ResultCode 0 and one number, also when it is pushed once more", checkAwkwardOrder(f)))
	}
	all = append(all,
		rule("add_cancel", "a cancel of the order that was booked", pageCancel+": 0, cancelled",
			"ResultCode 0", checkCancelOfBooked),
		advice("add_cancelled", "the same order again after its cancel", "its number is void, and the same order cannot have another",
			"any ResultCode but 0", checkBookedNoMore),
		advice("add_quota", "an order, the same again, and a cancel, with the balance before and after each", "a waybill takes one from the balance, once, and a cancel gives it back",
			"one less after the order, as many as before after the cancel", checkBalance),
	)
	for i := range all {
		all[i].event, all[i].needs = wechat.EventAddWaybill, true
	}
	return all
}()
