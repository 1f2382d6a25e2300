package handler_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/wechat"
)

// sampleParcel is what WeChat's sample requests say of an order of instant delivery.
var sampleParcel = wechat.TransportOrder{
	ToUserName: userName, FromUserName: "oABCD", CreateTime: 1533042556, Event: "transport_add_order",
	WXToken: "WXTOKEN", DeliveryToken: "xxxxxxxx", ShopID: "test_shop_id", ShopNo: "12345678", ShopOrderID: "test_shop_order_id",
	DeliverySign: "a93d8d6bae9a9483c1b1d4e8670e7f6226ec94cb",
	Sender: wechat.TransportContact{
		Name: "刘一", City: "北京市", Address: "xx大厦", AddressDetail: "1号楼101", Phone: "13712345678",
		Lng: "116.383075", Lat: "40.448612", CoordinateType: "0",
	},
	Receiver: wechat.TransportContact{
		Name: "老王", City: "北京市", Address: "xxx地铁站", AddressDetail: "2号楼202", Phone: "18512345678",
		Lng: "116.50603", Lat: "40.15296", CoordinateType: "0",
	},
	Cargo: wechat.TransportCargo{
		Value: "5", Height: "1", Length: "3", Width: "2", Weight: "1",
		Goods:      []wechat.TransportGoods{{Count: "1", Name: "水果", Price: "10", Unit: "元"}, {Count: "2", Name: "蔬菜", Price: "20", Unit: "元"}},
		FirstClass: "美食夜宵", SecondClass: "零食小吃",
	},
	OrderInfo: wechat.TransportInfo{
		OrderType: "0", ExpectedDelivery: "0", PoiSeq: "1111", Note: "test_note", OrderTime: "1555220757", IsInsured: "0",
		Tips: "0", IsDirect: "0", FinishCodeNeeded: "1", PickupCodeNeeded: "1",
	},
}

// sampleWords is what they say about an order that is there.
var sampleWords = wechat.TransportAsk{
	ToUserName: userName, FromUserName: "oABCD", CreateTime: 1533042556, Event: "transport_cancel_order",
	ShopID: "test_shop_id", ShopOrderID: "test_shop_order_id", ShopNo: "12345678", WaybillID: sampleNumber,
	DeliverySign: "a93d8d6bae9a9483c1b1d4e8670e7f6226ec94cb", CancelReasonID: "1", Tips: "5",
}

// personalDelivery is what the samples and the desk say of people, their goods and
// the keys to their orders.
var personalDelivery = []string{
	"刘一", "老王", "北京市", "xx大厦", "地铁站", "号楼", "13712345678", "18512345678", "116.383075", "40.448612", "116.50603", "40.15296",
	"水果", "蔬菜", "美食", "零食", "test_note", "WXTOKEN", "xxxxxxxx", "a93d8d6b", "TokenOfAPrice", "骑手", "13900000000",
}

// The events, and what each asks.
var (
	orderEvents = map[string]delivery.Kind{
		"transport_precreate_order": delivery.Precreate, "transport_add_order": delivery.Add, "transport_readd_order": delivery.Readd,
	}
	askEvents = map[string]delivery.Kind{
		"transport_cancel_order": delivery.Cancel, "transport_precancel_order": delivery.Precancel, "transport_query_order_status": delivery.Query,
		"transport_add_tips": delivery.Tip, "transport_confirm_return_to_biz": delivery.ConfirmReturn,
	}
	instantEvents = []string{
		"transport_precreate_order", "transport_add_order", "transport_readd_order", "transport_cancel_order", "transport_precancel_order",
		"transport_query_order_status", "transport_add_tips", "transport_confirm_return_to_biz",
	}
)

// parcel is the sample's order under an event's name, words the same about one that
// is there.
func parcel(event string) wechat.TransportOrder {
	m := sampleParcel
	if m.Event = event; event == "transport_precreate_order" { // which has neither
		m.WXToken, m.DeliveryToken = "", ""
	}
	return m
}

