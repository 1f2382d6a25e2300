package wechat

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// replyInstant is what the samples of the replies say, for an event of any kind.
func replyInstant(event string) InstantReply {
	r := sampleFollowUp(event).Reply(0, "ok")
	switch event {
	case EventPrecreateOrder:
		r = sampleInstant(event).Reply(0, "ok")
		r.Fee, r.DeliverFee, r.Distance, r.DispatchDuration, r.DeliveryToken = 1000, 1000, 1000, 300, "xxxxxxxx"
	case EventAddOrder, EventReaddOrder:
		r = sampleInstant(event).Reply(0, "ok")
		r.Fee, r.DeliverFee, r.Distance, r.DispatchDuration = 1000, 1000, 1000, 300
		r.WaybillID, r.OrderStatus, r.FinishCode, r.PickupCode = "123456789", 101, 1024, 2048
	case EventQueryOrder:
		r.OrderStatus, r.WaybillID = 102, "123456789"
	case EventCancelOrder, EventPrecancelOrder:
		r.DeductFee, r.Desc = 500, "blabla"
	}
	return r
}

// wholeYuan finds the amounts in a sample, which have no decimals there.
var wholeYuan = regexp.MustCompile(`(\b(?:fee|deliverfee|couponfee|tips|insurancefee|deduct_fee)(?:":|>)[0-9]+)`)

func sameReply(t testing.TB, what string, got, want InstantReply) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %s\nwant %s", what, got.Encode(JSON), want.Encode(JSON))
	}
}

// TestInstantReplies compares our replies with golden files byte for byte, and with the
// samples but for their layout and for the decimals of amounts. A refusal says
// nothing but the result, whatever it was given.
func TestInstantReplies(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		for _, event := range slices.Concat(orderEvents, followUpEvents) {
			r := replyInstant(event)
			got := r.Encode(f)
			golden(t, fmt.Sprintf("%s.0.%v", event, f), got)
			theirs := sample(t, fmt.Sprintf("%s.response.%v", event, f))
			if want := wholeYuan.ReplaceAll(compact(t, f, theirs), []byte("$1.00")); !bytes.Equal(got, want) {
				t.Errorf("\n   got %s\nsample %s", got, want)
			}
			for _, packet := range [][]byte{got, theirs} {
				back, err := DecodeInstantReply(f, event, packet)
				must(t, err)
				sameReply(t, event, back, r)
			}

			r.ResultCode, r.ResultMsg = 1010, "收件人信息不正确"
			got = r.Encode(f)
			golden(t, fmt.Sprintf("%s.1010.%v", event, f), got)
			back, err := DecodeInstantReply(f, event, got)
			must(t, err)
			sameReply(t, event, back, InstantReply{
				ToUserName: "oABCD", FromUserName: userName, CreateTime: 1533042556, Event: event, ResultCode: 1010, ResultMsg: "收件人信息不正确",
			})
			if event == EventAddOrder || event == EventReaddOrder {
				if want := compact(t, f, sample(t, fmt.Sprintf("%s.response.error.%v", event, f))); !bytes.Equal(got, want) {
					t.Errorf("\n   got %s\nsample %s", got, want)
				}
			}
		}
	}
}

// TestInstantReplyParts: each member in its place, with amounts that differ, and the codes and the token only where there are some.
func TestInstantReplyParts(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		r := replyInstant(EventReaddOrder)
		r.Fee, r.DeliverFee, r.CouponFee, r.Tips, r.InsuranceFee, r.Distance = 1001, 1203, 202, 5, 70, 24013
		golden(t, "transport_readd_order.fees."+f.String(), r.Encode(f))
		r.FinishCode, r.PickupCode, r.DispatchDuration = 0, 0, 0
		golden(t, "transport_readd_order.no_codes."+f.String(), r.Encode(f))
		back, err := DecodeInstantReply(f, EventReaddOrder, r.Encode(f))
		must(t, err)
		sameReply(t, "no codes", back, r)
		r = replyInstant(EventPrecreateOrder)
		r.DeliveryToken = ""
		golden(t, "transport_precreate_order.no_token."+f.String(), r.Encode(f))
	}
}

// TestInstantConversation: an order to be placed again and its reply go through
// the envelope of every mode, and what arrives at WeChat is what was answered.
func TestInstantConversation(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		for _, m := range Modes() {
			s := newSender(t, m)
			r, q, body := benchInstant(t, f, m)
			sealed, err := answerInstant(r, q, body)
			must(t, err)
			opened, err := s.OpenReply(q, f, sealed)
			must(t, err)
			got, err := DecodeInstantReply(f, EventReaddOrder, opened)
			must(t, err)
			sameReply(t, fmt.Sprintf("%v/%v", f, m), got, replyInstant(EventReaddOrder))
		}
	}
}

