package wechat

import (
	"reflect"
	"testing"

	"carrierhook/internal/wechat/packet"
)

// FuzzDecodeAdd reads any packet as an order and as the questions about an
// account. Each either is refused as a message, or comes back the same when it is
// written, replies included, and has the identity that its push has.
func FuzzDecodeAdd(f *testing.F) {
	addSamples(f, XML)
	addSamples(f, JSON)
	for _, s := range []string{
		`{"CreateTime":"07","Event":" ADD_WAYBILL ","Token":1.5e3,"Sender":[{"Name":1,"Tel":[],"Mobile":{}}],"Receiver":[],"Cargo":{"Weight":"1.2","Count":1e999,"DetailList":{"Name":"x"}}}`,
		`{"CreateTime":-0,"OrderID":null,"Cargo":[{"DetailList":[{},1,null,[{}],{"Name":"]]>","Count":"x"}]}],"Insured":true,"Service":[{"ServiceType":"0"},{}]}`,
		"<xml><CreateTime>1</CreateTime><Token>&lt;a&#13;</Token><Cargo><DetailList/><DetailList><Name/><Count> 1 </Count></DetailList></Cargo><Sender/><Sender/></xml>",
		"<xml><CreateTime>1</CreateTime><Remark><a/></Remark><Cargo><Weight><![CDATA[1.2]]></Weight><DetailList>x</DetailList></Cargo><Insured>1</Insured></xml>",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		doc, format, err := parse(in, CheckInnerDocument)
		if err != nil {
			refusedBy(t, err, CheckInnerDocument)
			return
		}
		p := &Push{Format: format, doc: func() *packet.Node { return doc }}
		header := (&Receiver{}).address(p, CheckOuterDocument)
		m, err := decodeAdd(doc)
		if err != nil {
			refusedBy(t, err, CheckMessage)
		} else {
			if checkOf(header) != CheckOuterDocument && instantEvents[eventName(p.Header.Event)] == 0 && p.Identity() != m.Identity() {
				t.Fatalf("%s: the push and its message have two identities", in)
			}
			checkOrder(t, format, m, EncodeAddWaybill(format, m))
			checkAddReply(t, format, m.Reply(m.WayBillID, 20001, m.Remark, m.Sender.Name))
		}
		account, err := decodeCheckBiz(doc)
		if err != nil {
			refusedBy(t, err, CheckMessage)
			return
		}
		checkAccount(t, format, account)
	})
}

// FuzzDecodeAddReply reads anything as a reply to an order. What is taken says the
// same when we write it.
func FuzzDecodeAddReply(f *testing.F) {
	addReplies := func(format Format) {
		for _, name := range []string{"add_waybill.response.", "cancel_waybill.response.", "check_biz.response."} {
			f.Add(format == JSON, sample(f, name+format.String()))
		}
		r := sampleAdd(format).Reply("0", -1, `]]><&"`+"\r\n", "##")
		r.Token = " <&]]>\r "
		f.Add(format == JSON, r.Encode(format))
	}
	addReplies(XML)
	addReplies(JSON)
	f.Fuzz(func(t *testing.T, asJSON bool, in []byte) {
		format := XML
		if asJSON {
			format = JSON
		}
		r, err := DecodeAddReply(format, in)
		if err != nil {
			refusedBy(t, err, CheckMessage)
		} else {
			checkAddReply(t, format, r)
		}
		for _, event := range []string{EventCheckBiz, EventGetQuota} {
			q, err := DecodeQuotaReply(format, event, in)
			if err != nil {
				refusedBy(t, err, CheckMessage)
				continue
			}
			if back, err := DecodeQuotaReply(format, event, q.Encode(format)); err != nil || back != q {
				t.Fatalf("%v: %+v came back as %+v, %v", format, q, back, err)
			}
		}
	})
}

type fatal interface{ Fatalf(string, ...any) }

// checkOrder: the packet that m was written as says m again.
func checkOrder(t fatal, f Format, m AddWaybill, packet []byte) {
	doc, format, err := parse(packet, CheckInnerDocument)
	if err != nil || format != f {
		t.Fatalf("%v: what was written cannot be read: %v", f, err)
	}
	if back, err := decodeAdd(doc); err != nil || !reflect.DeepEqual(back, m) {
		t.Fatalf("%s came back as %s, %v", packet, EncodeAddWaybill(f, back), err)
	}
}

func checkAddReply(t fatal, f Format, r AddReply) {
	if back, err := DecodeAddReply(f, r.Encode(f)); err != nil || back != r {
		t.Fatalf("%s came back as %s, %v", r.Encode(f), back.Encode(f), err)
	}
}

// checkAccount: m comes back, as the one message and as the other.
func checkAccount(t fatal, f Format, m CheckBiz) {
	doc, _, err := parse(EncodeCheckBiz(f, m), CheckInnerDocument)
	if err != nil {
		t.Fatalf("%v: what was written cannot be read: %v", f, err)
	}
	if back, err := decodeCheckBiz(doc); err != nil || back != m {
		t.Fatalf("%s came back as %s, %v", EncodeCheckBiz(f, m), EncodeCheckBiz(f, back), err)
	}
	q := GetQuota{m.ToUserName, m.FromUserName, m.CreateTime, m.Event, m.BizID, m.BizPwd, m.ShopAppID}
	if doc, _, err = parse(EncodeGetQuota(f, q), CheckInnerDocument); err != nil {
		t.Fatalf("%v: what was written cannot be read: %v", f, err)
	}
	if back, err := decodeGetQuota(doc); err != nil || back != q {
		t.Fatalf("%+v came back as %+v, %v", q, back, err)
	}
}
