package handler_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/handler"
	"carrierhook/internal/ledger"
	"carrierhook/internal/wechat"

	"github.com/prometheus/client_golang/prometheus"
)

// delivers makes a desk that answers instant delivery so.
func delivers(d delivery.Decision) func(context.Context, delivery.Request) (delivery.Decision, error) {
	return func(context.Context, delivery.Request) (delivery.Decision, error) { return d, nil }
}

// sameRequest compares what does not show itself when it is printed.
func sameRequest(a, b delivery.Request) bool { return reflect.DeepEqual(a, b) }

// TestWhatTheCourierIsAsked: the rule's request says what the order said, each text
// in its own place.
func TestWhatTheCourierIsAsked(t *testing.T) {
	t.Parallel()
	msg := sampleParcel
	msg.ShopID, msg.ShopNo, msg.ShopOrderID, msg.DeliverySign = " shop ", "no", "order\n", "sign"
	msg.WXToken, msg.DeliveryToken = "wx", "token"
	msg.Sender = wechat.TransportContact{Name: "s1", City: "s2", Address: "s3", AddressDetail: "s4", Phone: "s5", Lng: "1.5", Lat: "2.5", CoordinateType: "0"}
	msg.Receiver = wechat.TransportContact{Name: "r1", City: "r2", Address: "r3", AddressDetail: "r4", Phone: "r5", Lng: "1.6", Lat: "2.6", CoordinateType: "1"}
	msg.Cargo = wechat.TransportCargo{
		Value: "11", Height: "12", Length: "13", Width: "14", Weight: "15", PickupInfo: "c1", DeliveryInfo: "c2", FirstClass: "c3", SecondClass: "c4",
		Goods: []wechat.TransportGoods{{Count: "1", Name: "g1", Price: "2", Unit: "u1"}, {Count: "3", Name: "g2", Price: "4", Unit: "u2"}},
	}
	msg.OrderInfo = wechat.TransportInfo{
		ServiceCode: "i1", OrderType: "1", ExpectedDelivery: "1999999901", ExpectedFinish: "1999999902", ExpectedPickUp: "1999999903", PoiSeq: "i2", Note: "i3",
		OrderTime: "1555220757", IsInsured: "1", DeclaredValue: "21", Tips: "22", IsDirect: "1", CashOnDelivery: "23", CashOnPickup: "24", PickMethod: "2",
		FinishCodeNeeded: "1", PickupCodeNeeded: "0",
	}
	form := delivery.OrderFields{
		ShopID: "shop", ShopNo: "no", OrderID: "order", Sign: "sign", WXToken: "wx", Token: "token",
		Sender:   delivery.ContactFields{Name: "s1", City: "s2", Address: "s3", AddressDetail: "s4", Phone: "s5", Lng: "1.5", Lat: "2.5", CoordinateType: "0"},
		Receiver: delivery.ContactFields{Name: "r1", City: "r2", Address: "r3", AddressDetail: "r4", Phone: "r5", Lng: "1.6", Lat: "2.6", CoordinateType: "1"},
		Cargo: delivery.CargoFields{
			Value: "11", Height: "12", Length: "13", Width: "14", Weight: "15", PickupInfo: "c1", DeliveryInfo: "c2", FirstClass: "c3", SecondClass: "c4",
			Goods: []delivery.GoodsFields{{Count: "1", Name: "g1", Price: "2", Unit: "u1"}, {Count: "3", Name: "g2", Price: "4", Unit: "u2"}},
		},
		Info: delivery.InfoFields{
			ServiceCode: "i1", OrderType: "1", ExpectedDelivery: "1999999901", ExpectedFinish: "1999999902", ExpectedPickUp: "1999999903", PoiSeq: "i2", Note: "i3",
			OrderTime: "1555220757", IsInsured: "1", DeclaredValue: "21", Tips: "22", IsDirect: "1", CashOnDelivery: "23", CashOnPickup: "24", PickMethod: "2",
			FinishCodeNeeded: "1", PickupCodeNeeded: "0",
		},
	}
	for event, what := range orderEvents {
		for _, f := range formats {
			for _, m := range wechat.Modes() {
				s := newServer(t, m)
				msg := msg
				if msg.Event = event; what == delivery.Precreate {
					msg.WXToken = ""
				}
				s.post(wechatPush(t, f, m, wechat.EncodeTransportOrder(f, msg)))
				got := onlyAsked[delivery.Request](t, s.desk)
				form := form
				form.WXToken = msg.WXToken
				want := delivery.NewOrderRequest(ledger.Push{
					ID: msg.Identity(), Event: event, Format: f.String(), Mode: m.String(), Received: got.Push.Received, Binding: got.Push.Binding,
				}, what, form)
				if want.Fault != "" || got.Push.Received.IsZero() || got.Order.Cargo.Goods[1].Name != "g2" {
					t.Fatalf("the test's own order is none: %s", want.Fault)
				}
				if !sameRequest(got, want) {
					t.Errorf("%s %v %v: the request is another one", event, f, m)
				}
			}
		}
	}
}

