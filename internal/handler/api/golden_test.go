package api_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/event"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

// golden compares an answer, its status and headers included, with a file, byte
// for byte.
func golden(t *testing.T, name string, w *httptest.ResponseRecorder) {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d\n", w.Code)
	for _, key := range slices.Sorted(maps.Keys(w.Header())) {
		for _, value := range w.Header()[key] {
			fmt.Fprintf(&b, "%s: %s\n", key, value)
		}
	}
	fmt.Fprintf(&b, "\n%s", w.Body)
	path := filepath.Join("testdata", "golden", name)
	if *update {
		must(t, os.WriteFile(path, b.Bytes(), 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("%s\n got %s\nwant %s", path, b.Bytes(), want)
	}
}

// stored stores two waybills with their scans and pushes.
func (s *server) stored() {
	s.storedOrders()
	o := s.store
	o.merchants["M/2 京东"] = &waybill.Merchant{
		BizID: "M/2 京东", PasswordHash: "x", CancelAllowed: false, Prepaid: true, Quota: 7, Services: []string{"AIR", "LAND"},
	}
	at := time.Unix(1795320000, 0).In(time.FixedZone("China", 8*60*60))
	*o.waybills["W1"] = waybill.Waybill{
		BizID: "M1", ID: "W1", OrderID: "O-W1", ShopAppID: "wx1", Service: "EXPRESS", Account: "gh_1", Status: waybill.Signed, FromQuota: true,
		BookedAt: at.Add(-time.Hour), CollectedAt: at, ChargedAt: at.Add(time.Second), SignedAt: at.Add(time.Hour),
	}
	o.bookings["W1"] = &waybill.Booking{Label: "##杭州##", Pieces: 2, Grams: 1500, InsuredFen: 10000, HasContacts: true}
	o.scans["W1"] = []waybill.RecordedScan{
		{Action: 100001, At: at, Message: "已揽收 <a&b>", Key: "k1", RecordedAt: at.Add(1500 * time.Millisecond), RecordedBy: "gate"},
		{Action: 300003, At: at.Add(time.Hour), Key: "sha256:x", RecordedAt: at.Add(2 * time.Hour), RecordedBy: "local"},
	}
	s.review("gh_1", "M/2 京东", "wx/2").RequestedAt = at
	v := s.review("gh_1", "M2", "wx2")
	v.RequestedAt, v.State, v.DecidedAt, v.DecidedBy, v.Message = at.Add(-time.Minute), waybill.ReviewFailed, at.Add(1234567*time.Microsecond), "gate", "资料不全,请联系客服"
	s.booked("M1", "W2")
	w := o.waybills["W2"]
	w.Status, w.CancelledAt, w.CancelledBy, w.FromQuota = waybill.Cancelled, at.Add(1234567*time.Microsecond), ledger.PushID{1, 2, 255}, false
	s.booked("M/2 京东", "W%3+ 号")
	for i, reason := range []waybill.Reason{waybill.Accepted, waybill.NotBooked, waybill.UnknownWaybill} {
		o.entries = append(o.entries, ledger.Entry{
			At: at.Add(time.Duration(i) * 1001 * time.Millisecond), Serial: int64(i), Event: "cancel_waybill", Format: "xml", Mode: "secure", Account: []string{"gh_1", "gh_1", "gh_2"}[i],
			BizID: "M1", OrderID: "O-W1", WaybillID: "W1", Push: ledger.PushID{byte(i), 9}, ResultCode: new([]int{0, 30002, 30001}[i]),
			Reason: string(reason), Repeat: i == 1, Took: 1234 * time.Microsecond,
		})
	}
	o.entries = append(o.entries, ledger.Entry{
		At: at.Add(time.Minute), Serial: 9, Event: "other_event", Format: "json", Mode: "plain", BizID: "M1", WaybillID: "W9",
		Push: ledger.PushID{7}, Reason: "not_offered", Took: time.Microsecond,
	})
}

// storedOrders stores an order whose first attempt failed, whose second was cancelled and
// whose third waits, and one that was erased.
func (s *server) storedOrders() {
	at := time.Unix(1795000000, 0).In(time.FixedZone("China", 8*60*60))
	r := s.placed("S/1", "单 1?", delivery.PickupFailedShop, delivery.CancelledEarly, delivery.Waiting)
	for i := range r.Attempts {
		a := &r.Attempts[i]
		begun := at.Add(time.Duration(i) * 30 * time.Minute)
		a.PlacedAt, a.ExpiresAt, a.StatusAt = begun.Add(123456*time.Microsecond), begun.Add(2*time.Hour+123456*time.Microsecond), begun.Add(time.Minute)
		a.Steps = []delivery.Step{{Status: delivery.Waiting, At: begun, RecordedAt: begun.Add(123456 * time.Microsecond), RecordedBy: "push"}}
	}
	begun := func(seconds int) time.Time { return at.Add(time.Duration(seconds) * time.Second) }
	first, second, third := &r.Attempts[0], &r.Attempts[1], &r.Attempts[2]
	first.Message, first.Tips, first.TipsNow = "店铺已打烊 <a&b>", 100, 300
	first.Steps = append(first.Steps, delivery.Step{
		Status: delivery.Assigned, At: begun(30), Agent: &delivery.Agent{Name: "李四 <a&b>", Phone: "17000000000", PhoneEncrypted: true},
		ExpectedAt: begun(3600), RecordedAt: begun(31), RecordedBy: "gate",
	}, delivery.Step{
		Status: delivery.PickupFailedShop, At: first.StatusAt, Message: first.Message, RecordedAt: first.StatusAt.Add(2500 * time.Millisecond), RecordedBy: "gate",
	})
	second.CancelPush, second.Deducted, second.CancelReason = [32]byte{1}, 200, 3
	second.Steps = append(second.Steps, delivery.Step{Status: delivery.CancelledEarly, At: second.StatusAt, RecordedAt: second.StatusAt, RecordedBy: "push"})
	third.StatusAt = third.PlacedAt
	for i, p := range []struct {
		event, reason, waybill string
		result                 int
		repeat                 bool
	}{
		{"transport_add_order", "accepted", "D1", 0, false}, {"transport_readd_order", "order_under_way", "D1", 1033, false},
		{"transport_readd_order", "accepted", "D2", 0, false}, {"transport_readd_order", "accepted", "D2", 0, true},
		{"transport_get_agent_pos", "not_offered", "", -1, false},
	} {
		s.store.entries = append(s.store.entries, ledger.Entry{
			At: at.Add(time.Duration(i) * 1001 * time.Millisecond), Serial: int64(20 + i), Event: p.event, Format: "json", Mode: "secure", BizID: "S/1",
			OrderID: "单 1?", WaybillID: p.waybill, Push: ledger.PushID{byte(i), 5}, ResultCode: &p.result, Reason: p.reason, Repeat: p.repeat,
			Took: 4321 * time.Microsecond,
		})
	}
	erased := s.placed("S2", "O2", delivery.Delivered)
	erased.Erased, erased.ShopNo, erased.Attempts[0].Expired = true, "", true
}

// TestGolden: each answer, byte for byte.
func TestGolden(t *testing.T) {
	t.Parallel()
	const (
		collected    = `"action_type":100001,"action_time":1795320000`
		assigned     = `"order_status":102,"action_time":1795320000`
		escapedOrder = "/v1/delivery/orders/S%2F1/%E5%8D%95%201%3F"
	)
	for name, c := range map[string]call{
		"scan_recorded":          {"POST", "/v1/scans", `{"waybill_id":"W%3+ 号",` + collected + `}`, "", ""},
		"scan_repeated":          {"POST", "/v1/scans", `{"waybill_id":"W1",` + collected + `,"action_msg":"已揽收 <a&b>","idempotency_key":"k1"}`, "", ""},
		"scan_unknown_waybill":   {"POST", "/v1/scans", `{"waybill_id":"W9",` + collected + `}`, "", ""},
		"scan_others_waybill":    {"POST", "/v1/scans", `{"waybill_id":"W1","biz_id":"M2",` + collected + `}`, "", ""},
		"scan_waybill_cancelled": {"POST", "/v1/scans", `{"waybill_id":"W2",` + collected + `}`, "", ""},
		"scan_waybill_signed":    {"POST", "/v1/scans", `{"waybill_id":"W1","action_type":400001,"action_time":1795320000}`, "", ""},
		"scan_key_reused":        {"POST", "/v1/scans", `{"waybill_id":"W1",` + collected + `,"idempotency_key":"k1"}`, "", ""},
		"scan_in_future":         {"POST", "/v1/scans", `{"waybill_id":"W1","action_type":100001,"action_time":1999999999}`, "", ""},
		"scan_invalid":           {"POST", "/v1/scans", `{"waybill_id":"W1","action_type":7,"action_time":1999999999}`, "", ""},
		"scan_malformed":         {"POST", "/v1/scans", `{"waybill_id":"W1","Action_type":7}`, "", ""},
		"scan_not_json":          {"POST", "/v1/scans", `{"waybill_id":"W1"`, "", ""},
		"scans": {"POST", "/v1/scans", `[{"waybill_id":"W%3+ 号",` + collected + `},{"waybill_id":"W2",` + collected + `},` +
			`{"waybill_id":"",` + collected + `},{"waybill_id":"W9",` + collected + `},{"waybill_id":"W%3+ 号",` + collected + `}]`, "", ""},
		"endpoints":              {"GET", "/v1/events/endpoints", "", "", ""},
		"endpoint_paused":        {"POST", "/v1/events/endpoints/dispatch/pause", "", "", ""},
		"endpoint_tested":        {"POST", "/v1/events/endpoints/dispatch/test", "", "", ""},
		"deliveries":             {"GET", "/v1/events/deliveries?endpoint=dispatch", "", "", ""},
		"deliveries_page":        {"GET", "/v1/events/deliveries?endpoint=dispatch&limit=1", "", "", ""},
		"events_replayed":        {"POST", "/v1/events/replay", `{"endpoint":"dispatch","dead":true}`, "", ""},
		"events_replay_erased":   {"POST", "/v1/events/replay", `{"endpoint":"dispatch","cursor":"` + testEpoch + `.5"}`, "", ""},
		"waybills":               {"GET", "/v1/waybills?order_id=O-W1", "", "", ""},
		"waybills_none":          {"GET", "/v1/waybills?waybill_id=W9&biz_id=M1", "", "", ""},
		"waybills_invalid":       {"GET", "/v1/waybills", "", "", ""},
		"register_recorded":      {"POST", "/v1/waybills", `{"biz_id":"M/2 京东","waybill_id":"?4 #./..","order_id":"O-4","booked_at":"2026-11-22T12:05:06.5+08:00"}`, "", ""},
		"register_repeated":      {"POST", "/v1/waybills", `{"biz_id":"M1","waybill_id":"W2","order_id":"O-W2","shop_app_id":"wx1","service":"EXPRESS"}`, "", ""},
		"register_merchant":      {"POST", "/v1/waybills", `{"biz_id":"M9","waybill_id":"W8","order_id":"O-8"}`, "", ""},
		"register_number_taken":  {"POST", "/v1/waybills", `{"biz_id":"M1","waybill_id":"W1","order_id":"O-8"}`, "", ""},
		"register_order_taken":   {"POST", "/v1/waybills", `{"biz_id":"M1","waybill_id":"W8","order_id":"O-W1"}`, "", ""},
		"register_service":       {"POST", "/v1/waybills", `{"biz_id":"M1","waybill_id":"W8","order_id":"O-8","service":"nosuch"}`, "", ""},
		"register_in_future":     {"POST", "/v1/waybills", `{"biz_id":"M1","waybill_id":"W8","order_id":"O-8","booked_at":"2036-11-22T04:05:06Z"}`, "", ""},
		"history":                {"GET", "/v1/waybills/M1/W1", "", "", ""},
		"history_cancelled":      {"GET", "/v1/waybills/M1/W2", "", "", ""},
		"history_escaped":        {"GET", "/v1/waybills/M%2F2%20%E4%BA%AC%E4%B8%9C/W%253+%20号", "", "", ""},
		"history_pushes_only":    {"GET", "/v1/waybills/M1/W9", "", "", ""},
		"history_none":           {"GET", "/v1/waybills/M2/W1", "", "", ""},
		"charge_recorded":        {"POST", "/v1/waybills/M%2F2%20%E4%BA%AC%E4%B8%9C/W%253%2B%20号/charge", `{"charged_at":"2026-11-22T04:05:06Z"}`, "", ""},
		"charge_now":             {"POST", "/v1/waybills/M%2F2%20%E4%BA%AC%E4%B8%9C/W%253%2B%20号/charge", "", "", ""},
		"charge_repeated":        {"POST", "/v1/waybills/M1/W1/charge", "", "", ""},
		"charge_cancelled":       {"POST", "/v1/waybills/M1/W2/charge", "", "", ""},
		"charge_unknown":         {"POST", "/v1/waybills/M2/W2/charge", "", "", ""},
		"charge_in_future":       {"POST", "/v1/waybills/M%2F2%20%E4%BA%AC%E4%B8%9C/W%253%2B%20号/charge", `{"charged_at":"2036-11-22T04:05:06Z"}`, "", ""},
		"pushes":                 {"GET", "/v1/pushes?from=2026-11-21T00:00:00Z&to=2026-11-23T00:00:00Z", "", "", ""},
		"pushes_page":            {"GET", "/v1/pushes?biz_id=M1&waybill_id=W1&limit=2", "", "", ""},
		"pushes_none":            {"GET", "/v1/pushes?biz_id=M1&waybill_id=W7", "", "", ""},
		"pushes_invalid":         {"GET", "/v1/pushes?limit=0", "", "", ""},
		"events":                 {"GET", "/v1/events?limit=2&kinds=waybill.scanned", "", "", ""},
		"events_none":            {"GET", "/v1/events?after=latest", "", "", ""},
		"events_gone":            {"GET", "/v1/events?after=" + cursor(9), "", "", ""},
		"events_unknown":         {"GET", "/v1/events?kind=waybill.scanned", "", "", ""},
		"events_invalid":         {"GET", "/v1/events?kinds=waybill.lost", "", "", ""},
		"merchant":               {"GET", "/v1/merchants/M%2F2%20%E4%BA%AC%E4%B8%9C", "", "", ""},
		"merchant_none":          {"GET", "/v1/merchants/M9", "", "", ""},
		"merchant_created":       {"PUT", "/v1/merchants/M3", `{"password":"` + password + `","quota":5,"services":["B","A","B"]}`, "", ""},
		"merchant_changed":       {"PUT", "/v1/merchants/M%2F2%20%E4%BA%AC%E4%B8%9C", `{"no_password":true,"cancel_allowed":true,"quota":null,"services":null}`, "", ""},
		"merchant_no_password":   {"PUT", "/v1/merchants/M3", `{"quota":5}`, "", ""},
		"merchant_empty":         {"PUT", "/v1/merchants/M1", `{"password":""}`, "", ""},
		"reviews":                {"GET", "/v1/reviews", "", "", ""},
		"reviews_pending":        {"GET", "/v1/reviews?state=pending&limit=1", "", "", ""},
		"reviews_none":           {"GET", "/v1/reviews?state=failed&cursor=" + behindAll, "", "", ""},
		"reviews_invalid":        {"GET", "/v1/reviews?state=new", "", "", ""},
		"review_passed":          {"PUT", "/v1/reviews/gh_1/M1/wx1", `{"passed":true}`, "", ""},
		"review_failed":          {"PUT", "/v1/reviews/gh_1/M%2F2%20%E4%BA%AC%E4%B8%9C/wx%2F2", `{"passed":false,"message":" 资料不全 <a&b>\n"}`, "", ""},
		"review_repeated":        {"PUT", "/v1/reviews/gh_1/M2/wx2", `{"passed":false,"message":"资料不全,请联系客服"}`, "", ""},
		"review_none":            {"PUT", "/v1/reviews/gh_2/M1/wx1", `{"passed":true}`, "", ""},
		"review_no_message":      {"PUT", "/v1/reviews/gh_1/M1/wx1", `{"passed":false}`, "", ""},
		"review_no_result":       {"PUT", "/v1/reviews/gh_1/M1/wx1", `{"message":"no"}`, "", ""},
		"status_recorded":        {"POST", escapedOrder + "/status", `{"waybill_id":"D3",` + assigned + `,"action_msg":"骑手已接单 <a&b>","agent":{"name":"张三","phone":"13800000000","phone_encrypted":false},"expected_delivery_time":1795007200}`, "", ""},
		"status_agent_invalid":   {"POST", escapedOrder + "/status", `{"waybill_id":"D3",` + assigned + `,"agent":{"phone":"13800000000"}}`, "", ""},
		"status_agent_malformed": {"POST", escapedOrder + "/status", `{"waybill_id":"D3",` + assigned + `,"agent":{"phone":"13800000000","reach_time":1}}`, "", ""},
		"status_repeated":        {"POST", escapedOrder + "/status", `{"waybill_id":"D1","order_status":205,"action_time":1795000060,"action_msg":" 店铺已打烊 <a&b>"}`, "", ""},
		"status_unknown_order":   {"POST", "/v1/delivery/orders/S%2F1/O9/status", `{"waybill_id":"D3",` + assigned + `}`, "", ""},
		"status_unknown_waybill": {"POST", escapedOrder + "/status", `{"waybill_id":"D4",` + assigned + `}`, "", ""},
		"status_superseded":      {"POST", escapedOrder + "/status", `{"waybill_id":"D2",` + assigned + `}`, "", ""},
		"status_ended":           {"POST", "/v1/delivery/orders/S2/O2/status", `{"waybill_id":"D1",` + assigned + `}`, "", ""},
		"status_not_allowed":     {"POST", escapedOrder + "/status", `{"waybill_id":"D3","order_status":302,"action_time":1795320000}`, "", ""},
		"status_in_future":       {"POST", escapedOrder + "/status", `{"waybill_id":"D3","order_status":102,"action_time":1999999999}`, "", ""},
		"status_invalid":         {"POST", escapedOrder + "/status", `{"waybill_id":"D3","order_status":100,"action_time":1999999999}`, "", ""},
		"status_malformed":       {"POST", escapedOrder + "/status", `{"waybill_id":"D3","status":102}`, "", ""},
		"order":                  {"GET", escapedOrder, "", "", ""},
		"order_erased":           {"GET", "/v1/delivery/orders/S2/O2", "", "", ""},
		"order_none":             {"GET", "/v1/delivery/orders/S2/O1", "", "", ""},
		"order_pushes":           {"GET", "/v1/pushes?biz_id=S/1&order_id=%E5%8D%95+1?&event=transport_readd_order&reason=order_under_way&result=1033", "", "", ""},
		"path_unknown":           {"GET", "/v1/nothing", "", "", ""},
		"method":                 {"DELETE", "/v1/merchants/M1", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.stored()
			s.happened(event.WaybillScanned)
			s.happened(event.OrderPlaced)
			s.happened(event.WaybillScanned)
			golden(t, name, s.call(t, c.method, strings.ReplaceAll(c.target, "号", "%E5%8F%B7"), c.body))
		})
	}
}
