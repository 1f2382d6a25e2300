package instant_test

import (
	"strconv"
	"strings"
	"testing"

	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// A company reports with the token of the placing; the platform
// itself answers about what has ended.
func TestUpdateOrder(t *testing.T) {
	t.Parallel()
	d, c := startInstant(t, wechat.JSON, "SFTC")
	d.WantResult(PlacePath, PlaceBody(), 0)
	first := c.LastOrder().WXToken
	if got, want := d.Call(StatusReportPath, StatusReportBody(first)), Sample(t, "api.instant.update_order.response.json"); got != want {
		t.Errorf("%s", got)
	}
	c.Change(func(r *wechat.InstantReply) { r.WaybillID, r.OrderStatus = "W1", 102 })
	if got, want := d.Call(InstantGetPath, FollowUpBody()), strings.Replace(Sample(t, "api.instant.get.response.json"), "123456789", "W1", 1); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	c.Change(nil)
	for _, tt := range []struct{ member, bad string }{
		{"wx_token", ""}, {"wx_token", `"other"`}, {"waybill_id", ""}, {"shopid", ""}, {"shop_order_id", ""}, {"order_status", ""}, {"order_status", "104"},
		{"action_time", ""}, {"action_time", "1638703215000"}, {"action_time", "1654253755"}, {"wxa_path", ""}, {"agent", ""}, {"expected_delivery_time", "-1"},
	} {
		d.WantHint(StatusReportPath, StatusReportBody(first, tt.member, tt.bad), tt.member)
	}
	d.WantHint(StatusReportPath, StatusReportBody(first, "agent", `{"name":"李x利"}`), "agent.phone")
	d.WantHint(StatusReportPath, StatusReportBody(first, "agent", `{"phone":"1358xxxx"}`), "agent.name")
	d.WantHint(StatusReportPath, StatusReportBody(first, "agent", `{"name":"李x利","phone":"1358xxxx","is_phone_encrypted":2}`), "agent.is_phone_encrypted")
	d.WantCode(StatusReportPath, StatusReportBody(first, "shopid", `"1"`), 930563)
	d.WantCode(StatusReportPath, StatusReportBody(first, "shop_order_id", `"1"`), 930563)
	d.WantCode(StatusReportPath, StatusReportBody(first, "waybill_id", `"W2"`), 930563)
	d.WantResult(StatusReportPath, StatusReportBody(first, "shopid", ShopID, "order_status", "204.0", "agent", `{"name":"","phone":"","is_phone_encrypted":0}`), 0) // nobody set one
	before := c.Count()
	for _, path := range []string{InstantCancelPath, PreCancelPath, TipsPath, ConfirmPath} {
		if got := d.Call(path, FollowUpBody()); !strings.HasPrefix(got, `{"errcode":930565,"errmsg":"order ended rid: `) {
			t.Errorf("%s: %s", path, got)
		}
	}
	if c.Count() != before {
		t.Error("the company got a push about an order that has ended")
	}
	d.WantResult(StatusReportPath, StatusReportBody(first, "order_status", "204"), 0) // again
	d.WantCode(StatusReportPath, StatusReportBody(first, "order_status", "205"), 930565)
	d.WantResult(ReaddPath, PlaceBody(), 0)
	d.WantCode(StatusReportPath, StatusReportBody(first, "order_status", "204"), 930565)
	d.WantResult(StatusReportPath, StatusReportBody(c.LastOrder().WXToken, "waybill_id", `"W2"`), 0)
	d.WantResult(TipsPath, FollowUpBody("waybill_id", `"W2"`), 0)
}

// A report may come before the answer to the push, and says the waybill if that does
// not.
func TestUpdateOrderEarly(t *testing.T) {
	t.Parallel()
	d, c := startInstant(t, wechat.JSON, "SFTC")
	d.Carrier.AnswerInstant(func(p *wechat.Push) []byte {
		reply := c.Answer(p)
		d.WantResult(StatusReportPath, StatusReportBody(c.LastOrder().WXToken), 0)
		return reply
	})
	d.WantResult(PlacePath, PlaceBody(), 0)
	if got := d.Show("deliveries"); !strings.Contains(got, `"attempts":[{"waybill_id":"W1","order_status":102,"at":"2021-12-05T11:20:15Z","cancelled":false}]`) {
		t.Errorf("%s", got)
	}
	for _, number := range []string{"EARLY", "LATE"} {
		report := func() {
			d.WantResult(StatusReportPath, StatusReportBody(c.LastOrder().WXToken, "waybill_id", `"`+number+`"`), 0)
		}
		c.Change(func(r *wechat.InstantReply) { r.WaybillID = "" })
		d.Carrier.AnswerInstant(func(p *wechat.Push) []byte {
			reply := c.Answer(p)
			if number == "EARLY" {
				report()
			}
			return reply
		})
		if got := d.WantResult(ReaddPath, PlaceBody(), 0); !strings.Contains(got, `"waybill_id":"",`) {
			t.Errorf("without a waybill in the answer: %s", got)
		}
		d.Carrier.AnswerInstant(c.Answer)
		if number == "LATE" {
			report()
		}
		c.Change(nil)
		d.Call(InstantGetPath, FollowUpBody())
		if last := c.LastFollowUp(); last.WaybillID != number {
			t.Errorf("a push about %q, not %s", last.WaybillID, number)
		}
	}
	// A report says that the order is there even if no right answer follows.
	d.Carrier.AnswerInstant(func(p *wechat.Push) []byte {
		c.Answer(p)
		d.WantResult(StatusReportPath, StatusReportBody(c.LastOrder().WXToken, "shop_order_id", `"second"`), 0)
		return []byte("success")
	})
	d.WantCode(PlacePath, PlaceBody("shop_order_id", `"second"`), 930557)
	if got := d.Show("deliveries"); strings.Contains(got, `"in_doubt":true`) {
		t.Errorf("%s", got)
	}
	d.Reset()
	d.WantHint(StatusReportPath, StatusReportBody(c.LastOrder().WXToken), "wx_token")
}

// Each status is where the order is from then on. After one that ends the attempt another status,
// a cancel and their like are 930565 without a push, and placing it again is for the company to
// decide; after any other the company is pushed.
func TestStatusDecidesWhatFollows(t *testing.T) {
	t.Parallel()
	ends := map[string]bool{"103": true, "203": true, "204": true, "205": true, "302": true, "401": true, "501": true, "502": true}
	for _, status := range []string{"101", "102", "103", "201", "202", "203", "204", "205", "301", "302", "303", "304", "305", "401", "501", "502"} {
		d, c := startInstant(t, wechat.JSON, "SFTC")
		d.WantResult(PlacePath, PlaceBody(), 0)
		token := c.LastOrder().WXToken
		d.WantResult(StatusReportPath, StatusReportBody(token, "order_status", status), 0)
		if got := d.Show("deliveries"); !strings.Contains(got, `"attempts":[{"waybill_id":"W1","order_status":`+status+`,`) {
			t.Errorf("%s: %s", status, got)
		}
		d.WantResult(StatusReportPath, StatusReportBody(token, "order_status", status), 0) // again
		if call := d.LastCall(); !call.Repeat {
			t.Errorf("%s: %+v", status, call)
		}
		before := c.Count()
		if ends[status] {
			d.WantCode(StatusReportPath, StatusReportBody(token, "order_status", map[bool]string{true: "302", false: "501"}[status == "501"]), 930565)
			d.WantCode(InstantCancelPath, FollowUpBody(), 930565)
			d.WantCode(PreCancelPath, FollowUpBody(), 930565)
			if c.Count() != before {
				t.Errorf("%s: the company got a push", status)
			}
		} else {
			d.WantResult(InstantCancelPath, FollowUpBody(), 0)
			d.WantCode(InstantCancelPath, FollowUpBody(), 930565)
			// How it ends is for the company to say, also after a cancel.
			d.WantResult(StatusReportPath, StatusReportBody(token, "order_status", "103"), 0)
			if c.Count() != before+1 {
				t.Errorf("%s: %d pushes", status, c.Count()-before)
			}
		}
		before = c.Count()
		d.WantResult(ReaddPath, PlaceBody(), 0)
		if c.Count() != before+1 {
			t.Errorf("%s: the company was not pushed the order again", status)
		}
		d.WantCode(StatusReportPath, StatusReportBody(token, "order_status", status), 930565) // of the attempt before
		d.WantResult(StatusReportPath, StatusReportBody(c.LastOrder().WXToken, "waybill_id", `"W2"`, "order_status", "102"), 0)
		if call := d.LastCall(); call.Repeat {
			t.Errorf("another attempt: %+v", call)
		}
	}
}

// The record marks a status that goes back, in each attempt by itself: a rider may be another
// one until the goods are picked up, and then they are.
func TestStatusGoesBack(t *testing.T) {
	t.Parallel()
	d, c := startInstant(t, wechat.JSON, "SFTC")
	at := 1638703215
	report := func(waybill string, status int, back, inOrder bool) {
		t.Helper()
		at++
		d.WantResult(StatusReportPath, StatusReportBody(c.LastOrder().WXToken, "waybill_id", `"`+waybill+`"`,
			"order_status", strconv.Itoa(status), "action_time", strconv.Itoa(at)), 0)
		_, keys := d.CarrierCalls("?path=" + StatusReportPath)
		if call := d.LastCall(); call.Back != back || call.Late || call.Repeat || len(keys) != 1 || keys[0].InOrder != inOrder {
			t.Errorf("%d: %+v, %+v", status, call, keys)
		}
	}
	d.WantResult(PlacePath, PlaceBody(), 0)
	for _, status := range []int{102, 201, 102, 101, 202, 301, 304, 501} {
		report("W1", status, false, true)
	}
	d.WantResult(ReaddPath, PlaceBody(), 0)
	for _, status := range []int{101, 102, 301} {
		report("W2", status, false, true)
	}
	report("W2", 202, true, false)
	report("W2", 301, false, false)
	report("W2", 303, false, false)
	report("W2", 301, true, false)
	report("W2", 102, true, false)
	report("W2", 302, false, false)
}