// TestInstantReplyEchoes: sender and receiver come back as they came, in the
// samples' spelling of the event whatever the push had.
func TestInstantReplyEchoes(t *testing.T) {
	t.Parallel()
	order, err := openPacket(t, []byte(`{"CreateTime":"05","MsgType":"Event","Event":" Transport_ADD_Order","FromUserName":" o<1 ","ToUserName":"gh_abcdefg"}`)).InstantOrder()
	must(t, err)
	want := `{"ToUserName":" o<1 ","FromUserName":"gh_abcdefg","CreateTime":5,"MsgType":"event","Event":"transport_add_order","resultcode":-1,"resultmsg":"<&>"}`
	if got := order.Reply(-1, "<&>").Encode(JSON); string(got) != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	followUp, err := openPacket(t, []byte("<xml><ToUserName>gh_abcdefg</ToUserName><MsgType>event</MsgType><Event>\nTRANSPORT_add_tips </Event><CreateTime> 5 </CreateTime></xml>")).InstantFollowUp()
	must(t, err)
	want = "<xml><ToUserName><![CDATA[]]></ToUserName><FromUserName><![CDATA[gh_abcdefg]]></FromUserName><CreateTime>5</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[transport_add_tips]]></Event><resultcode>0</resultcode><resultmsg><![CDATA[ok]]></resultmsg></xml>"
	if got := followUp.Reply(0, "ok").Encode(XML); string(got) != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// TestInstantReplyIsStrict spoils a good reply in one place at a time.
func TestInstantReplyIsStrict(t *testing.T) {
	t.Parallel()
	const add, pre, followUp, cancel = EventReaddOrder, EventPrecreateOrder, EventQueryOrder, EventCancelOrder
	tests := []struct{ event, name, old, new string }{
		{add, "code is a string", `"resultcode":0`, `"resultcode":"0"`},
		{add, "code is missing", `"resultcode":0,`, ``},
		{add, "code is no integer", `"resultcode":0`, `"resultcode":0.0`},
		{add, "code in express's spelling", `"resultcode"`, `"ResultCode"`},
		{add, "message is missing", `"resultmsg":"ok",`, ``},
		{add, "message is a number", `"ok"`, `0`},
		{add, "time is a string", `1533042556`, `"1533042556"`},
		{add, "sender is missing", `"FromUserName":"gh_abcdefg",`, ``},
		{add, "another type", `"event"`, `"text"`},
		{add, "another event", `"transport_readd_order"`, `"transport_add_order"`},
		{add, "fee is a string", `"fee":10.00`, `"fee":"10.00"`},
		{add, "fee is missing", `"fee":10.00,`, ``},
		{add, "fee is null", `"fee":10.00`, `"fee":null`},
		{add, "fee is an object", `"fee":10.00`, `"fee":{}`},
		{add, "fee of three decimals", `"fee":10.00`, `"fee":10.000`},
		{add, "fee with an exponent", `"fee":10.00`, `"fee":1e1`},
		{add, "fee beyond an int64", `"fee":10.00`, `"fee":92233720368547758.08`},
		{add, "deliverfee is missing", `"deliverfee":10.00,`, ``},
		{add, "couponfee is missing", `"couponfee":0.00,`, ``},
		{add, "tips is missing", `"tips":0.00,`, ``},
		{add, "insurance is missing", `"insurancefee":0.00,`, ``},
		{add, "insurance in a third spelling", `"insurancefee"`, `"insurancefees"`},
		{add, "insurance twice and not the same", `"insurancefee":0.00`, `"insurancefee":0.00,"insurancfee":1`},
		{add, "insurance twice, once no amount", `"insurancefee":0.00`, `"insurancefee":0.00,"insurancfee":"0"`},
		{add, "distance is a string", `"distance":1000`, `"distance":"1000"`},
		{add, "distance is no integer", `"distance":1000`, `"distance":1000.5`},
		{add, "waybill is a number", `"123456789"`, `123456789`},
		{add, "waybill is null", `"123456789"`, `null`},
		{add, "status is missing", `"order_status":101,`, ``},
		{add, "status is a string", `101`, `"101"`},
		{add, "code to finish is a string", `1024`, `"1024"`},
		{add, "code to pick up is a list", `2048`, `[2048]`},
		{add, "time to a rider is a string", `300`, `"300"`},
		{add, "a token, which precreate has", `"order_status"`, `"delivery_token":"x","order_status"`},
		{add, "the rider's location as a text", `"order_status"`, `"sender_lng":"116.5","order_status"`},
		{add, "the rider's location is a flag", `"order_status"`, `"sender_lng":true,"order_status"`},
		{add, "the rider's location is an object", `"order_status"`, `"sender_lat":{},"order_status"`},
		{add, "one member too many", `{`, `{"shopid":"x",`},
		{add, "junk behind", `300}`, `300}x`},
		{pre, "fee is missing", `"fee":10.00,`, ``},
		{pre, "insurance is missing", `"insurancefee":0.00,`, ``},
		{pre, "token is a number", `"xxxxxxxx"`, `7`},
		{pre, "a waybill, which add has", `"distance"`, `"waybill_id":"x","distance"`},
		{followUp, "status is missing", `"order_status":102,`, ``},
		{followUp, "waybill is missing", `,"waybill_id":"123456789"`, ``},
		{followUp, "message is a number", `"action_msg":""`, `"action_msg":0`},
		{followUp, "a fee", `"order_status"`, `"fee":1,"order_status"`},
		{cancel, "deduction is a string", `"deduct_fee":5.00`, `"deduct_fee":"5.00"`},
		{cancel, "deduction of three decimals", `"deduct_fee":5.00`, `"deduct_fee":5.005`},
		{cancel, "text is a number", `"blabla"`, `1`},
		{cancel, "another member", `"desc"`, `"description"`},
		{EventPrecancelOrder, "text is null", `"blabla"`, `null`},
		{EventAddTips, "another member", `"resultmsg"`, `"tips":5.00,"resultmsg"`},
		{EventConfirmReturn, "another member", `"resultmsg"`, `"order_status":401,"resultmsg"`},
	}
	for _, tt := range tests {
		good := string(replyInstant(tt.event).Encode(JSON))
		spoilt := strings.Replace(good, tt.old, tt.new, 1)
		if spoilt == good {
			t.Errorf("%s: nothing to spoil", tt.name)
		}
		_, err := DecodeInstantReply(JSON, tt.event, []byte(spoilt))
		t.Run(tt.event+", "+tt.name, func(t *testing.T) { refusedBy(t, err, CheckMessage) })
	}
	for _, event := range slices.Concat(orderEvents, followUpEvents) {
		good := replyInstant(event).Encode(JSON)
		_, err := DecodeInstantReply(XML, event, good)
		refusedBy(t, err, CheckMessage)
		_, err = DecodeInstantReply(JSON, EventAddWaybill, good)
		refusedBy(t, err, CheckMessage)
	}
	inXML := string(replyInstant(add).Encode(XML))
	for _, number := range []string{"1533042556", "10.00", "1000", "101", "1024", "300"} {
		inCDATA := strings.Replace(inXML, ">"+number+"<", "><![CDATA["+number+"]]><", 1)
		if inCDATA == inXML {
			t.Errorf("%s: nothing to spoil", number)
		}
		_, err := DecodeInstantReply(XML, add, []byte(inCDATA))
		refusedBy(t, err, CheckMessage)
	}
	back, err := DecodeInstantReply(XML, add, []byte(strings.NewReplacer("<![CDATA[", "", "]]>", "").Replace(inXML)))
	must(t, err)
	sameReply(t, "all bare", back, replyInstant(add))
}

// TestInstantReplyLeavesOut: what the tables do not require may be missing, the
// rest of a refusal too; and what is there besides the result of a refusal must be
// of its type, and counts for nothing.
func TestInstantReplyLeavesOut(t *testing.T) {
	t.Parallel()
	optional := map[string][]struct {
		member string
		clear  func(*InstantReply)
	}{
		EventPrecreateOrder: {
			{`,"distance":1000`, func(r *InstantReply) { r.Distance = 0 }},
			{`,"dispatch_duration":300`, func(r *InstantReply) { r.DispatchDuration = 0 }},
			{`,"delivery_token":"xxxxxxxx"`, func(r *InstantReply) { r.DeliveryToken = "" }},
		},
		EventReaddOrder: {
			{`,"distance":1000`, func(r *InstantReply) { r.Distance = 0 }},
			{`,"waybill_id":"123456789"`, func(r *InstantReply) { r.WaybillID = "" }},
			{`,"finish_code":1024`, func(r *InstantReply) { r.FinishCode = 0 }},
			{`,"pickup_code":2048`, func(r *InstantReply) { r.PickupCode = 0 }},
			{`,"dispatch_duration":300`, func(r *InstantReply) { r.DispatchDuration = 0 }},
		},
		EventQueryOrder:     {{`,"action_msg":""`, func(*InstantReply) {}}},
		EventCancelOrder:    {{`,"deduct_fee":5.00`, func(r *InstantReply) { r.DeductFee = 0 }}, {`,"desc":"blabla"`, func(r *InstantReply) { r.Desc = "" }}},
		EventPrecancelOrder: {{`,"deduct_fee":5.00`, func(r *InstantReply) { r.DeductFee = 0 }}, {`,"desc":"blabla"`, func(r *InstantReply) { r.Desc = "" }}},
	}
	optional[EventAddOrder] = optional[EventReaddOrder]
	for event, members := range optional {
		for _, o := range members {
			want := replyInstant(event)
			full := string(want.Encode(JSON))
			less := strings.Replace(full, o.member, "", 1)
			if less == full {
				t.Errorf("%s: nothing to leave out", o.member)
			}
			o.clear(&want)
			got, err := DecodeInstantReply(JSON, event, []byte(less))
			must(t, err)
			sameReply(t, o.member, got, want)
		}
	}
	for _, event := range slices.Concat(orderEvents, followUpEvents) {
		refusal := replyInstant(event)
		full := strings.Replace(string(refusal.Encode(JSON)), `"resultcode":0`, `"resultcode":1010`, 1)
		refusal = sampleFollowUp(event).Reply(1010, "ok")
		got, err := DecodeInstantReply(JSON, event, []byte(full))
		must(t, err)
		sameReply(t, "a refusal with all the rest", got, refusal)
	}
	_, err := DecodeInstantReply(JSON, EventAddOrder, []byte(strings.Replace(string(replyInstant(EventAddOrder).Encode(JSON)),
		`"resultcode":0,"resultmsg":"ok","fee":10.00`, `"resultcode":1010,"resultmsg":"ok","fee":"10"`, 1)))
	refusedBy(t, err, CheckMessage)
}

// TestInsuranceSpellings: either spelling will do, and both if they say the same.
func TestInsuranceSpellings(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		member := func(name, amount string) string {
			if f == XML {
				return "<" + name + ">" + amount + "</" + name + ">"
			}
			return `,"` + name + `":` + amount
		}
		for _, event := range orderEvents {
			want := replyInstant(event)
			want.InsuranceFee = 370
			packet, table := string(want.Encode(f)), member("insurancefee", "3.70")
			for _, instead := range []string{
				table, member("insurancfee", "3.7"), table + member("insurancfee", "3.7"), member("insurancfee", "3.70") + member("insurancefee", "3.7"),
			} {
				got, err := DecodeInstantReply(f, event, []byte(strings.Replace(packet, table, instead, 1)))
				if err != nil {
					t.Errorf("%s: %v", instead, err)
				}
				sameReply(t, instead, got, want)
			}
		}
		got, err := DecodeInstantReply(JSON, EventAddOrder, []byte(strings.Replace(string(replyInstant(EventAddOrder).Encode(JSON)), `"order_status"`, `"sender_lng":116.383075,"sender_lat":-40,"order_status"`, 1)))
		must(t, err)
		sameReply(t, "with the rider's location", got, replyInstant(EventAddOrder))
	}
}

