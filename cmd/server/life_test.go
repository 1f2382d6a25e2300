package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/demo"
	"carrierhook/internal/handler/api"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// courier is in a scan's message, and may be in an answer but in no log.
const courier = "18600001111"

// life is a carrier with its merchant: the platform that the merchant calls, the
// server, and the carrier's systems.
type life struct {
	*testing.T
	*playedBox
	dispatch, support carrier
}

// booked is a new order's waybill.
func (l life) booked(orderID string) string {
	l.Helper()
	says, a := l.add(orderID)
	if a.ErrCode != 0 {
		l.Fatalf("%s: %s", orderID, says)
	}
	return a.WaybillID
}

// cancels wants the merchant's answer to a cancel.
func (l life) cancels(orderID, waybillID, want string) {
	l.Helper()
	if got := l.cancel(orderID, waybillID).String(); got != want {
		l.Errorf("cancel of %s: %s, want %s", orderID, got, want)
	}
}

// state wants a waybill to stand there, with these scans and these pushes, each
// the oldest first. It returns what else is on record.
func (l life) state(waybillID string, want waybill.Status, scans []int, pushes ...string) apiReply {
	l.Helper()
	h := l.support.history(waybillID)
	if h.State != string(want) {
		l.Errorf("%s is %s, want %s", waybillID, h.State, want)
	}
	var actions []int
	for _, s := range h.Scans {
		actions = append(actions, s.ActionType)
		if s.Action != waybill.Action(s.ActionType).Text() || s.By != "dispatch" || s.Key == "" {
			l.Errorf("in the trace: %+v", s)
		}
	}
	if !slices.Equal(actions, scans) {
		l.Errorf("the trace of %s is %v, want %v", waybillID, actions, scans)
	}
	var events []string
	for _, p := range slices.Backward(h.Pushes) {
		events = append(events, fmt.Sprint(p.Event, " ", *p.ResultCode, " ", p.Reason))
		if p.Words == "" || p.Words != waybill.Reason(p.Reason).Text() || p.WaybillID != waybillID {
			l.Errorf("among the pushes: %+v", p)
		}
	}
	if !slices.Equal(events, pushes) {
		l.Errorf("%s was asked about by %q, want %q", waybillID, events, pushes)
	}
	return h
}

// A waybill's whole life, from the merchant's order to signing or cancelling, with
// the merchant, the carrier's systems and its support all see the same.
func TestLife(t *testing.T) {
	t.Parallel()
	for _, f := range []wechat.Format{wechat.XML, wechat.JSON} {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			p := start(t, withTokens(t, testConfig(withSamples(t), wechat.Secure)))
			l := life{t, playWeChat(t, p, wechat.Secure, f, nil), carrier{t, p, dispatchToken}, carrier{t, p, supportToken}}
			l.collected()
			l.cancelled()
			l.signed()
			l.signedLongAgo()
			l.outOfOrder()
			if log := p.log.String(); strings.Contains(log, courier) {
				t.Errorf("a message is in the log:\n%s", log)
			}
		})
	}
}

// Booked, collected: the cancel is refused, 30002.
func (l life) collected() {
	number, at := l.booked("life-collected"), time.Now()
	message := fmt.Sprintf(`,"biz_id":%q,"action_msg":"快递员 %s"`, demo.BizID, courier)
	if got := l.dispatch.scan(200, number, 100001, at, message); got.Verdict != "recorded" || got.State != "collected" || got.BizID != demo.BizID {
		l.Errorf("the pickup: %+v", got)
	}
	l.cancels("life-collected", number, "9300501 30002")
	if got := l.dispatch.scan(200, number, 100001, at, message); got.Verdict != "repeated" || got.State != "collected" {
		l.Errorf("the pickup again: %+v", got)
	}
	h := l.state(number, waybill.Collected, []int{100001}, "add_waybill 0 accepted", "cancel_waybill 30002 collected")
	if h.CollectedAt.Unix() != at.Unix() || h.Scans[0].Message != "快递员 "+courier || h.Scans[0].ActionTime != at.Unix() {
		l.Errorf("on record: %+v", h)
	}
}

