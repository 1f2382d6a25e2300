package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/delivery"
	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// shop pushes the sample shop's orders to a server, each push another.
type shop struct {
	tb   testing.TB
	wx   *sandbox.Platform
	sent int64
}

// order is WeChat's sample, as the next push of an event.
func (s *shop) order(event, orderID string) wechat.InstantOrder {
	s.sent++
	m := demo.Delivery()
	m.ToUserName, m.FromUserName, m.CreateTime, m.Event = "gh_abcdefg", testOpenID, 1533042556+s.sent, event
	m.ShopID, m.ShopNo, m.ShopOrderID, m.DeliverySign = demo.ShopID, demo.ShopNo, orderID, delivery.Sign(demo.ShopID, orderID, demo.ShopSecret)
	if event != wechat.EventPrecreateOrder {
		m.WXToken = fmt.Sprint("WXTOKEN-", s.sent)
	}
	return m
}

// places pushes an order, and wants the code.
func (s *shop) places(code int, m wechat.InstantOrder) wechat.InstantReply {
	s.tb.Helper()
	r, d, err := s.wx.PushInstantOrder(s.tb.Context(), m, "")
	s.answered(code, m.Event, r, d, err)
	return r
}

// send pushes a question about an order or a change of it, and wants the code.
func (s *shop) send(code int, event, orderID, waybillID string) wechat.InstantReply {
	s.tb.Helper()
	s.sent++
	m := wechat.InstantFollowUp{
		ToUserName: "gh_abcdefg", FromUserName: testOpenID, CreateTime: 1533042556 + s.sent, Event: event, ShopID: demo.ShopID, ShopOrderID: orderID,
		ShopNo: demo.ShopNo, WaybillID: waybillID, DeliverySign: delivery.Sign(demo.ShopID, orderID, demo.ShopSecret),
	}
	switch event {
	case wechat.EventAddTips:
		m.Tips = "5.5"
	case wechat.EventCancelOrder, wechat.EventPrecancelOrder:
		m.CancelReasonID = "1"
	}
	r, d, err := s.wx.PushInstantFollowUp(s.tb.Context(), m, "")
	s.answered(code, event, r, d, err)
	return r
}

func (s *shop) answered(code int, event string, r wechat.InstantReply, d sandbox.PushResult, err error) {
	s.tb.Helper()
	if err != nil || r.ResultCode != code {
		s.tb.Fatalf("%s: resultcode %d, want %d: %v\n%s", event, r.ResultCode, code, err, d.Reply)
	}
}

// shops are a pair of servers' shops, one for each.
func (s *pair) shops(t *testing.T) [2]*shop {
	t.Helper()
	return [2]*shop{{tb: t, wx: s.wx[0]}, {tb: t, wx: s.wx[1], sent: 1000}}
}