func asked(event string) wechat.TransportAsk {
	m := sampleWords
	if m.Event = event; event != "transport_add_tips" {
		m.Tips = ""
	}
	if event != "transport_cancel_order" && event != "transport_precancel_order" {
		m.CancelReasonID = ""
	}
	return m
}

func deliveryQuestions() (all []question) {
	for _, event := range instantEvents {
		q := question{event: event, decode: func(f wechat.Format, packet []byte) (int, string, error) {
			r, err := wechat.DecodeTransportReply(f, event, packet)
			return r.ResultCode, r.ResultMsg, err
		}}
		if what, order := orderEvents[event]; order {
			q.reasons = words(what.Reasons())
			q.ask = func(f wechat.Format) []byte { return wechat.EncodeTransportOrder(f, parcel(event)) }
			q.refusal = func(f wechat.Format, code int, msg string) []byte { return parcel(event).Reply(code, msg).Encode(f) }
		} else {
			q.reasons = words(askEvents[event].Reasons())
			q.ask = func(f wechat.Format) []byte { return wechat.EncodeTransportAsk(f, asked(event)) }
			q.refusal = func(f wechat.Format, code int, msg string) []byte { return asked(event).Reply(code, msg).Encode(f) }
		}
		all = append(all, q)
	}
	return all
}

// sampleAttempt is the desk's. Its figures differ, so that none can stand for
// another, and it has come farther than its answer may say.
func sampleAttempt() delivery.Attempt {
	return delivery.Attempt{
		Number: 2, WaybillID: sampleNumber, WXToken: "WXTOKEN", Quote: delivery.Quote{Deliver: 1234, Coupon: 34, Insurance: 56, Metres: 9012}, Tips: 78, TipsNow: 99,
		FinishCode: 7351, PickupCode: 8462, Status: delivery.Assigned, Message: "骑手13900000000",
	}
}

// sampleDecision is what the desk answers when it is not told otherwise.
func sampleDecision(r delivery.Request) delivery.Decision {
	d := delivery.Decision{Reason: delivery.Accepted}
	switch r.Kind {
	case delivery.Precreate:
		d.Quote, d.Token, d.Dispatch = sampleAttempt().Quote, "TokenOfAPrice", 5*time.Minute
		return d
	case delivery.Add, delivery.Readd:
		d.Dispatch = 5 * time.Minute
	case delivery.Cancel, delivery.Precancel:
		d.Deduct, d.Desc = 200, delivery.DescCancelFee
	}
	d.Attempt = sampleAttempt()
	return d
}

// couriered makes a desk that answers instant delivery so.
func couriered(d delivery.Decision) func(*desk) {
	return func(to *desk) { to.deliver = delivers(d) }
}

// withDecimals writes a sample's amounts as we do.
func withDecimals(sample []byte) []byte {
	amount := regexp.MustCompile(`((?:fee|tips)(?:>|":))(\d+)\b`)
	return amount.ReplaceAll(sample, []byte("${1}${2}.00"))
}