// TestWhatTheCourierIsAskedAbout: the same of an order that is there.
func TestWhatTheCourierIsAskedAbout(t *testing.T) {
	t.Parallel()
	for event, what := range askEvents {
		for _, f := range formats {
			for _, m := range wechat.Modes() {
				s := newServer(t, m)
				msg := asked(event)
				msg.ShopID, msg.ShopNo, msg.ShopOrderID, msg.WaybillID, msg.DeliverySign = " shop ", "no", "order\n", "way", "sign"
				words := delivery.RequestFields{ShopID: "shop", OrderID: "order", ShopNo: "no", WaybillID: "way", Sign: "sign"}
				switch what {
				case delivery.Cancel, delivery.Precancel:
					msg.CancelReasonID, msg.CancelReason = "6", "so"
					words.CancelReasonID = "6"
				case delivery.Tip:
					msg.Tips, msg.Remark = "7.50", "thanks"
					words.Tips = "7.50"
				}
				s.post(wechatPush(t, f, m, wechat.EncodeTransportAsk(f, msg)))
				got := onlyAsked[delivery.Request](t, s.desk)
				want := delivery.NewRequest(ledger.Push{
					ID: msg.Identity(), Event: event, Format: f.String(), Mode: m.String(), Received: got.Push.Received, Binding: got.Push.Binding,
				}, what, words)
				if want.Fault != "" || got.Push.Received.IsZero() || what == delivery.Tip && got.Tips != 750 || what == delivery.Cancel && got.CancelReasonID != 6 {
					t.Fatalf("the test's own question is none: %s", want.Fault)
				}
				if !sameRequest(got, want) {
					t.Errorf("%s %v %v: the request is another one", event, f, m)
				}
			}
		}
	}
}

// TestDeliveryRepeats: a push that comes again gets the same bytes, though the
// order has come farther, and counts as a repeat.
func TestDeliveryRepeats(t *testing.T) {
	t.Parallel()
	for _, event := range deliveryQuestions() {
		s := newServer(t, wechat.Plain)
		q, body := wechatPush(t, wechat.JSON, wechat.Plain, event.ask(wechat.JSON))
		first := s.post(q, body)
		s.desk.deliver = func(_ context.Context, r delivery.Request) (delivery.Decision, error) {
			d := sampleDecision(r)
			d.Repeat = true
			if r.Kind == delivery.Add || r.Kind == delivery.Readd {
				d.Attempt.Status, d.Attempt.TipsNow, d.Attempt.Message = delivery.Delivered, 9999, "since then"
			}
			return d, nil
		}
		if again := s.post(q, body); !bytes.Equal(first.Body.Bytes(), again.Body.Bytes()) {
			t.Errorf("%s: the repeat got %s, the first %s", event.event, again.Body, first.Body)
		}
		s.counted(t, `carrierhook_repeats_total`, 1)
		s.counted(t, fmt.Sprintf(`carrierhook_pushes_total{event=%q,format="json",mode="plain",result="0"}`, event.event), 2)
		lines := s.logs.FilterMessage("push").All()
		if len(lines) != 2 || lines[0].ContextMap()["repeat"] != false || lines[1].ContextMap()["repeat"] != true {
			t.Errorf("the log:\n%s", s.written)
		}
	}
}

