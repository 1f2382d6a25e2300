package wechat

import (
	"bytes"
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
		`{"MsgType":"event","Event":"add_waybill","CreateTime":"soon","Remark":"a` + "\x1b\xe4\xb9" + `\d","OrderID":"1","OrderID":"2","Sender":{"Name":"x","Name":"y"},`,
		"<xml><MsgType>event</MsgType><Event>add_waybill</Event><CreateTime>1.5</CreateTime><Remark>\x01&#0;&nbsp;]]>\xe4\xb9</Remark><Remark>2</Remark><Cargo>1</Cargo><Cargo/><!--",
		"<xml><CreateTime>1</CreateTime><Remark><a/></Remark><Cargo><Weight><![CDATA[1.2]]></Weight><DetailList>x</DetailList></Cargo><Insured>1</Insured></xml>",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		p := anyPush(t, in)
		if p == nil {
			return
		}
		format := p.Format
		m, err := decodeAdd(p.reader())
		if err != nil {
			refusedBy(t, err, CheckMessage)
		} else if p.addressed && instantEvents[eventName(p.Header.Event)] == 0 && p.Identity() != m.Identity() {
			t.Fatalf("%s: the push and its message have two identities", in)
		}
		reply := m.Reply(m.WayBillID, 20001, m.Remark, m.Sender.Name)
		if _, err := DecodeAddReply(format, reply.Encode(format)); err != nil {
			t.Fatalf("%s: the reply is none: %v", in, err)
		}
		if err == nil && p.exact {
			m.OddTime = OddTime{} // it cannot be written
			readsBack(t, format, m, EncodeAddWaybill, decodeAdd)
			checkAddReply(t, format, reply)
		}
		account, err := decodeCheckBiz(p.reader())
		if err != nil {
			refusedBy(t, err, CheckMessage)
		} else if p.exact {
			account.OddTime = OddTime{}
			checkAccount(t, format, account)
		}
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

// fuzzedPush is a push of any packet.
type fuzzedPush struct {
	Push
	addressed bool // its header can be read
	exact     bool // what it says can be written again: it is a document whose texts are in order
}

// anyPush makes a push of any packet, as a receiver does; nil of what is none.
func anyPush(t *testing.T, in []byte) *fuzzedPush {
	doc, format, fault := packet.ParseTolerant(in)
	if format == 0 {
		return nil
	}
	p := &fuzzedPush{Push: Push{Format: format, doc: func() *packet.Node { return &doc }}}
	_, _, err := packet.Parse(in)
	p.exact = err == nil
	if fault != nil && p.exact {
		t.Fatalf("%q is a document, and is not read to its end: %v", in, fault)
	}
	_, err = (&Receiver{}).address(&p.Push, sampleTime, CheckOuterDocument, fault)
	p.addressed = checkOf(err) != CheckOuterDocument
	return p
}

type fatal interface{ Fatalf(string, ...any) }

// readsBack: the packet that m is written as says m again. What is no text at all is written as
// U+FFFD.
func readsBack[M any](t fatal, f Format, m M, encode func(Format, M) []byte, decode func(reader) (M, error)) {
	written := encode(f, m)
	doc, format, err := parse(written, CheckInnerDocument)
	if err != nil || format != f {
		t.Fatalf("%v: what was written cannot be read: %v", f, err)
	}
	back, err := decode(reader{doc: doc})
	same := reflect.DeepEqual(back, m) || bytes.Contains(written, []byte("\ufffd")) && bytes.Equal(encode(f, back), written)
	if err != nil || !same {
		t.Fatalf("%s came back as %s, %v", written, encode(f, back), err)
	}
}

func checkAddReply(t fatal, f Format, r AddReply) {
	if back, err := DecodeAddReply(f, r.Encode(f)); err != nil || back != r {
		t.Fatalf("%s came back as %s, %v", r.Encode(f), back.Encode(f), err)
	}
}

// checkAccount: m comes back, as the one message and as the other.
func checkAccount(t fatal, f Format, m CheckBiz) {
	readsBack(t, f, m, EncodeCheckBiz, decodeCheckBiz)
	q := GetQuota{m.ToUserName, m.FromUserName, m.CreateTime, m.OddTime, m.Event, m.BizID, m.BizPwd, m.ShopAppID}
	readsBack(t, f, q, EncodeGetQuota, decodeGetQuota)
}