// Booked, cancelled: the pickup is refused, and says when it was cancelled. So is
// every further scan, and another cancel.
func (l life) cancelled() {
	number := l.booked("life-cancelled")
	if got := l.dispatch.scan(200, number, 100003, time.Now(), `,"action_msg":"`+courier+`"`); got.Verdict != "recorded" || got.State != "booked" {
		l.Errorf("a courier was assigned: %+v", got)
	}
	l.cancels("life-cancelled", number, "0")
	got := l.dispatch.scan(409, number, 100001, time.Now(), `,"action_msg":"`+courier+`"`)
	h := l.state(number, waybill.Cancelled, []int{100003}, "add_waybill 0 accepted", "cancel_waybill 0 accepted")
	if got.Type != "urn:carrierhook:problem:waybill_cancelled" || got.State != "cancelled" || got.CancelledAt.IsZero() || !got.CancelledAt.Equal(h.CancelledAt) {
		l.Errorf("the pickup: %+v, cancelled at %v", got, h.CancelledAt)
	}
	if h.CancelledBy == "" || h.CancelledBy != h.Pushes[0].Push {
		l.Errorf("cancelled by %q, asked by %q", h.CancelledBy, h.Pushes[0].Push)
	}
	l.dispatch.scan(409, number, 300003, time.Now(), "")
	l.cancels("life-cancelled", number, "9300524")
	l.dispatch.p.log.wait(l, `"verdict":"waybill_cancelled"`)
}

// Signed for: the cancel is refused, 30002.
func (l life) signed() {
	number, at := l.booked("life-signed"), time.Now()
	body := ""
	for i, action := range []int{100001, 200001, 300002, 300003} {
		body += fmt.Sprintf(`,{"waybill_id":%q,"action_type":%d,"action_time":%d,"idempotency_key":"scan-%d"}`, number, action, at.Unix()+int64(i)-4, i)
	}
	got := l.dispatch.call(200, http.MethodPost, "/v1/scans", "["+body[1:]+"]")
	var states []string
	for _, r := range got.Results {
		states = append(states, fmt.Sprint(r.Status, " ", r.State))
	}
	if !slices.Equal(states, []string{"200 collected", "200 in_transit", "200 out_for_delivery", "200 signed"}) {
		l.Errorf("four scans at once: %q", states)
	}
	l.cancels("life-signed", number, "9300501 30002")
	l.state(number, waybill.Signed, []int{100001, 200001, 300002, 300003}, "add_waybill 0 accepted", "cancel_waybill 30002 signed_recently")
}

// Signed for longer ago than the grace: the cancel is refused, 30003.
func (l life) signedLongAgo() {
	number := l.booked("life-signed-long-ago")
	at := time.Now().Add(-config.Default().Cancel.SignedGrace - time.Minute)
	l.dispatch.scan(200, number, 300003, at, "")
	l.cancels("life-signed-long-ago", number, "9300501 30003")
	h := l.state(number, waybill.Signed, []int{300003}, "add_waybill 0 accepted", "cancel_waybill 30003 signed_long_ago")
	if h.SignedAt.Unix() != at.Unix() {
		l.Errorf("signed at %v, want %v", h.SignedAt, at)
	}
}

// A late scan is kept where it belongs, and the state does not run backwards.
func (l life) outOfOrder() {
	number, at := l.booked("life-out-of-order"), time.Now()
	l.dispatch.scan(200, number, 300002, at, "")
	if got := l.dispatch.scan(200, number, 100001, at.Add(-time.Hour), ""); got.State != "out_for_delivery" {
		l.Errorf("the pickup that came late: %+v", got)
	}
	h := l.state(number, waybill.OutForDelivery, []int{100001, 300002}, "add_waybill 0 accepted")
	if h.CollectedAt.Unix() != at.Add(-time.Hour).Unix() {
		l.Errorf("collected at %v", h.CollectedAt)
	}
}

// The configuration and the API know the same scopes.
func TestScopesAgree(t *testing.T) {
	t.Parallel()
	every := (^api.Scope(0)).String()
	list := "one or more of " + strings.ReplaceAll(every, "+", ", ") + ", each once"
	if _, err := config.NewToken("a", every, "x"); err != nil || !strings.Contains(config.ErrTokenFormat.Error(), list) {
		t.Errorf("the API knows %s: %v, %v", every, err, config.ErrTokenFormat)
	}
}