// TestWithoutACourier: where instant delivery is not offered, all its events are
// refused in their own packet, recorded, and nobody decides.
func TestWithoutACourier(t *testing.T) {
	t.Parallel()
	for _, event := range deliveryQuestions() {
		for _, f := range formats {
			for _, m := range wechat.Modes() {
				s := newServer(t, m, func(o *options) { o.Instant = nil })
				shouted := bytes.Replace(event.ask(f), []byte(event.event), []byte(strings.ToUpper(event.event)), 1)
				q, body := wechatPush(t, f, m, shouted)
				w := s.post(q, body)
				if got, want := opened(t, q, f, m, w.Body.Bytes()), event.refusal(f, -1, "不支持该业务"); w.Code != http.StatusOK || !bytes.Equal(got, want) {
					t.Errorf("status %d\n got %s\nwant %s", w.Code, got, want)
				}
				asked, recorded := s.desk.seen()
				if len(asked) != 0 || len(recorded) != 1 {
					t.Fatalf("asked %d times, told %d", len(asked), len(recorded))
				}
				got := recorded[0]
				if got.Event != event.event || got.reason != "not_offered" || got.code == nil || *got.code != -1 || got.ID == (ledger.PushID{}) {
					t.Errorf("recorded %+v", got)
				}
				s.counted(t, fmt.Sprintf(`carrierhook_pushes_total{event=%q,format=%q,mode=%q,result="-1"}`, event.event, f, m), 1)
				s.noFailure(t)
			}
		}
	}
}

// TestSeriesOfACourier: the events of instant delivery can be seen to rise from 0
// where they are offered, and are not there where not.
func TestSeriesOfACourier(t *testing.T) {
	t.Parallel()
	for _, offered := range []bool{true, false} {
		r := prometheus.NewRegistry()
		s := newServer(t, wechat.Plain, func(o *options) {
			if o.Metrics = handler.NewMetrics(r); !offered {
				o.Instant = nil
			}
		})
		s.internal = handler.Internal(s.log, r, []string{"example.com"}, s.health, nil)
		text := s.scrape(t)
		for _, event := range instantEvents {
			for _, f := range formats {
				for _, m := range wechat.Modes() {
					series := fmt.Sprintf("carrierhook_pushes_total{event=%q,format=%q,mode=%q,result=\"0\"} 0\n", event, f, m)
					if strings.Contains(text, series) != offered {
						t.Errorf("offered %v: is there %s: %v", offered, series, !offered)
					}
				}
			}
			if strings.Contains(text, fmt.Sprintf("carrierhook_push_duration_seconds_count{event=%q} 0\n", event)) != offered {
				t.Errorf("offered %v: the time of %s", offered, event)
			}
		}
	}
}

// TestTipsOfAPrice: the merchant's own tip is told with the price.
func TestTipsOfAPrice(t *testing.T) {
	t.Parallel()
	m := parcel("transport_precreate_order")
	m.OrderInfo.Tips = "3.05"
	s := newServer(t, wechat.Plain)
	w := s.post(wechatPush(t, wechat.JSON, wechat.Plain, wechat.EncodeTransportOrder(wechat.JSON, m)))
	if !strings.Contains(w.Body.String(), `,"tips":3.05,`) {
		t.Errorf("%s", w.Body)
	}
}

// TestNoDecisionIsTold: a decision that comes with an error is none. Neither the
// merchant nor the log hears of it.
func TestNoDecisionIsTold(t *testing.T) {
	t.Parallel()
	for _, event := range deliveryQuestions() {
		s := newServer(t, wechat.Plain)
		s.desk.deliver = func(_ context.Context, r delivery.Request) (delivery.Decision, error) {
			d := sampleDecision(r)
			d.Attempt.WaybillID, d.Repeat = "nobody's", true
			return d, errAwayInside
		}
		q, body := wechatPush(t, wechat.XML, wechat.Plain, event.ask(wechat.XML))
		minusOne(t, event, q, wechat.XML, wechat.Plain, s.post(q, body))
		if strings.Contains(s.written.String(), "nobody's") {
			t.Errorf("%s: the log has the waybill of a decision that is none", event.event)
		}
		s.counted(t, `carrierhook_repeats_total`, 0)
	}
}

// TestDispatchIsWholeSeconds: what is not known is 0.
func TestDispatchIsWholeSeconds(t *testing.T) {
	t.Parallel()
	for dispatch, want := range map[time.Duration]int64{0: 0, 90 * time.Second: 90, 1999 * time.Millisecond: 1} {
		for event := range orderEvents {
			s := newServer(t, wechat.Plain)
			couriered(delivery.Decision{Reason: delivery.Accepted, Attempt: sampleAttempt(), Dispatch: dispatch})(s.desk)
			w := s.post(wechatPush(t, wechat.XML, wechat.Plain, wechat.EncodeTransportOrder(wechat.XML, parcel(event))))
			r, err := wechat.DecodeTransportReply(wechat.XML, event, w.Body.Bytes())
			must(t, err)
			if r.DispatchDuration != want {
				t.Errorf("%s: %v is told as %d", event, dispatch, r.DispatchDuration)
			}
		}
	}
}
