package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/delivery"
	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/wechat"

	"github.com/jackc/pgx/v5"
)

// shop pushes the sample shop's orders to a server, each push another.
type shop struct {
	tb   testing.TB
	wx   *sandbox.Platform
	sent int64
}

// order is WeChat's sample, as the next push of an event.
func (s *shop) order(event, orderID string) wechat.TransportOrder {
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
func (s *shop) places(code int, m wechat.TransportOrder) wechat.TransportReply {
	s.tb.Helper()
	r, d, err := s.wx.DeliverTransportOrder(s.tb.Context(), m, "")
	s.answered(code, m.Event, r, d, err)
	return r
}

// send pushes a question about an order or a change of it, and wants the code.
func (s *shop) send(code int, event, orderID, waybillID string) wechat.TransportReply {
	s.tb.Helper()
	s.sent++
	m := wechat.TransportAsk{
		ToUserName: "gh_abcdefg", FromUserName: testOpenID, CreateTime: 1533042556 + s.sent, Event: event, ShopID: demo.ShopID, ShopOrderID: orderID,
		ShopNo: demo.ShopNo, WaybillID: waybillID, DeliverySign: delivery.Sign(demo.ShopID, orderID, demo.ShopSecret),
	}
	switch event {
	case wechat.EventAddTips:
		m.Tips = "5.5"
	case wechat.EventCancelOrder, wechat.EventPrecancelOrder:
		m.CancelReasonID = "1"
	}
	r, d, err := s.wx.DeliverTransportAsk(s.tb.Context(), m, "")
	s.answered(code, event, r, d, err)
	return r
}

func (s *shop) answered(code int, event string, r wechat.TransportReply, d sandbox.Delivery, err error) {
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
	out, err := runs(t, t.TempDir(), []string{"CARRIERHOOK_DATABASE_URL=" + s.url}, "show", "delivery", demo.ShopID, order)
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
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

// The same push, sixty-four times at once at two servers, gets the same bytes: a
// placing, a placing again and a cancel. One attempt comes of each.
func TestDeliveryRepeatsAtOnce(t *testing.T) {
	t.Parallel()
	for _, f := range []wechat.Format{wechat.XML, wechat.JSON} {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			s := startPair(t, withSamples(t), time.Hour)
			wx := [2]*sandbox.Platform{s.p[0].wechat(t, wechat.Secure, f), s.p[1].wechat(t, wechat.Secure, f)}
			shop := &shop{tb: t, wx: wx[0]}
			const order = "repeated-1"
			// sends sends a push to both servers, and returns the one answer.
			sends := func(packet []byte) string {
				t.Helper()
				const times = 64
				replies := make(chan string, times)
				var all sync.WaitGroup
				for i := range times {
					all.Go(func() {
						d, err := wx[i%2].Deliver(t.Context(), packet, "")
						if err != nil {
							t.Error(err)
						}
						replies <- string(d.Reply)
					})
				}
				all.Wait()
				close(replies)
				first := <-replies
				for r := range replies {
					if r != first {
						t.Errorf("one is answered\n%s\nand one\n%s", first, r)
					}
				}
				return first
			}
			decode := func(event, reply string) wechat.TransportReply {
				t.Helper()
				r, err := wechat.DecodeTransportReply(f, event, []byte(reply))
				if err != nil || r.ResultCode != 0 {
					t.Fatalf("%v\n%s", err, reply)
				}
				return r
			}
			add := wechat.EncodeTransportOrder(f, shop.order(wechat.EventAddOrder, order))
			added := sends(add)
			shop.sent++
			cancel := wechat.EncodeTransportAsk(f, wechat.TransportAsk{
				ToUserName: "gh_abcdefg", FromUserName: testOpenID, CreateTime: 1533042556 + shop.sent, Event: wechat.EventCancelOrder,
				ShopID: demo.ShopID, ShopOrderID: order, ShopNo: demo.ShopNo, WaybillID: decode(wechat.EventAddOrder, added).WaybillID,
				DeliverySign: delivery.Sign(demo.ShopID, order, demo.ShopSecret), CancelReasonID: "6", CancelReason: demo.Delivery().OrderInfo.Note,
			})
			cancelled := sends(cancel)
			readd := wechat.EncodeTransportOrder(f, shop.order(wechat.EventReaddOrder, order))
			again := sends(readd)
			if decode(wechat.EventReaddOrder, again).WaybillID == decode(wechat.EventAddOrder, added).WaybillID {
				t.Errorf("placed again under the old number: %s", again)
			}
			// Each once more, long since, while a later one holds.
			(carrier{tb: t, p: s.p[0]}).reports(200, order, decode(wechat.EventReaddOrder, again).WaybillID, 102, time.Now())
			for packet, answer := range map[string]string{string(add): added, string(cancel): cancelled, string(readd): again} {
				if got := sends([]byte(packet)); got != answer {
					t.Errorf("was answered\n%s\nand is\n%s", answer, got)
				}
			}
			record := (carrier{tb: t, p: s.p[1]}).delivery(order)
			if len(record.Attempts) != 2 || !slices.Equal(record.Attempts[0].statuses(), []int{101, 103}) || !slices.Equal(record.Attempts[1].statuses(), []int{101, 102}) {
				t.Errorf("on record are %+v", record.Attempts)
			}
		})
	}
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

	cmd := process(t.TempDir(), []string{
		"CARRIERHOOK_DATABASE_URL=" + url, "CARRIERHOOK_DELIVERY_KEY=" + other, "CARRIERHOOK_DELIVERY_PREVIOUS_KEY=" + demo.DeliveryKey,
	}, "import", "shops", "-")
	cmd.Stdin = strings.NewReader("shop_id,secret\n" + demo.ShopID + "," + demo.ShopSecret + "\n")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "1 lines: 0 new, 1 changed") {
		t.Fatalf("%v\n%s", err, out)
	}
	lost.places(0, lost.order(wechat.EventAddOrder, "rotate-2"))
	m = lost.order(wechat.EventAddOrder, "rotate-3")
	m.DeliveryToken = quote.DeliveryToken
	lost.places(1020, m)
	before.places(-1, before.order(wechat.EventAddOrder, "rotate-4"))
}