// TestYuan: fen are written with two decimals, and amounts are read as what they
// say or not at all.
func TestYuan(t *testing.T) {
	t.Parallel()
	for fen, want := range map[int64]string{
		0: "0.00", 1: "0.01", 9: "0.09", 10: "0.10", 99: "0.99", 100: "1.00", 1000: "10.00", 123456: "1234.56", -1: "-0.01", -100: "-1.00", -1050: "-10.50",
		math.MaxInt64: "92233720368547758.07", math.MinInt64: "-92233720368547758.08",
	} {
		if got := string(appendYuan([]byte("x"), fen)); got != "x"+want {
			t.Errorf("%d fen are written as %s", fen, got)
		}
		if got, ok := parseYuan([]byte(want)); got != fen || !ok {
			t.Errorf("%s reads as %d, %v", want, got, ok)
		}
	}
	for text, want := range map[string]int64{"10": 1000, "10.0": 1000, "10.5": 1050, "0": 0, "-0": 0, "-0.5": -50, "0.07": 7, "92233720368547758.0": 9223372036854775800} {
		if got, ok := parseYuan([]byte(text)); got != want || !ok {
			t.Errorf("%s reads as %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{
		"", " ", "-", ".", "10.", ".5", "010", "+1", "1e1", "1E0", "0x10", "1_0", " 1", "1 ", "1,0", "10.000", "10.005", "１", "NaN", "Infinity", "--1", "1.-1", "1.2.3",
		"92233720368547758.08", "-92233720368547758.09", "922337203685477581", strings.Repeat("9", 400), "0." + strings.Repeat("0", 400), "null", "true",
	} {
		if got, ok := parseYuan([]byte(text)); ok {
			t.Errorf("%q reads as %d", text, got)
		}
	}
}
