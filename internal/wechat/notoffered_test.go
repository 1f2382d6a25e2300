package wechat

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// eventPacket is a push of that type and event, and nothing besides.
func eventPacket(f Format, msgType, event string) []byte {
	if f == XML {
		return fmt.Appendf(nil, "<xml><ToUserName>gh_abcdefg</ToUserName><FromUserName>oABCD</FromUserName><CreateTime>1533042556</CreateTime><MsgType>%s</MsgType><Event>%s</Event></xml>", msgType, event)
	}
	return fmt.Appendf(nil, `{"ToUserName":"gh_abcdefg","FromUserName":"oABCD","CreateTime":1533042556,"MsgType":%q,"Event":%q}`, msgType, event)
}

// TestNotOffered recognises the events of WeChat's pages in any letter case, and
// compares the refusals with a golden file.
func TestNotOffered(t *testing.T) {
	t.Parallel()
	toMerchants := []string{"add_express_path", "update_business_bind_result"}
	toCarriers := []string{
		"add_single_waybill", "cancel_single_waybill", "notify_single_waybill_pay", "query_single_waybill", "query_single_waybill_fee",
		"remind_waybill", "waybill_complaint", "waybill_evaluate_agent", "waybill_notify_query", "waybill_query_expect_time_range",
	}
	toRiders := []string{
		"transport_get_agent_pos", "transport_set_rider_score", "get_pre_auth_code", "get_auth_info", "cancel_auth_account", "mock_update_order_status",
	}
	if len(notOffered) != len(toMerchants)+len(toCarriers) {
		t.Errorf("%d events are listed", len(notOffered))
	}
	for _, f := range formats {
		var all []byte
		for _, event := range slices.Concat(toMerchants, toCarriers, toRiders) {
			for _, spelt := range []string{event, strings.ToUpper(event), "  " + event + " "} {
				p := openPacket(t, eventPacket(f, "Event", spelt))
				name := p.EventName()
				replied, ok := p.NotOffered()
				if want := !slices.Contains(toMerchants, event); name != event || replied != want || !ok {
					t.Errorf("%q: %q, replied %v, ok %v", spelt, name, replied, ok)
				}
				reply, err := p.NotOfferedReply(-1, `本公司不提供此服务 <&"`)
				switch {
				case !replied:
					refusedBy(t, err, CheckMessage)
				case err != nil:
					t.Errorf("%q: %v", spelt, err)
				case spelt == event:
					all = append(append(all, reply...), '\n')
				case !bytes.Contains(all, reply):
					t.Errorf("%q is answered %s", spelt, reply)
				}
			}
		}
		golden(t, "not_offered."+f.String(), all)
	}
}

// TestNotOfferedSamples: WeChat's own packets of such events are recognised, and the
// refusal of one whose page shows a reply is that but for its layout.
func TestNotOfferedSamples(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		for _, name := range []string{"cancel_single_waybill", "add_single_waybill", "waybill_notify_query", "update_business_bind_result", "add_express_path", "transport_get_agent_pos", "transport_set_rider_score"} {
			if f == JSON && name == "waybill_notify_query" {
				continue // WeChat shows this one in XML only
			}
			packet := sample(t, fmt.Sprintf("%s.request.%v", name, f))
			doc, _, err := parse(packet, CheckMessage)
			must(t, err)
			o := options(Plain)
			to, err := doc.Bytes("ToUserName")
			must(t, err)
			o.UserName = string(to)
			p, err := newReceiver(t, o).Open(query(""), packet)
			must(t, err)
			if _, ok := p.NotOffered(); p.EventName() != name || !ok {
				t.Errorf("%s is recognised as %q, %v", name, p.EventName(), ok)
			}
		}
		for event, msg := range map[string]string{"cancel_single_waybill": "success", "transport_set_rider_score": "ok"} {
			p := openPacket(t, sample(t, event+".request."+f.String()))
			got, err := p.NotOfferedReply(0, msg)
			must(t, err)
			if want := compact(t, f, sample(t, event+".response."+f.String())); !bytes.Equal(got, want) {
				t.Errorf("\n    got %s\nWeChat %s", got, want)
			}
		}
	}
}

// TestOffersAndStrangers are none of those events: what is offered, what another
// part of WeChat sends, and what is not documented.
func TestOffersAndStrangers(t *testing.T) {
	t.Parallel()
	for _, event := range []string{
		EventCancelWaybill, EventAddWaybill, EventCheckBiz, EventGetQuota,
		"transport_add_order2", "transport_", "update_waybill_status", "debug_demo", "", "add_single_waybill2", "waybill",
	} {
		p := openPacket(t, eventPacket(JSON, "event", event))
		if replied, ok := p.NotOffered(); replied || ok {
			t.Errorf("%q is recognised, replied %v", event, replied)
		}
		_, err := p.NotOfferedReply(-1, "no")
		refusedBy(t, err, CheckMessage)
	}
	p := openPacket(t, eventPacket(JSON, "text", "add_single_waybill"))
	if _, ok := p.NotOffered(); ok {
		t.Error("a text message is taken for an event")
	}
}

// TestInstantNotOffered: a carrier without instant delivery refuses its events
// in the same way, in any letter case.
func TestInstantNotOffered(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		for _, event := range slices.Concat(orderEvents, followUpEvents) {
			p := openPacket(t, eventPacket(f, "event", " "+strings.ToUpper(event)))
			if replied, ok := p.NotOffered(); replied || ok {
				t.Errorf("%q is not offered", event)
			}
			reply, err := p.NotOfferedReply(-1, "不支持该业务")
			must(t, err)
			got, err := DecodeInstantReply(f, event, reply)
			must(t, err)
			sameReply(t, event, got, sampleFollowUp(event).Reply(-1, "不支持该业务"))
		}
	}
}

// TestNotOfferedReplyEchoes: sender and receiver come back as they came, in place of a
// CreateTime that is no whole number the query's, and what cannot be read as nothing.
func TestNotOfferedReplyEchoes(t *testing.T) {
	t.Parallel()
	const head = `{"ToUserName":"gh_abcdefg","MsgType":"event","Event":"Remind_Waybill"`
	got, err := openPacket(t, []byte(head+`,"FromUserName":" o<1 ","CreateTime":" 07 "}`)).NotOfferedReply(-1, "no")
	must(t, err)
	want := `{"ToUserName":" o<1 ","FromUserName":"gh_abcdefg","CreateTime":7,"MsgType":"event","Event":"remind_waybill","ResultCode":-1,"ResultMsg":"no"}`
	if string(got) != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	want = `{"ToUserName":"","FromUserName":"gh_abcdefg","CreateTime":1533042556,"MsgType":"event","Event":"remind_waybill","ResultCode":-1,"ResultMsg":"no"}`
	for _, more := range []string{`"CreateTime":null`, `"CreateTime":"x"`, `"CreateTime":1.5`, `"CreateTime":""`, `"CreateTime":[5]`, `"CreateTime":5,"CreateTime":6`,
		`"FromUserName":{}`, `"FromUserName":"a","FromUserName":"b"`, `"a":1,"a":2,`} {
		got, err := openPacket(t, []byte(head+","+more+"}")).NotOfferedReply(-1, "no")
		if must(t, err); string(got) != want {
			t.Errorf("%s:\n got %s\nwant %s", more, got, want)
		}
	}
}
