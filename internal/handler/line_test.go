package handler_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
)

// TestOneLinePerPush: each push leaves one line with exactly these fields
// beside those of all pushes, and counts once in each metric, under its event and
// its result.
func TestOneLinePerPush(t *testing.T) {
	t.Parallel()
	const orderID = "012345678901234567890123456789"
	given := sampleBooking
	given.WayBillID = "0"
	add := func(f wechat.Format) []byte { return wechat.EncodeAddWaybill(f, given) }
	instantly := func(d delivery.Decision) func(*fakeStore) {
		return func(s *fakeStore) { s.decidesInstant(d) }
	}
	tests := []struct {
		name   string
		packet func(wechat.Format) []byte
		set    func(*fakeStore)
		event  string
		result string
		fields map[string]any
	}{
		{"cancel", caseOf("cancel_waybill").packet, func(s *fakeStore) { s.decides(always(waybill.NotBooked)) }, "cancel_waybill", "30002",
			map[string]any{"reason": "collected", "repeat": false, "biz_id": "xyz", "order_id": orderID, "waybill_id": "123456789"}},
		{"accepted", add, func(*fakeStore) {}, "add_waybill", "0",
			map[string]any{"reason": "accepted", "repeat": false, "biz_id": "xyz", "order_id": orderID, "waybill_id": sampleNumber}},
		{"refused", add, func(s *fakeStore) { s.decides(always(waybill.ReceiverNotServed)) }, "add_waybill", "20005",
			map[string]any{"reason": "receiver_not_served", "repeat": false, "biz_id": "xyz", "order_id": orderID, "waybill_id": "0"}},
		{"approved", caseOf("check_biz").packet, func(*fakeStore) {}, "check_biz", "0", map[string]any{"reason": "accepted", "biz_id": "xyz"}},
		{"balance", caseOf("get_quota").packet, func(s *fakeStore) { s.decides(always(waybill.WrongPassword)) }, "get_quota", "10002",
			map[string]any{"reason": "wrong_password", "biz_id": "xyz"}},
		{"priced", caseOf("transport_precreate_order").packet, func(*fakeStore) {}, "transport_precreate_order", "0",
			map[string]any{"reason": "accepted", "repeat": false, "shop_id": "test_shop_id", "order_id": "test_shop_order_id"}},
		{"placed", caseOf("transport_add_order").packet, func(*fakeStore) {}, "transport_add_order", "0",
			map[string]any{"reason": "accepted", "repeat": false, "shop_id": "test_shop_id", "order_id": "test_shop_order_id", "waybill_id": sampleNumber}},
		{"placed before", caseOf("transport_readd_order").packet, instantly(delivery.Decision{Reason: delivery.OrderUnderWay, Attempt: delivery.Attempt{WaybillID: "before"}}),
			"transport_readd_order", "1033",
			map[string]any{"reason": "order_under_way", "repeat": false, "shop_id": "test_shop_id", "order_id": "test_shop_order_id", "waybill_id": "before"}},
		{"not signed", caseOf("transport_cancel_order").packet, instantly(delivery.Decision{Reason: delivery.WrongSign}), "transport_cancel_order", "1003",
			map[string]any{"reason": "wrong_sign", "repeat": false, "shop_id": "test_shop_id", "order_id": "test_shop_order_id", "waybill_id": sampleNumber}},
		{"how far", caseOf("transport_query_order_status").packet, func(*fakeStore) {}, "transport_query_order_status", "0",
			map[string]any{"reason": "accepted", "repeat": false, "shop_id": "test_shop_id", "order_id": "test_shop_order_id", "waybill_id": sampleNumber}},
		{"not offered", func(f wechat.Format) []byte { return message(f, "event", "Remind_Waybill") }, func(*fakeStore) {}, "remind_waybill", "-1",
			map[string]any{"reason": "not_offered"}},
		{"not ours", func(f wechat.Format) []byte { return message(f, "event", "add_express_path") }, func(*fakeStore) {}, "add_express_path", "success",
			map[string]any{"reason": "not_offered"}},
		{"unknown", func(f wechat.Format) []byte { return message(f, "event", "Another") }, func(*fakeStore) {}, "other", "success",
			map[string]any{"reason": "ignored", "msg_type": "event", "name": "Another"}},
	}
	for _, tt := range tests {
		for f, m := range everyWay {
			t.Run(fmt.Sprintf("%s/%v/%v", tt.name, f, m), func(t *testing.T) {
				t.Parallel()
				s := newServer(t, m)
				tt.set(s.store)
				begun := time.Now()
				s.post(wechatPush(t, f, m, tt.packet(f)))
				if n := s.logs.Len(); n != 1 {
					t.Errorf("%d log lines, want 1:\n%s", n, s.written)
				}
				entry, fields := s.line(t, "push")
				if took, ok := fields["took"].(time.Duration); !ok || took <= 0 || took > time.Since(begun) || entry.Level != zap.InfoLevel {
					t.Errorf("%v, took %v (%T)", entry.Level, fields["took"], fields["took"])
				}
				delete(fields, "took")
				want := map[string]any{"account": "main", "event": tt.event, "format": f.String(), "mode": m.String(), "result": tt.result}
				maps.Copy(want, tt.fields)
				if !maps.Equal(fields, want) {
					t.Errorf("fields %v\n   want %v", fields, want)
				}
				s.counts(t, map[string]float64{
					fmt.Sprintf(`carrierhook_pushes_total{account="main",event=%q,format=%q,mode=%q,result=%q}`, tt.event, f, m, tt.result): 1,
					fmt.Sprintf(`carrierhook_push_duration_seconds_count{event=%q}`, tt.event):                                              1,
					`carrierhook_repeats_total`: 0, `carrierhook_in_flight_pushes`: 0,
				})
			})
		}
	}
}
