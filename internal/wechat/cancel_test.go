package wechat

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

var results = []struct {
	code int
	file string
	msg  string
}{
	{0, "", "success"},
	{-1, ".minus1", "其他错误"},
	{30001, ".30001", "参数错误(BizID、OrderID、WayBillID不存在)"},
	{30002, ".30002", "已经揽收,不可取消"},
	{30003, ".30003", "无效单(已经取消过)"},
	{30004, ".30004", "快递不支持取消运单"},
}

// TestReplies compares our replies with golden files byte for byte, and with WeChat's
// samples but for their layout.
func TestReplies(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		for _, res := range results {
			t.Run(fmt.Sprintf("%v/%d", f, res.code), func(t *testing.T) {
				r := sampleCancel.Reply(res.code, res.msg)
				got := r.Encode(f)
				golden(t, fmt.Sprintf("cancel_waybill.%d.%v", res.code, f), got)
				want := compact(t, f, sample(t, fmt.Sprintf("cancel_waybill.response%s.%v", res.file, f)))
				if !bytes.Equal(got, want) {
					t.Errorf("\n    got %s\nWeChat %s", got, want)
				}
				if back, err := DecodeCancelReply(f, got); err != nil || back != r {
					t.Errorf("read back as %+v, %v", back, err)
				}
			})
		}
	}
}

// TestRequests: what the sandbox sends is what WeChat's sample shows.
func TestRequests(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		got, want := EncodeCancel(f, sampleCancel), compact(t, f, sample(t, "cancel_waybill.request."+f.String()))
		if !bytes.Equal(got, want) {
			t.Errorf("\n    got %s\nWeChat %s", got, want)
		}
	}
}

// TestReplyEchoes: ids come back as they came, white space and all, numbers as
// text, and WeChat's own spelling of the event whatever the push had.
func TestReplyEchoes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		format Format
		doc    string
		want   string
	}{
		{JSON, `{"CreateTime":"5","Event":"CANCEL_WAYBILL","BizID":7,"OrderID":12345678901234567890,"WayBillID":" w<&>\u2028 ","FromUserName":"u","ToUserName":"g"}`,
			`{"ToUserName":"u","FromUserName":"g","CreateTime":5,"MsgType":"event","Event":"cancel_waybill","BizID":"7","OrderID":"12345678901234567890","WayBillID":" w<&>` + "\u2028" + ` ","ResultCode":0,"ResultMsg":"ok"}`},
		{XML, "<xml><CreateTime>\n5 </CreateTime><BizID>&lt;b]]&gt;</BizID><OrderID> o </OrderID><WayBillID>\n<![CDATA[ w]]>\n</WayBillID></xml>",
			"<xml><ToUserName><![CDATA[]]></ToUserName><FromUserName><![CDATA[]]></FromUserName><CreateTime>5</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[cancel_waybill]]></Event><BizID><![CDATA[<b]]]]><![CDATA[>]]></BizID><OrderID><![CDATA[ o ]]></OrderID><WayBillID><![CDATA[ w]]></WayBillID><ResultCode>0</ResultCode><ResultMsg><![CDATA[ok]]></ResultMsg></xml>"},
	}
	for _, tt := range tests {
		doc, _, err := parse([]byte(tt.doc), CheckInnerDocument)
		must(t, err)
		m, err := decodeCancel(reader{doc: doc})
		must(t, err)
		if got := string(m.Reply(0, "ok").Encode(tt.format)); got != tt.want {
			t.Errorf("\n got %s\nwant %s", got, tt.want)
		}
	}
}