// Shops by the command line: what their signs are worth, and one that is closed.
func TestImportShops(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	putSamples(t, url)
	p := start(t, testConfig(url, wechat.Plain))
	s := &shop{tb: t, wx: p.wechat(t, wechat.Plain, wechat.XML)}
	imports := func(csv, says string, fails bool) {
		t.Helper()
		cmd := process(t.TempDir(), []string{"CARRIERHOOK_DATABASE_URL=" + url, "CARRIERHOOK_DELIVERY_KEY=" + demo.DeliveryKey}, "import", "shops", "-")
		cmd.Stdin = strings.NewReader(csv)
		out, err := cmd.CombinedOutput()
		if (err != nil) != fails || !strings.Contains(string(out), says) || strings.Contains(string(out), "hush") || strings.Contains(string(out), demo.ShopSecret) {
			t.Errorf("want %q, got %v\n%s", says, err, out)
		}
	}
	quotes := func(code int, secret delivery.Secret) {
		t.Helper()
		m := s.order(wechat.EventPrecreateOrder, "o")
		m.ShopID, m.DeliverySign = "mine", delivery.Sign("mine", "o", secret)
		s.places(code, m)
	}
	quotes(1002, "hush-1")
	imports("shop_id,secret\nmine,hush-1\n", "1 lines: 1 new", false)
	quotes(0, "hush-1")
	quotes(1003, "hush-2")
	imports("shop_id,secret\nmine,hush-1\n", "1 lines: 0 new, 0 changed, 1 as they were", false)
	imports("shop_id,secret\nmine,hush-2\n", "1 lines: 0 new, 1 changed", false)
	quotes(1003, "hush-1")
	quotes(0, "hush-2")
	imports("shop_id,secret,active\nmine,hush-2,false\n", "1 changed", false)
	quotes(1002, "hush-2")
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var rows, clear int
	err = conn.QueryRow(t.Context(), "SELECT count(*), count(*) FILTER (WHERE position('hush'::bytea IN secret) > 0) FROM shop WHERE shop_id = 'mine'").Scan(&rows, &clear)
	if err != nil || rows != 1 || clear != 0 {
		t.Errorf("the table has %d rows, %d with a secret in clear: %v", rows, clear, err)
	}
	imports("shop_id,secret\nmine,\n", "line 2, column secret", true)
	imports("shop_id,secret,active\nother,hush-3,maybe\n", "line 2, column active", true)
}

