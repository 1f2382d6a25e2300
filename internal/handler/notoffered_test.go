package handler_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/ledger"
	"carrierhook/internal/wechat"
)

// The events of WeChat's pages that a carrier with monthly accounts has no use
// for: those with a documented reply, and those that are answered success.
var (
	repliedEvents = []string{
		"add_single_waybill", "cancel_single_waybill", "query_single_waybill", "query_single_waybill_fee", "waybill_query_expect_time_range",
		"remind_waybill", "waybill_complaint", "waybill_evaluate_agent", "notify_single_waybill_pay", "waybill_notify_query",
	}
	successEvents = []string{"add_express_path", "update_business_bind_result"}
	// And those of instant delivery that few companies have a use for, whose reply is
	// in small letters.
	repliedInstant = []string{
		"transport_get_agent_pos", "transport_set_rider_score", "get_pre_auth_code", "get_auth_info", "cancel_auth_account", "mock_update_order_status",
	}
)

// notOfferedReply is the refusal of such an event, by hand.
func notOfferedReply(f wechat.Format, event, text string) string {
	code, msg := "ResultCode", "ResultMsg"
	if slices.Contains(repliedInstant, event) {
		code, msg = strings.ToLower(code), strings.ToLower(msg)
	}
	if f == wechat.JSON {
		return fmt.Sprintf(`{"ToUserName":"oABCD","FromUserName":"gh_abcdefg","CreateTime":1533042556,"MsgType":"event","Event":%q,%q:-1,%q:%q}`, event, code, msg, text)
	}
	return fmt.Sprintf(`<xml><ToUserName><![CDATA[oABCD]]></ToUserName><FromUserName><![CDATA[gh_abcdefg]]></FromUserName><CreateTime>1533042556</CreateTime>`+
		`<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[%s]]></Event><%s>-1</%[2]s><%s><![CDATA[%s]]></%[3]s></xml>`, event, code, msg, text)
}

// TestNotOffered: an event that WeChat documents and we do not offer is refused in
// the packet that it wants, or gets success where it wants none. Either leaves a
// row with the result code and counts under its own name, in WeChat's spelling and not
// the sender's.
func TestNotOffered(t *testing.T) {
	t.Parallel()
	texts := map[string]string{"chinese": "不支持该业务", "english": "this service is not offered"}
	for _, event := range slices.Concat(repliedEvents, successEvents, repliedInstant) {
		for f, m := range everyWay {
			for name, language := range languages {
				t.Run(fmt.Sprintf("%s/%v/%v/%s", event, f, m, name), func(t *testing.T) {
					t.Parallel()
					s := newServer(t, m, func(o *options) { o.Language = language })
					w, packet := s.push(t, f, m, message(f, "Event", strings.ToUpper(event)))
					got := onlyRecorded(t, s.store)
					if w.Code != http.StatusOK || got.Event != event || got.Format != f.String() || got.Mode != m.String() || got.ID == (ledger.PushID{}) ||
						got.Received.IsZero() || got.reason != "not_offered" {
						t.Errorf("status %d, recorded %+v", w.Code, got)
					}
					result := "success"
					if !slices.Contains(successEvents, event) {
						result = "-1"
						if want := notOfferedReply(f, event, texts[name]); string(packet) != want || w.Header().Get("Content-Type") != f.ContentType() {
							t.Errorf("%s\n got %s\nwant %s", w.Header(), packet, want)
						}
						if got.code == nil || *got.code != -1 {
							t.Errorf("recorded is the code %v", got.code)
						}
					} else if w.Body.String() != "success" || got.code != nil || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
						t.Errorf("%q, recorded is the code %v", w.Body, got.code)
					}
					s.counted(t, fmt.Sprintf(`carrierhook_pushes_total{account="main",event=%q,format=%q,mode=%q,result=%q}`, event, f, m, result), 1)
					s.noFailure(t)
				})
			}
		}
	}
}

// TestNotOfferedSamples: WeChat's own packets of such events, whatever is in them.
func TestNotOfferedSamples(t *testing.T) {
	t.Parallel()
	for name, replied := range map[string]bool{
		"add_single_waybill": true, "cancel_single_waybill": true, "waybill_notify_query": true,
		"add_express_path": false, "update_business_bind_result": false, "transport_get_agent_pos": true, "transport_set_rider_score": true,
	} {
		for _, f := range formats {
			if name == "waybill_notify_query" && f == wechat.JSON {
				continue // WeChat shows it in XML only
			}
			packet := sample(t, fmt.Sprintf("%s.request.%v", name, f))
			for _, to := range []string{"toUser", "gh_ea48699fb159"} {
				packet = bytes.Replace(packet, []byte(to), []byte(userName), 1)
			}
			s := newServer(t, wechat.Secure)
			_, got := s.push(t, f, wechat.Secure, packet)
			if refused := bytes.Contains(got, []byte(name)) && bytes.Contains(got, []byte("不支持该业务")); refused != replied || !replied && string(got) != "success" {
				t.Errorf("%s %v: %s", name, f, got)
			}
		}
	}
}

