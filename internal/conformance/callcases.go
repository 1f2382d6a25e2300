package conformance

import (
	"fmt"

	"carrierhook/internal/wechat"
)

// The pages of the calls that a carrier makes.
const (
	pagePath  = "updatePath"
	pageToken = "getStableAccessToken"
	pageCodes = "Global return codes"
)

// allCalls is what the last cases are about.
const allCalls = "all calls"

// callCases have parcels scanned that were booked by a push, and see how the server calls
// WeChat about it. The last of them judge all its calls.
var callCases = func() []Case {
	all := []Case{
		rule("calls_made", "a booked parcel is collected", pagePath+": the carrier calls it for what happens to a parcel",
			"the node 100001 arrives", checkCallMade),
		rule("calls_nodes", "a parcel is collected, moved, carried out, not delivered, kept, and delivered", pagePath+": the carrier calls it for what happens to a parcel",
			"each node arrives", onParcel(checkNodes)),
		advice("calls_before_collection", "a parcel gets a courier, and is collected later", "after any node WeChat may refuse a merchant's cancel by itself (9300506)",
			"no call before the parcel is collected, and then the node 100001", onParcel(checkBeforeCollection)),
	}
	again := func(f callFault, does, why string) {
		all = append(all, rule("calls_again_"+string(f), "a node whose call "+does+", and another node at once", why,
			"the same node again, and then the other", onParcel(checkAgainAfter(f))))
	}
	again(callBusy, "is answered -1", pageCodes+": -1, the system is busy, try again later")
	again(callUnanswered, "is done and not answered", pagePath+": without an answer nobody knows what became of the call")
	again(callCut, "is done and whose answer is cut off", pagePath+": without errcode 0 nobody knows what became of the call")
	again(callGateway, "is answered HTTP 502", pagePath+": an answer has HTTP 200")
	again(callPage, "is answered HTTP 200 and a page of HTML", pagePath+": an answer is JSON with errcode")
	all = append(all,
		rule("calls_token_refused", "all tokens are revoked, three times, and refused with 40001, 40014 and 42001", pageToken+": a token ends before its time where force_refresh is used",
			"no node twice with the old token, no more stable_token than refusals, and the nodes with the new token", onParcel(checkRevoked)),
		rule("calls_token_loop", "every token is refused at its first use, for three seconds", pageToken+": stable_token has a limit of its own",
			"at most six times stable_token, and later the node", onParcel(checkRefreshLoop)),
		rule("calls_minute", "a call is answered 45011, and another parcel is collected", pageCodes+": 45011, too many calls in a minute",
			"no call of the path within a minute, and then both nodes", onParcels(checkMinute)),
		rule("calls_daily", "a call is answered 45009, and another parcel is collected", pageCodes+": 45009, the day's calls are used up",
			"no further call of the path", onParcels(checkDaily)),
	)
	for _, j := range []struct{ name, basis, expected string }{
		{"calls_understood", pagePath + ": path, members and their types, and the token that the order had", "errcode 0 to calls about the kit's parcels and for tokens, where nothing was made to go wrong"},
		{"calls_action_type", pagePath + ": action_type is one of its table", "one of the nine"},
		{"calls_time", pagePath + ": action_time is in seconds", "a time between the scan and the call"},
		{"calls_message", pagePath + ": action_msg is needed, and shown to the user", "a text of at most 1024 bytes, in UTF-8"},
		{"calls_order", pagePath + ": users see the nodes in the order in which they come", "the order in which the scans were reported"},
		{"calls_once", pagePath + ": each call adds a node", "no node again after errcode 0, or while it is under way"},
		{"calls_token_kept", pageToken + ": the token holds two hours, and has to be kept", "not a stable_token for every call"},
		{"calls_force_refresh", pageToken + ": force_refresh ends the token of everybody else, and has twenty calls a day", "no force_refresh"},
		{"calls_old_token", pageToken + ": a token that is refused has ended", "no call with a token that was refused, once stable_token has given another"},
	} {
		all = append(all, rule(j.name, allCalls, j.basis, j.expected, checkCalls))
	}
	for i := range all {
		all[i].calls, all[i].needs, all[i].event, all[i].first = true, true, wechat.EventAddWaybill, i == 0 || all[i].Does == allCalls
	}
	return all
}()

// noCalls says why a case about calls is not run.
func (s *session) noCalls(c Case) string {
	limits := c.Name == "calls_minute" || c.Name == "calls_daily"
	switch {
	case s.Calls == nil:
		return "no address is given where the server calls us as WeChat"
	case limits && !s.Calls.Limits:
		return "the limits are not to be used up"
	case s.noCall != "" && !c.first:
		return fmt.Sprintf("would say nothing: %s (case calls_made)", s.noCall)
	}
	return ""
}