// An order's whole life, at two servers in turn: placed, reported at the other until
// the shop is closed (205), placed again, given back by its rider, cancelled while one
// is on the way, placed again and delivered. What may not be is refused on the way, at
// both, and the record has every attempt.
func TestDeliveryLife(t *testing.T) {
	t.Parallel()
	s := startPair(t, withSamples(t), time.Hour)
	shops := s.shops(t)
	api := [2]carrier{{tb: t, p: s.p[0]}, {tb: t, p: s.p[1]}}
	const order = "life-1"
	at := time.Now().Add(-time.Minute)
	var numbers []string
	readd := func(server, code int) {
		t.Helper()
		r := shops[server].places(code, shops[server].order(wechat.EventReaddOrder, order))
		if code == 0 {
			if r.OrderStatus != 101 || slices.Contains(numbers, r.WaybillID) || r.Fee != 6900 || r.FinishCode < 1000 || r.PickupCode < 1000 {
				t.Errorf("placed again: %d, fee %d, %s after %q", r.OrderStatus, r.Fee, r.WaybillID, numbers)
			}
			numbers = append(numbers, r.WaybillID)
		}
	}

	readd(0, 1031)
	numbers = append(numbers, shops[0].places(0, shops[0].order(wechat.EventAddOrder, order)).WaybillID)
	shops[1].places(1030, shops[1].order(wechat.EventAddOrder, order))
	for _, status := range []int{102, 201, 205} {
		readd(1, 1033)
		api[1].reports(200, order, numbers[0], status, at)
		at = at.Add(time.Second)
	}
	if reply := api[0].reports(409, order, numbers[0], 202, at); !strings.HasSuffix(reply.Type, ":attempt_ended") {
		t.Errorf("after the end: %+v", reply)
	}
	shops[1].send(1037, wechat.EventCancelOrder, order, numbers[0])
	readd(1, 0)
	readd(0, 1033)
	if reply := api[0].reports(409, order, numbers[0], 102, at); !strings.HasSuffix(reply.Type, ":attempt_superseded") {
		t.Errorf("of the attempt before: %+v", reply)
	}
	api[0].reports(409, order, numbers[1], 302, at)
	shops[0].send(0, wechat.EventAddTips, order, numbers[1])
	shops[1].send(1040, wechat.EventAddTips, order, numbers[1])
	api[0].reports(200, order, numbers[1], 102, at)
	if reply := api[1].reports(200, order, numbers[1], 102, at); reply.Verdict != "repeated" {
		t.Errorf("the same report at the other server: %+v", reply)
	}
	shops[1].send(1039, wechat.EventAddTips, order, numbers[1])
	api[1].reports(200, order, numbers[1], 101, at.Add(time.Second))
	api[0].reports(200, order, numbers[1], 102, at.Add(2*time.Second))
	api[0].reports(200, order, numbers[1], 201, at.Add(3*time.Second))
	for _, event := range []string{wechat.EventPrecancelOrder, wechat.EventPrecancelOrder, wechat.EventCancelOrder} {
		if r := shops[1].send(0, event, order, numbers[1]); r.DeductFee != 200 {
			t.Errorf("%s: %d fen are deducted", event, r.DeductFee)
		}
	}
	readd(0, 0)
	api[1].reports(200, order, numbers[2], 102, at)
	api[1].reports(200, order, numbers[2], 202, at)
	shops[0].send(1038, wechat.EventCancelOrder, order, numbers[2])
	shops[0].send(1041, wechat.EventConfirmReturn, order, numbers[2])
	api[0].reports(200, order, numbers[2], 302, at)
	readd(0, 1034)
	readd(1, 1034)
	shops[1].send(1032, wechat.EventQueryOrder, order, "CH999999999")
	if r := shops[1].send(0, wechat.EventQueryOrder, order, numbers[0]); r.OrderStatus != 205 || r.WaybillID != numbers[0] {
		t.Errorf("the first attempt is %d, %s", r.OrderStatus, r.WaybillID)
	}

	here, there := api[0].delivery(order), api[1].delivery(order)
	if len(there.Pushes) != len(here.Pushes) || len(here.Pushes) != 22 {
		t.Errorf("%d and %d pushes are on record", len(here.Pushes), len(there.Pushes))
	}
	want := []struct {
		status, tips int
		deducted     string
		steps        []int
	}{
		{205, 0, "none", []int{101, 102, 201, 205}},
		{203, 550, "200", []int{101, 102, 101, 102, 201, 203}},
		{302, 0, "none", []int{101, 102, 202, 302}},
	}
	if len(here.Attempts) != len(want) {
		t.Fatalf("%d attempts are on record", len(here.Attempts))
	}
	for i, a := range here.Attempts {
		deducted := "none"
		if a.DeductFee != nil {
			deducted = fmt.Sprint(*a.DeductFee)
		}
		if a.Attempt != i+1 || a.WaybillID != numbers[i] || a.OrderStatus != want[i].status || !slices.Equal(a.statuses(), want[i].steps) ||
			a.Fee != 6900 || a.Distance != 34489 || int(a.Tips) != want[i].tips || deducted != want[i].deducted {
			t.Errorf("attempt %d is on record as %+v, want %+v under %s", i+1, a, want[i], numbers[i])
		}
	}
	out := on(t, s.url).says("", "show", "delivery", demo.ShopID, order)
	for _, part := range []string{
		"order life-1 of shop test_shop_id", "attempt 1, waybill " + numbers[0], "attempt 3, waybill " + numbers[2], "205 not picked up, for the merchant's cause",
		"69.00 yuan, tips 5.50, deducted 2.00", "answered 1033: the order is under way", "reported by push",
	} {
		if !strings.Contains(out, part) {
			t.Errorf("show lacks %q:\n%s", part, out)
		}
	}
	noPersonalData(t, out)
}

// A key is changed without a gap: what was sealed and quoted with the former one holds
// while that is configured, and after a new import without it. A server with another
// key opens nothing, and says so in its log and not to the merchant.
func TestDeliveryKeyRotation(t *testing.T) {
	t.Parallel()
	const other = otherDeliveryKey
	url := withSamples(t)
	var log *output
	at := func(key, previous config.Secret) *shop {
		cfg := testConfig(url, wechat.Plain)
		cfg.Delivery.Key, cfg.Delivery.PreviousKey = key, previous
		p := start(t, cfg)
		log = p.log
		return &shop{tb: t, wx: p.wechat(t, wechat.Plain, wechat.JSON)}
	}
	before := at(demo.DeliveryKey, "")
	quote := before.places(0, before.order(wechat.EventPrecreateOrder, "rotate-1"))
	lost := at(other, "")
	lost.sent = 1000
	lost.places(-1, lost.order(wechat.EventAddOrder, "rotate-1"))
	log.wait(t, `the secret of shop \"`+demo.ShopID+`\" opens with neither delivery.key`)
	both := at(other, demo.DeliveryKey)
	both.sent = 2000
	m := both.order(wechat.EventAddOrder, "rotate-1")
	m.DeliveryToken = quote.DeliveryToken
	both.places(0, m)

	on(t, url, "CARRIERHOOK_DELIVERY_KEY="+other, "CARRIERHOOK_DELIVERY_PREVIOUS_KEY="+demo.DeliveryKey).
		reading("shop_id,secret\n"+demo.ShopID+","+demo.ShopSecret+"\n").says("1 lines: 0 new, 1 changed", "import", "shops", "-")
	lost.places(0, lost.order(wechat.EventAddOrder, "rotate-2"))
	m = lost.order(wechat.EventAddOrder, "rotate-3")
	m.DeliveryToken = quote.DeliveryToken
	lost.places(1020, m)
	before.places(-1, before.order(wechat.EventAddOrder, "rotate-4"))
}
