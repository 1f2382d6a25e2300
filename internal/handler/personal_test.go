package handler_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// marked writes each text's own path into it, with a mark behind, and returns
// what it wrote.
func marked(v reflect.Value, path string) (all []string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(path + "-mark")
		return []string{v.String()}
	case reflect.Struct:
		for i := range v.NumField() {
			all = append(all, marked(v.Field(i), path+"."+v.Type().Field(i).Name)...)
		}
	case reflect.Slice:
		fresh := reflect.MakeSlice(v.Type(), v.Len(), v.Len()) // not the sample's own
		for i := range v.Len() {
			all = append(all, marked(fresh.Index(i), fmt.Sprintf("%s.%d", path, i))...)
		}
		v.Set(fresh)
	}
	return all
}

// TestPersonalDataStaysInside sends orders and follow-ups in which every text can
// be told from all others, lets everything happen to them, and searches what came
// out: in the log and the metrics are the ids and nothing else of the push, a
// refusal has no body, and an answer has what WeChat wants echoed.
func TestPersonalDataStaysInside(t *testing.T) {
	t.Parallel()
	order, check, quota := sampleBooking, sampleCheckBiz, sampleGetQuota
	marks := marked(reflect.ValueOf(&order).Elem(), "")
	marked(reflect.ValueOf(&check).Elem(), ".Check")
	marked(reflect.ValueOf(&quota).Elem(), ".Quota")
	if len(marks) < 40 {
		t.Fatalf("only %q", marks)
	}
	order.ToUserName, check.ToUserName, quota.ToUserName = userName, userName, userName
	order.Event, check.Event, quota.Event = "add_waybill", "check_biz", "get_quota"
	instant, followUp := sampleOrder, sampleFollowUp
	if n := len(marked(reflect.ValueOf(&instant).Elem(), ".Instant")); n < 50 {
		t.Fatalf("only %d texts in an order of instant delivery", n)
	}
	marked(reflect.ValueOf(&followUp).Elem(), ".FollowUp")
	instant.ToUserName, followUp.ToUserName = userName, userName
	shown := []string{
		".Instant.ShopID-mark", ".Instant.ShopOrderID-mark", ".FollowUp.ShopID-mark", ".FollowUp.ShopOrderID-mark", ".FollowUp.WaybillID-mark",
		".Check.BizID-mark", ".Quota.BizID-mark", ".BizID-mark", ".OrderID-mark", ".WayBillID-mark",
	}
	echoed := append([]string{
		".Instant.FromUserName-mark", ".FollowUp.FromUserName-mark", // and no id of instant delivery
		".Check.FromUserName-mark", ".Quota.FromUserName-mark", ".FromUserName-mark", ".Token-mark",
	}, shown[5:]...)

	for f, m := range everyWay {
		s := newServer(t, m)
		var replies strings.Builder
		post := func(packet []byte) {
			_, reply := s.push(t, f, m, packet)
			replies.Write(reply)
		}
		packets := [][]byte{wechat.EncodeAddWaybill(f, order), wechat.EncodeCheckBiz(f, check), wechat.EncodeGetQuota(f, quota)}
		for _, event := range instantEvents {
			about, in := followUp, instant
			about.Event, in.Event = event, event
			if _, order := orderEvents[event]; order {
				packets = append(packets, wechat.EncodeInstantOrder(f, in))
			} else {
				packets = append(packets, wechat.EncodeInstantFollowUp(f, about))
			}
		}
		for _, how := range []outcome{
			always(waybill.Accepted), always(waybill.WrongPassword), always(waybill.BadRequest),
			fails(errors.New("away")), fails(ledger.ErrOutcomeUnknown), fails(waybill.ErrNoNumbers),
		} {
			s.store.decides(how)
			for _, p := range packets {
				post(p)
			}
		}
		for _, wrap := range []func(any) any{
			func(r any) any { return r },
			func(r any) any { return []any{r} },
			func(r any) any { return struct{ R any }{r} },
			func(r any) any { return map[string]any{"request": r} },
			func(r any) any { return fmt.Errorf("bad: %v", r) },
		} {
			s.store.book = func(_ context.Context, r waybill.BookingRequest) (waybill.BookingDecision, error) { panic(wrap(r)) }
			s.store.account = func(_ context.Context, r waybill.AccountRequest) (waybill.AccountDecision, error) { panic(wrap(r)) }
			s.store.deliver = func(_ context.Context, r delivery.Request) (delivery.Decision, error) { panic(wrap(r)) }
			for _, p := range packets {
				post(p)
			}
		}
		for _, p := range packets {
			for _, event := range append([]string{"add_waybill", "check_biz", "get_quota"}, instantEvents...) {
				if !strings.Contains(string(p), event) {
					continue
				}
				for _, other := range []string{"add_single_waybill", "add_express_path", "another", "transport_get_agent_pos"} {
					post([]byte(strings.Replace(string(p), event, other, 1)))
				}
			}
			for old, fresh := range map[string]string{"1533042556": "soon", "</Remark>": "", `"Remark":`: `"Remark":[`, `"shopid":`: `"shopid":[`, "</note>": ""} {
				post([]byte(strings.Replace(string(p), old, fresh, 1)))
			}
		}
		if n := s.logs.FilterMessage("push").Len(); n < 30 {
			t.Errorf("%v %v: only %d log lines to search", f, m, n)
		}
		onlyMarks(t, fmt.Sprintf("%v %v: the log", f, m), s.written.String(), shown)
		onlyMarks(t, fmt.Sprintf("%v %v: the metrics", f, m), s.scrape(t), nil)
		onlyMarks(t, fmt.Sprintf("%v %v: the replies", f, m), replies.String(), echoed)
	}
}

// onlyMarks fails the test if a text has a mark that is not among those allowed,
// or lacks one of these: then it was not searched for.
func onlyMarks(t testing.TB, what, text string, allowed []string) {
	t.Helper()
	for _, mark := range allowed {
		if !strings.Contains(text, mark) {
			t.Errorf("%s: no %q", what, mark)
		}
		text = strings.ReplaceAll(text, mark, "")
	}
	if i := strings.Index(text, "-mark"); i >= 0 {
		t.Errorf("%s shows ...%s", what, text[max(0, i-60):i+5])
	}
}

// TestPanicsOfGinStayInside: the last net shows no more of a value than the other.
func TestPanicsOfGinStayInside(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain, func(o *options) {
		o.health.Ping = func(context.Context) error { panic([]any{sampleBooking.Sender.Name}) }
	})
	s.health.Started()
	if w := s.do(http.MethodGet, "/readyz", nil); w.Code != http.StatusInternalServerError {
		t.Errorf("status %d", w.Code)
	}
	if _, fields := s.line(t, "panic"); fields["fault"] != "a []interface {}" {
		t.Errorf("the log says %v", fields["fault"])
	}
}