// TestSampleTransports sends WeChat's sample packets of instant delivery, in each
// mode to each server that takes them, and gets WeChat's sample replies byte for
// byte but for the samples' layout and the amounts' decimals.
func TestSampleTransports(t *testing.T) {
	t.Parallel()
	placed := delivery.Decision{Reason: delivery.Accepted, Dispatch: 5 * time.Minute, Attempt: delivery.Attempt{
		WaybillID: sampleNumber, Quote: delivery.Quote{Deliver: 1000, Metres: 1000}, FinishCode: 1024, PickupCode: 2048, Status: delivery.Waiting,
	}}
	tests := map[string]delivery.Decision{
		"transport_precreate_order.response": {
			Reason: delivery.Accepted, Quote: placed.Attempt.Quote, Token: "xxxxxxxx", Dispatch: 5 * time.Minute,
		},
		"transport_add_order.response":             placed,
		"transport_readd_order.response":           placed,
		"transport_readd_order.response.error":     {Reason: delivery.ReceiverWrong, Attempt: placed.Attempt},
		"transport_cancel_order.response":          {Reason: delivery.Accepted, Deduct: 500, Desc: delivery.DescCancelFee},
		"transport_precancel_order.response":       {Reason: delivery.Accepted, Deduct: 500, Desc: delivery.DescCancelFee},
		"transport_query_order_status.response":    {Reason: delivery.Accepted, Attempt: delivery.Attempt{WaybillID: sampleNumber, Status: delivery.Assigned}},
		"transport_add_tips.response":              {Reason: delivery.Accepted, Attempt: placed.Attempt},
		"transport_confirm_return_to_biz.response": {Reason: delivery.Accepted, Attempt: placed.Attempt},
	}
	tried := map[string]bool{}
	for name, d := range tests {
		event, _, _ := strings.Cut(name, ".")
		tried[event] = true
		for server, pushes := range takes {
			for _, m := range pushes {
				for _, f := range formats {
					t.Run(fmt.Sprintf("%s/%v/%v on %v", name, f, m, server), func(t *testing.T) {
						t.Parallel()
						s := newServer(t, server)
						couriered(d)(s.desk)
						q, body := wechatPush(t, f, m, sample(t, fmt.Sprintf("%s.request.%v", event, f)))
						w := s.post(q, body)
						got := opened(t, q, f, server, w.Body.Bytes())
						want := withDecimals(compact(t, f, sample(t, fmt.Sprintf("%s.%v", name, f))))
						want = bytes.Replace(want, []byte("blabla"), []byte("骑手已接单,扣除取消费用"), 1) // which are our words
						if w.Code != 200 || !bytes.Equal(got, want) {
							t.Errorf("status %d\n got %s\nwant %s", w.Code, got, want)
						}
						if ct := w.Header().Get("Content-Type"); ct != f.ContentType() {
							t.Errorf("Content-Type %q, want %q", ct, f.ContentType())
						}
					})
				}
			}
		}
	}
	for _, event := range instantEvents {
		if !tried[event] {
			t.Errorf("%s has no sample", event)
		}
	}
}

// TestSampleMessages: the questions of these tests are the samples' pushes.
func TestSampleMessages(t *testing.T) {
	t.Parallel()
	for _, q := range deliveryQuestions() {
		for _, f := range formats {
			var got, want delivery.Request
			for packet, to := range map[string]*delivery.Request{
				string(q.ask(f)): &got, string(sample(t, fmt.Sprintf("%s.request.%v", q.event, f))): &want,
			} {
				s := newServer(t, wechat.Secure)
				s.post(wechatPush(t, f, wechat.Secure, []byte(packet)))
				*to = onlyAsked[delivery.Request](t, s.desk)
				to.Push.Received = time.Time{}
			}
			if !sameRequest(got, want) {
				t.Errorf("%s %v: another message than the sample", q.event, f)
			}
			if got.Fault != "" {
				t.Errorf("%s %v: the sample has the fault %s", q.event, f, got.Fault)
			}
		}
	}
}

// TestRepliesOfDelivery compares the reply for every reason of every event, in both
// formats, languages and all modes, with a file for each event, byte for byte. In
// the sealed modes some replies stand for all: what is inside is the same.
func TestRepliesOfDelivery(t *testing.T) {
	t.Parallel()
	for _, event := range deliveryQuestions() {
		var got bytes.Buffer
		for _, m := range wechat.Modes() {
			for _, f := range formats {
				for _, language := range []string{"chinese", "english"} {
					for _, why := range append(event.reasons, "failed") {
						stands := slices.Contains([]string{"accepted", "wrong_sign", "failed"}, why) && language == "chinese"
						if m != wechat.Plain && !stands {
							continue
						}
						s := newServer(t, m, func(o *options) { o.Language = languages[language] })
						switch why {
						case "failed":
							s.desk.answers(fails(errAwayInside))
						default:
							s.desk.answers(always(why))
						}
						w := s.post(wechatPush(t, f, m, event.ask(f)))
						fmt.Fprintf(&got, "%v %v %s %s: %d\n%s\n\n", m, f, language, why, w.Code, w.Body)
					}
				}
			}
		}
		golden(t, "replies."+event.event, got.Bytes())
	}
}
