package handler_test

import (
	"fmt"
	"sync"
	"testing"

	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// TestEachPushCountsOnce: pushes of all kinds that arrive together count each in
// their own series.
func TestEachPushCountsOnce(t *testing.T) {
	t.Parallel()
	const each = 20
	s := newServer(t, wechat.Plain, func(o *options) { o.MaxInFlight = 1000 })
	s.store.decides(always(waybill.UnknownMerchant))
	codes := map[string]int{"cancel_waybill": 30001, "add_waybill": 10001, "check_biz": 10001, "get_quota": 10001}
	var wg sync.WaitGroup
	for _, event := range eventCases() {
		if _, express := codes[event.event]; !express {
			codes[event.event] = -1 // whose merchants are shops
		}
		for _, f := range formats {
			q, body := wechatPush(t, f, wechat.Plain, event.packet(f))
			for range each {
				wg.Go(func() { s.post(q, body) })
			}
		}
	}
	wg.Wait()
	for event, code := range codes {
		for _, f := range formats {
			s.counted(t, fmt.Sprintf(`carrierhook_pushes_total{account="main",event=%q,format=%q,mode="plain",result="%d"}`, event, f, code), each)
		}
		s.counted(t, fmt.Sprintf(`carrierhook_push_duration_seconds_count{event=%q}`, event), each*float64(len(formats)))
	}
}
