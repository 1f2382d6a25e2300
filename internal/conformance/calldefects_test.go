package conformance

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// succeeding makes a carrier take another answer for a success too.
func succeeding(also func(code, status int, ok bool) bool) func(*carrier) {
	return calling(func(c *caller) {
		right := c.succeeded
		c.succeeded = func(code, status int, ok bool) bool { return right(code, status, ok) || also(code, status, ok) }
	})
}

// saying changes members of what the calls say, of one action or of all (0).
func saying(action int, member string, value func(Scan) any) func(*carrier) {
	return calling(func(c *caller) {
		c.node = func(s Scan) map[string]any {
			if action != 0 && s.Action != action {
				return nil
			}
			return map[string]any{member: value(s)}
		}
	})
}

const neverRefreshed = "calls_token_refused calls_token_loop calls_minute calls_daily"

// callDefects are those of servers that call WeChat otherwise than it wants.
var callDefects = []defect{
	{"no calls", "calls_made", 0, calling(func(c *caller) { c.forgets = func(Scan) bool { return true } })},
	{"another order's Token", "calls_understood calls_made", 0, saying(0, "token", func(Scan) any { return "another" })},
	{"a waybill in a list", "calls_understood calls_made", 0, saying(0, "waybill_id", func(s Scan) any { return []string{s.WaybillID} })},
	{"an AppSecret that is wrong", "calls_understood calls_made", 0, calling(func(c *caller) { c.secret = "another" })},
	{"a call at another path", "calls_made", 0, calling(func(c *caller) { c.path = "/cgi-bin/express/delivery/path" })},
	{"a node forgotten", "calls_nodes", 0, calling(func(c *caller) { c.forgets = func(s Scan) bool { return s.Action == actionNotDelivered } })},
	{"a courier before the collection", "calls_before_collection", 0, calling(func(c *caller) { c.early = true })},
	{"-1 taken for a success", "calls_again_busy", 0, succeeding(func(code, _ int, _ bool) bool { return code == errBusy })},
	{"no answer taken for a success", "calls_again_unanswered", 0, succeeding(func(_, status int, _ bool) bool { return status == 0 })},
	{"HTTP 200 without an errcode taken for a success", "calls_again_cut calls_again_page", 0, succeeding(func(_, status int, ok bool) bool { return status == http.StatusOK && !ok })},
	{"HTTP 200 taken for a success", "calls_again_page calls_again_cut calls_again_busy calls_minute calls_token_loop", 0, succeeding(func(_, status int, _ bool) bool { return status == http.StatusOK })},
	{"HTTP 502 taken for a success", "calls_again_gateway", 0, succeeding(func(_, status int, _ bool) bool { return status == http.StatusBadGateway })},
	{"the next node while one has failed", "calls_order", 0, calling(func(c *caller) { c.overtake = true })},
	{"a node twice", "calls_once", 0, calling(func(c *caller) { c.again = func(s Scan) bool { return s.Action == actionSigned } })},
	{"a token for each call", "calls_token_kept", 0, calling(func(c *caller) { c.fetches = true })},
	{"force_refresh", "calls_force_refresh", 0, calling(func(c *caller) { c.force = true })},
	{"a refused token that stays in use", "calls_old_token", 0, calling(func(c *caller) { c.stays = true })},
	{"a refused token tried once more", "calls_token_refused", 0, calling(func(c *caller) { c.insists = true })},
	{"two tokens for a refusal", "calls_token_refused", 0, calling(func(c *caller) { c.twice = true })},
	{"refresh in a loop", "calls_token_loop", 0, calling(func(c *caller) { c.refreshes = 1000 })},
	{"no refresh", neverRefreshed, 0, calling(func(c *caller) { c.refreshes = 0 })},
	{"42001 not known", neverRefreshed, 0, calling(func(c *caller) { c.refused = func(code int) bool { return code == errNotLatest || code == errNoToken } })},
	{"45011 paused for five seconds", "calls_minute", 0, calling(func(c *caller) { c.pauses[errMinute] = 5 * time.Second })},
	{"45009 paused for a minute", "calls_daily", 0, calling(func(c *caller) { c.pauses[errDaily] = time.Minute + time.Second })},
	{"45011 and 45009 pause the parcel, and not the path", "calls_minute calls_daily", 0, calling(func(c *caller) { c.alone = true })},
	{"an action type of samples only", "calls_action_type", 0, calling(func(c *caller) {
		c.extra = func(s Scan) map[string]any {
			if s.Action != actionOutForDelivery {
				return nil
			}
			return map[string]any{"action_type": 300001}
		}
	})},
	{"milliseconds", "calls_time calls_understood calls_made", 0, saying(0, "action_time", func(s Scan) any { return s.Time * 1000 })},
	{"an hour ahead", "calls_time calls_understood calls_made", 0, saying(0, "action_time", func(s Scan) any { return s.Time + 3600 })},
	{"an hour behind", "calls_time", 0, saying(0, "action_time", func(s Scan) any { return s.Time - 3600 })},
	{"a time as a text", "calls_understood calls_made", 0, saying(0, "action_time", func(s Scan) any { return strconv.FormatInt(s.Time, 10) })},
	{"no text", "calls_message calls_understood calls_nodes", 0, saying(actionKept, "action_msg", func(Scan) any { return "" })},
	{"too long a text", "calls_message calls_understood calls_nodes", 0, saying(actionKept, "action_msg", func(Scan) any { return strings.Repeat("运", 342) })},
}