// TestCancelShapes: a member of the wrong shape, or one that is given twice, is a fault; a
// missing id is none, for the rule has an answer to that.
func TestCancelShapes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		member string
		ok     bool
	}{
		{`"CreateTime":1`, true},
		{`"CreateTime":"1"`, true},
		{`"CreateTime":" -1 "`, true},
		{`"CreateTime":1,"BizID":null,"BizPwd":null,"OrderID":5`, true},
		{`"CreateTime":[1]`, false},
		{`"CreateTime":1,"CreateTime":"1"`, true},
		{`"CreateTime":1,"CreateTime":2`, false},
		{`"CreateTime":1,"BizID":"x","BizID":"x"`, false},
		{`"CreateTime":1,"OrderID":"x","OrderID":null`, false},
		{`"CreateTime":1,"BizID":{}`, false},
		{`"CreateTime":1,"BizPwd":[]`, false},
		{`"CreateTime":1,"ShopAppID":["x"]`, false},
		{`"CreateTime":1,"OrderID":{"x":1}`, false},
		{`"CreateTime":1,"WayBillID":[]`, false},
	}
	r := newReceiver(t, options(Plain))
	for _, tt := range tests {
		p, err := r.Open(query(""), []byte(`{"ToUserName":"gh_abcdefg","MsgType":"event","Event":"cancel_waybill",`+tt.member+`}`))
		must(t, err)
		_, err = p.CancelWaybill()
		if tt.ok {
			if err != nil {
				t.Errorf("%s: %v", tt.member, err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%s passed", tt.member)
			continue
		}
		refusedBy(t, err, CheckMessage)
	}
	p, err := r.Open(query(""), []byte(`{"ToUserName":"gh_abcdefg","MsgType":"event","Event":"add_waybill","CreateTime":1}`))
	must(t, err)
	_, err = p.CancelWaybill()
	refusedBy(t, err, CheckMessage)
}

// TestIdentity: the same push is the same in either format, each of the six
// members counts, nothing else does, and the value that is stored stays.
func TestIdentity(t *testing.T) {
	t.Parallel()
	checkIdentity(t, "1cfce3aedeb185fd8d3fc7f90bd9a383dfd7a345b82b01e3191ad72508686204", func() CancelWaybill { return sampleCancel }, []identityChange[CancelWaybill]{
		{"case of the event", func(m *CancelWaybill) { m.Event = "Cancel_Waybill" }, true},
		{"password", func(m *CancelWaybill) { m.BizPwd = "x" }, true},
		{"shop", func(m *CancelWaybill) { m.ShopAppID = "x" }, true},
		{"receiver", func(m *CancelWaybill) { m.ToUserName = "x" }, true},
		{"event", func(m *CancelWaybill) { m.Event = "x" }, false},
		{"user", func(m *CancelWaybill) { m.FromUserName = "x" }, false},
		{"time", func(m *CancelWaybill) { m.CreateTime++ }, false},
		{"merchant", func(m *CancelWaybill) { m.BizID = "x" }, false},
		{"order", func(m *CancelWaybill) { m.OrderID = "x" }, false},
		{"waybill", func(m *CancelWaybill) { m.WayBillID = "x" }, false},
		{"boundary moved", func(m *CancelWaybill) { m.OrderID, m.WayBillID = m.OrderID+"1", m.WayBillID[1:] }, false},
	})
}

// TestNothingSecretPrints tries the ways in which a value gets into a log.
func TestNothingSecretPrints(t *testing.T) {
	t.Parallel()
	q, body := samplePush(t, XML, Secure)
	r := newReceiver(t, options(Secure))
	p, err := r.Open(q, body)
	must(t, err)
	s := newSender(t, Secure)
	so := SenderOptions{Token: token, AESKey: aesKey}
	values := []any{sampleCancel, &sampleCancel, sampleCancel.BizPwd, []Password{"xyz123"}, map[string]Password{"a": "xyz123"},
		p, *p, r, *r, options(Secure), s, *s, so, &so, r.ciphers[0], *r.ciphers[0]}
	var out strings.Builder
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	asJSON, err := json.Marshal(map[string]any{"m": sampleCancel, "p": p, "xyz": sampleCancel.BizPwd})
	must(t, err)
	out.Write(asJSON)
	out.WriteString(sampleCancel.BizPwd.String())
	for _, secret := range []string{"xyz123", "pamtest", aesKey, hex.EncodeToString([]byte("xyz123")), hex.EncodeToString([]byte(token))} {
		if i := strings.Index(out.String(), secret); i >= 0 {
			t.Errorf("%q shows in ...%s...", secret, out.String()[max(0, i-60):i+20])
		}
	}
	if !strings.Contains(string(asJSON), `"BizPwd":"[redacted]"`) {
		t.Errorf("JSON is %s", asJSON)
	}
	if string(sampleCancel.BizPwd) != "xyz123" {
		t.Error("the password cannot be read any more")
	}
}