// TestNotOfferedShapes: all of an event that is not offered may have any shape, and what is
// echoed too: in place of a CreateTime that is no whole number there is the query's.
func TestNotOfferedShapes(t *testing.T) {
	t.Parallel()
	const head = `{"ToUserName":"gh_abcdefg","MsgType":"event","Event":"remind_waybill","FromUserName":"oABCD"`
	for _, members := range []string{
		`,"CreateTime":1533042556,"Token":{},"OrderID":[[]]}`, `,"CreateTime":"soon"}`, `}`, `,"CreateTime":{}}`,
		`,"CreateTime":5,"CreateTime":6,"OrderID":1,"OrderID":2}`, `,"OrderID":[`,
	} {
		s := newServer(t, wechat.Secure)
		if _, packet := s.push(t, wechat.JSON, wechat.Secure, []byte(head+members)); string(packet) != notOfferedReply(wechat.JSON, "remind_waybill", "不支持该业务") {
			t.Errorf("%s: %s", members, packet)
		}
	}
}

// TestWrongShapes: of the members that WeChat writes, each must have its shape, or
// nothing is decided. What the merchant wrote may be anything: it is for the rules
// to answer. Either is an answer in the event's shape, for a push refused without one would
// only come again.
func TestWrongShapes(t *testing.T) {
	t.Parallel()
	own := map[string]string{
		"cancel_waybill": "FromUserName CreateTime BizID BizPwd ShopAppID OrderID WayBillID",
		"add_waybill":    "FromUserName CreateTime BizID BizPwd ShopAppID OrderID WayBillID Token",
		"check_biz":      "FromUserName BizID BizPwd ShopAppID",
		"get_quota":      "FromUserName BizID BizPwd ShopAppID",

		"transport_precreate_order":    "FromUserName shopid shop_no shop_order_id delivery_sign",
		"transport_readd_order":        "FromUserName CreateTime wx_token shopid shop_no shop_order_id delivery_sign",
		"transport_cancel_order":       "FromUserName CreateTime shopid shop_no shop_order_id waybill_id delivery_sign",
		"transport_query_order_status": "FromUserName shopid shop_no shop_order_id waybill_id delivery_sign",
	}
	merchants := map[string]string{
		"add_waybill": "Remark Sender Receiver Cargo Insured Service",
		"check_biz":   "CreateTime ShopName ShopTelphone ShopContact ServiceName SenderProvince SenderCity SenderArea SenderAddress",

		"get_quota": "CreateTime", // not the merchant's, and it decides nothing here

		"transport_precreate_order":    "CreateTime sender receiver cargo order_info",
		"transport_readd_order":        "delivery_token sender receiver cargo order_info",
		"transport_cancel_order":       "cancel_reason_id cancel_reason",
		"transport_query_order_status": "CreateTime",
	}
	for event := range own {
		for _, whose := range []struct {
			members string
			decided bool
		}{{own[event], false}, {merchants[event], true}} {
			for member := range strings.FieldsSeq(whose.members) {
				for _, f := range formats {
					for _, shape := range shapes(f, member) {
						s := newServer(t, wechat.Secure)
						_, packet := s.push(t, f, wechat.Secure, barePacket(f, event, member, shape))
						requests, _ := s.store.calls()
						if _, _, err := caseOf(event).decode(f, packet); err != nil || len(requests) != map[bool]int{true: 1}[whose.decided] {
							t.Errorf("%s: %d requests, %s, %v", shape, len(requests), packet, err)
						}
						if !whose.decided {
							s.unreadable(t, event, member)
						}
					}
				}
			}
		}
	}
}

// shapes are ways to write a member that is no text, or two.
func shapes(f wechat.Format, member string) []string {
	if f == wechat.XML {
		return []string{fmt.Sprintf("<%s><X>1</X></%[1]s>", member), fmt.Sprintf("<%s><X>1</X></%[1]s><%[1]s><X>2</X></%[1]s>", member), fmt.Sprintf("<%s>5</%[1]s><%[1]s>6</%[1]s>", member)}
	}
	return []string{fmt.Sprintf(`%q:"5",%[1]q:"6"`, member), fmt.Sprintf(`%q:{"X":1}`, member), fmt.Sprintf(`%q:[]`, member), fmt.Sprintf(`%q:["x","y"]`, member), fmt.Sprintf(`%q:[{"X":[1]}]`, member)}
}

// barePacket is a push of an event with one member written so.
func barePacket(f wechat.Format, event, member, shape string) []byte {
	var b strings.Builder
	values := []struct{ name, text string }{
		{"ToUserName", userName}, {"FromUserName", "oABCD"}, {"CreateTime", "1533042556"}, {"MsgType", "event"}, {"Event", event}, {"BizID", "xyz"},
	}
	for _, v := range values {
		if v.name == member {
			continue
		}
		if f == wechat.JSON {
			fmt.Fprintf(&b, "%q:%q,", v.name, v.text)
			continue
		}
		fmt.Fprintf(&b, "<%s>", v.name)
		_ = xml.EscapeText(&b, []byte(v.text))
		fmt.Fprintf(&b, "</%s>", v.name)
	}
	if f == wechat.JSON {
		return []byte("{" + b.String() + shape + "}")
	}
	return []byte("<xml>" + b.String() + shape + "</xml>")
}