// Where a carrier allows it, an order is cancelled on its way: the goods go back, the
// whole fee is kept, and it is placed again once the shop says that it has them.
func TestDeliveryGoesBack(t *testing.T) {
	t.Parallel()
	cfg := testConfig(withSamples(t), wechat.Plain)
	cfg.Delivery.CancelAfterPickup = true
	p := start(t, cfg)
	s := &shop{tb: t, wx: p.wechat(t, wechat.Plain, wechat.JSON)}
	api := carrier{tb: t, p: p}
	first := s.places(0, s.order(wechat.EventAddOrder, "back-1")).WaybillID
	api.reports(200, "back-1", first, 102, time.Now())
	api.reports(200, "back-1", first, 202, time.Now())
	for _, event := range []string{wechat.EventPrecancelOrder, wechat.EventCancelOrder} {
		if r := s.send(0, event, "back-1", first); r.DeductFee != 6900 {
			t.Errorf("%s: %d fen are deducted", event, r.DeductFee)
		}
	}
	s.send(1038, wechat.EventCancelOrder, "back-1", first)
	s.places(1033, s.order(wechat.EventReaddOrder, "back-1"))
	s.send(0, wechat.EventConfirmReturn, "back-1", first)
	s.send(1037, wechat.EventConfirmReturn, "back-1", first)
	s.places(0, s.order(wechat.EventReaddOrder, "back-1"))
	a := api.delivery("back-1").Attempts
	if len(a) != 2 || !slices.Equal(a[0].statuses(), []int{101, 102, 202, 303, 401}) || a[0].DeductFee == nil || *a[0].DeductFee != 6900 {
		t.Errorf("on record are %+v", a)
	}
}

// An order that no rider takes in time may be placed again; the one before keeps its
// status, and says that it expired. A booked one waits for its time first.
func TestDeliveryExpires(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	cfg := testConfig(url, wechat.Plain)
	cfg.Delivery.Expiry = time.Hour
	p := start(t, cfg)
	s := &shop{tb: t, wx: p.wechat(t, wechat.Plain, wechat.XML)}
	api := carrier{tb: t, p: p}
	first := s.places(0, s.order(wechat.EventAddOrder, "late-1"))
	booked := s.order(wechat.EventAddOrder, "late-2")
	booked.OrderInfo.OrderType, booked.OrderInfo.ExpectedDelivery = "1", fmt.Sprint(time.Now().Add(time.Hour).Unix())
	s.places(0, booked)
	s.places(1033, s.order(wechat.EventReaddOrder, "late-1"))
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	// An hour passes, which brings the other order to the time that it is booked for.
	const passes = "UPDATE delivery_attempt SET placed_at = placed_at - interval '1 hour', expires_at = expires_at - interval '1 hour'"
	if tag, err := conn.Exec(t.Context(), passes); err != nil || tag.RowsAffected() != 2 {
		t.Fatalf("%v, %v", tag, err)
	}
	if a := api.delivery("late-1").Attempts; len(a) != 1 || a[0].Expired {
		t.Errorf("before anybody asks: %+v", a)
	}
	s.places(1033, s.order(wechat.EventReaddOrder, "late-2"))
	again := s.places(0, s.order(wechat.EventReaddOrder, "late-1"))
	a := api.delivery("late-1").Attempts
	if len(a) != 2 || !a[0].Expired || a[0].OrderStatus != 101 || a[0].WaybillID != first.WaybillID || a[1].Expired || a[1].WaybillID != again.WaybillID {
		t.Errorf("on record are %+v", a)
	}
	if reply := api.reports(409, "late-1", first.WaybillID, 102, time.Now()); !strings.HasSuffix(reply.Type, ":attempt_superseded") {
		t.Errorf("a rider who comes late: %+v", reply)
	}
	api.reports(200, "late-1", again.WaybillID, 102, time.Now())
}
