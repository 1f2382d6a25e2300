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

// inEvent makes the sample's push of an event of instant delivery.
func inEvent(event string) func(wechat.Format) []byte {
	return func(f wechat.Format) []byte {
		for _, q := range deliveryQuestions() {
			if q.event == event {
				return q.ask(f)
			}
		}
		panic(event)
	}
}

// TestOneLinePerQuestion: each push leaves one line with exactly these fields
// beside those of all pushes, and counts once in each metric, under its event and
// with what WeChat was told.
func TestOneLinePerQuestion(t *testing.T) {
	t.Parallel()
	const orderID = "012345678901234567890123456789"
	given := sampleAdd
	given.WayBillID = "0"
	add := func(f wechat.Format) []byte { return wechat.EncodeAddWaybill(f, given) }
	tests := []struct {
		name   string
		packet func(wechat.Format) []byte
		tell   func(*desk)
		event  string
		result string
		fields map[string]any
	}{
		{"accepted", add, func(*desk) {}, "add_waybill", "0",
			map[string]any{"reason": "accepted", "repeat": false, "biz_id": "xyz", "order_id": orderID, "waybill_id": sampleNumber}},
		{"refused", add, func(d *desk) { d.answers(always(waybill.ReceiverNotServed)) }, "add_waybill", "20005",
			map[string]any{"reason": "receiver_not_served", "repeat": false, "biz_id": "xyz", "order_id": orderID, "waybill_id": "0"}},
		{"approved", questions()[2].ask, func(*desk) {}, "check_biz", "0", map[string]any{"reason": "accepted", "biz_id": "xyz"}},
		{"balance", questions()[3].ask, func(d *desk) { d.answers(always(waybill.WrongPassword)) }, "get_quota", "10002",
			map[string]any{"reason": "wrong_password", "biz_id": "xyz"}},
		{"priced", inEvent("transport_precreate_order"), func(*desk) {}, "transport_precreate_order", "0",
			map[string]any{"reason": "accepted", "repeat": false, "shop_id": "test_shop_id", "order_id": "test_shop_order_id"}},
		{"placed", inEvent("transport_add_order"), func(*desk) {}, "transport_add_order", "0",
			map[string]any{"reason": "accepted", "repeat": false, "shop_id": "test_shop_id", "order_id": "test_shop_order_id", "waybill_id": sampleNumber}},
		{"placed before", inEvent("transport_readd_order"), couriered(delivery.Decision{Reason: delivery.OrderUnderWay, Attempt: delivery.Attempt{WaybillID: "before"}}),
			"transport_readd_order", "1033",
			map[string]any{"reason": "order_under_way", "repeat": false, "shop_id": "test_shop_id", "order_id": "test_shop_order_id", "waybill_id": "before"}},
		{"not signed", inEvent("transport_cancel_order"), couriered(delivery.Decision{Reason: delivery.WrongSign}), "transport_cancel_order", "1003",
			map[string]any{"reason": "wrong_sign", "repeat": false, "shop_id": "test_shop_id", "order_id": "test_shop_order_id", "waybill_id": sampleNumber}},
		{"how far", inEvent("transport_query_order_status"), func(*desk) {}, "transport_query_order_status", "0",
			map[string]any{"reason": "accepted", "repeat": false, "shop_id": "test_shop_id", "order_id": "test_shop_order_id", "waybill_id": sampleNumber}},
		{"not offered", func(f wechat.Format) []byte { return message(f, "event", "Remind_Waybill") }, func(*desk) {}, "remind_waybill", "-1",
			map[string]any{"reason": "not_offered"}},
		{"not ours", func(f wechat.Format) []byte { return message(f, "event", "add_express_path") }, func(*desk) {}, "add_express_path", "success",
			map[string]any{"reason": "not_offered"}},
		{"unknown", func(f wechat.Format) []byte { return message(f, "event", "Another") }, func(*desk) {}, "other", "success",
			map[string]any{"reason": "ignored", "msg_type": "event", "name": "Another"}},
	}
	for _, tt := range tests {
		for _, f := range formats {
			for _, m := range wechat.Modes() {
				t.Run(fmt.Sprintf("%s/%v/%v", tt.name, f, m), func(t *testing.T) {
					t.Parallel()
					s := newServer(t, m)
					tt.tell(s.desk)
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
					want := map[string]any{"event": tt.event, "format": f.String(), "mode": m.String(), "result": tt.result}
					maps.Copy(want, tt.fields)
					if !maps.Equal(fields, want) {
						t.Errorf("fields %v\n   want %v", fields, want)
					}
					s.counts(t, map[string]float64{
						fmt.Sprintf(`carrierhook_pushes_total{event=%q,format=%q,mode=%q,result=%q}`, tt.event, f, m, tt.result): 1,
						fmt.Sprintf(`carrierhook_push_duration_seconds_count{event=%q}`, tt.event):                               1,
						`carrierhook_repeats_total`: 0, `carrierhook_in_flight_pushes`: 0,
					})
				})
			}
		}
	}
}
