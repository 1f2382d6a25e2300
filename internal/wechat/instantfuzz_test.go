package wechat

import (
	"slices"
	"testing"
)

// FuzzDecodeInstant reads any packet as an order of instant delivery and as a push
// about one. Each either is refused as a message, or comes back the same when it is
// written, replies included, and has the identity that its push has.
func FuzzDecodeInstant(f *testing.F) {
	addSamples(f, XML)
	addSamples(f, JSON)
	for _, format := range formats {
		f.Add(EncodeInstantOrder(format, everyInstant()))
	}
	for _, s := range []string{
		`{"CreateTime":"07","Event":" TRANSPORT_ADD_ORDER ","wx_token":1.5e3,"sender":[{"name":1,"lng":[],"lat":{}}],"receiver":[],"cargo":{"goods_weight":"1.2","goods_detail":[{"goods":{"good_name":"x"}}]}}`,
		`{"CreateTime":-0,"Event":"Transport_Add_Tips","shopid":null,"tips":1.50,"remark":{},"waybill_id":"]]>","":1}`,
		`{"MsgType":"event","CreateTime":"x","Event":"transport_add_tips","tips":1,"tips":2,"shopid":"` + "\x01\xe4" + `\d"`,
		`{"CreateTime":1,"Event":"transport_cancel_order","cancel_reason_id":[1],"cancel_reason":"x","tips":5}`,
		`{"CreateTime":1,"Event":"transport_precreate_order","wx_token":"x","waybill_id":"y","cargo":{"goods_detail":{"goods":[{},1,null,[{}],{"good_name":"]]>","good_count":"x"}]}}}`,
		"<xml><CreateTime>1</CreateTime><Event>transport_readd_order</Event><wx_token>&lt;a&#13;</wx_token><cargo><goods_detail><goods/><goods><good_name/><good_count> 1 </good_count></goods></goods_detail></cargo><sender/><sender/></xml>",
		"<xml><CreateTime>1</CreateTime><Event>transport_add_tips</Event><tips><a/></tips><remark>x</remark></xml>",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		p := anyPush(t, in)
		if p == nil {
			return
		}
		format := p.Format
		kind := instantEvents[eventName(p.Header.Event)]
		order, err := decodeInstantOrder(p.reader())
		if err != nil {
			refusedBy(t, err, CheckMessage)
		} else {
			if p.addressed && kind == carriesOrder && p.Identity() != order.Identity() {
				t.Fatalf("%s: the push and its message have two identities", in)
			}
			if p.exact {
				order.OddTime = OddTime{} // it cannot be written
				readsBack(t, format, order, EncodeInstantOrder, decodeInstantOrder)
				checkInstantReply(t, format, order.Reply(1010, order.OrderInfo.Note))
			}
		}
		followUp, err := decodeInstantFollowUp(p.reader())
		if err != nil {
			refusedBy(t, err, CheckMessage)
			return
		}
		if p.addressed && kind == carriesFollowUp && p.Identity() != followUp.Identity() {
			t.Fatalf("%s: the push and its message have two identities", in)
		}
		if p.exact {
			followUp.OddTime = OddTime{}
			readsBack(t, format, followUp, EncodeInstantFollowUp, decodeInstantFollowUp)
			checkInstantReply(t, format, followUp.Reply(-1, followUp.CancelReason))
		}
	})
}

// FuzzDecodeInstantReply reads anything as a reply to each event. What is taken
// says the same when we write it.
func FuzzDecodeInstantReply(f *testing.F) {
	events := slices.Concat(orderEvents, followUpEvents)
	for _, format := range formats {
		for _, event := range events {
			f.Add(format == JSON, sample(f, event+".response."+format.String()))
			f.Add(format == JSON, replyInstant(event).Encode(format))
		}
		f.Add(format == JSON, sample(f, "transport_readd_order.response.error."+format.String()))
	}
	f.Add(true, []byte(`{"ToUserName":"a","FromUserName":"b","CreateTime":1,"MsgType":"event","Event":"TRANSPORT_ADD_ORDER","resultcode":0,"resultmsg":"","fee":-0,"deliverfee":1.5,`+
		`"couponfee":0.05,"tips":92233720368547758.07,"insurancfee":0.0,"insurancefee":0,"order_status":101,"sender_lng":1e2}`))
	f.Fuzz(func(t *testing.T, asJSON bool, in []byte) {
		format := XML
		if asJSON {
			format = JSON
		}
		for _, event := range events {
			r, err := DecodeInstantReply(format, event, in)
			if err != nil {
				refusedBy(t, err, CheckMessage)
				continue
			}
			checkInstantReply(t, format, r)
		}
	})
}

func checkInstantReply(t fatal, f Format, r InstantReply) {
	if back, err := DecodeInstantReply(f, r.Event, r.Encode(f)); err != nil || back != r {
		t.Fatalf("%s came back as %s, %v", r.Encode(f), back.Encode(f), err)
	}
}
