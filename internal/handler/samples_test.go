package handler_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/handler"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// takes are the modes of the pushes that a server of a mode takes.
var takes = map[wechat.Mode][]wechat.Mode{
	wechat.Plain:      {wechat.Plain, wechat.Compatible},
	wechat.Compatible: {wechat.Compatible, wechat.Secure},
	wechat.Secure:     {wechat.Compatible, wechat.Secure},
}

// onEveryServer runs a test for each server and each push that it takes.
func onEveryServer(t *testing.T, name string, test func(t *testing.T, server, m wechat.Mode, f wechat.Format)) {
	for server, pushes := range takes {
		for _, m := range pushes {
			for _, f := range formats {
				t.Run(fmt.Sprintf("%s/%v/%v on %v", name, f, m, server), func(t *testing.T) {
					t.Parallel()
					test(t, server, m, f)
				})
			}
		}
	}
}

// TestSealedSamples sends WeChat's sample packets over a connection, sealed as they
// are, and gets WeChat's sample replies byte for byte but for the samples' layout.
func TestSealedSamples(t *testing.T) {
	t.Parallel()
	onEveryServer(t, "cancel_waybill", func(t *testing.T, server, m wechat.Mode, f wechat.Format) {
		s := newServer(t, server)
		q, body := samplePush(t, f, m)
		// WeChat has sent JSON as text/xml: the type means nothing.
		res, err := http.Post("http://"+s.start(t)+handler.Path+"?"+q.Values().Encode(), "text/xml", bytes.NewReader(body))
		must(t, err)
		defer res.Body.Close()
		got, err := io.ReadAll(res.Body)
		must(t, err)
		like := sample(t, "cancel_waybill.response."+f.String())
		if server != wechat.Plain {
			like = sample(t, "cancel_waybill.secure.response."+f.String())
		}
		got, want := opened(t, q, f, server, got), compact(t, f, opened(t, q, f, server, like))
		if res.StatusCode != http.StatusOK || !bytes.Equal(got, want) || res.Header.Get("Content-Type") != f.ContentType() {
			t.Errorf("%s, %v\n got %s\nwant %s", res.Status, res.Header, got, want)
		}
	})
}

// TestSamples sends WeChat's sample packets of all events, in each mode to each server
// that takes them, and gets WeChat's sample replies byte for byte but for the samples'
// layout and the amounts' decimals.
func TestSamples(t *testing.T) {
	t.Parallel()
	placed := delivery.Attempt{
		WaybillID: sampleNumber, Quote: delivery.Quote{Deliver: 1000, Metres: 1000}, FinishCode: 1024, PickupCode: 2048, Status: delivery.Waiting,
	}
	accepts := func(*fakeStore) {}
	decides := func(how outcome) func(*fakeStore) { return func(s *fakeStore) { s.decides(how) } }
	quota := func(n int64) func(*fakeStore) {
		return func(s *fakeStore) {
			s.account = fixed[waybill.AccountRequest](waybill.AccountDecision{Reason: waybill.Accepted, Quota: n})
		}
	}
	instant := func(d delivery.Decision) func(*fakeStore) { return func(s *fakeStore) { s.decidesInstant(d) } }
	again := instant(delivery.Decision{Reason: delivery.Accepted, Dispatch: 5 * time.Minute, Attempt: placed})
	cancelled := instant(delivery.Decision{Reason: delivery.Accepted, Deduct: 500, Desc: delivery.DescCancelFee})
	tried := map[string]bool{}
	for _, tt := range []struct {
		request, reply string // after the event's name
		set            func(*fakeStore)
	}{
		{"cancel_waybill.request", "", accepts},
		{"cancel_waybill.request", ".minus1", decides(fails(errAway))},
		{"cancel_waybill.request", ".30001", decides(always(waybill.UnknownWaybill))},
		{"cancel_waybill.request", ".30002", decides(always(waybill.NotBooked))},
		{"cancel_waybill.request", ".30003", decides(always(waybill.AlreadyCancelled))},
		{"cancel_waybill.request", ".30004", decides(always(waybill.ServiceContract))},
		{"add_waybill.request", "", accepts},
		{"add_waybill.request.carrier_number", "", accepts},
		{"check_biz.request", "", quota(210)},
		{"check_biz.request.2019", "", quota(210)},
		{"get_quota.request", "", quota(0)},
		{"transport_precreate_order.request", "", instant(delivery.Decision{
			Reason: delivery.Accepted, Quote: placed.Quote, Token: "xxxxxxxx", Dispatch: 5 * time.Minute,
		})},
		{"transport_add_order.request", "", again},
		{"transport_readd_order.request", "", again},
		{"transport_readd_order.request", ".error", instant(delivery.Decision{Reason: delivery.ReceiverWrong, Attempt: placed})},
		{"transport_cancel_order.request", "", cancelled},
		{"transport_precancel_order.request", "", cancelled},
		{"transport_query_order_status.request", "", instant(delivery.Decision{
			Reason: delivery.Accepted, Attempt: delivery.Attempt{WaybillID: sampleNumber, Status: delivery.Assigned},
		})},
		{"transport_add_tips.request", "", again},
		{"transport_confirm_return_to_biz.request", "", again},
	} {
		event, _, _ := strings.Cut(tt.request, ".")
		tried[event] = true
		onEveryServer(t, tt.request+tt.reply, func(t *testing.T, server, m wechat.Mode, f wechat.Format) {
			s := newServer(t, server)
			tt.set(s.store)
			q, body := wechatPush(t, f, m, sample(t, fmt.Sprintf("%s.%v", tt.request, f)))
			w := s.post(q, body)
			got := opened(t, q, f, server, w.Body.Bytes())
			want := withDecimals(compact(t, f, sample(t, fmt.Sprintf("%s.response%s.%v", event, tt.reply, f))))
			want = bytes.Replace(want, []byte("blabla"), []byte("骑手已接单,扣除取消费用"), 1) // which is our text
			if w.Code != http.StatusOK || !bytes.Equal(got, want) || w.Header().Get("Content-Type") != f.ContentType() {
				t.Errorf("status %d, %v\n got %s\nwant %s", w.Code, w.Header(), got, want)
			}
		})
	}
	for _, c := range eventCases() {
		if !tried[c.event] {
			t.Errorf("%s has no sample", c.event)
		}
	}
}

// withDecimals writes a sample's amounts as we do.
func withDecimals(sample []byte) []byte {
	amount := regexp.MustCompile(`((?:fee|tips)(?:>|":))(\d+)\b`)
	return amount.ReplaceAll(sample, []byte("${1}${2}.00"))
}

// TestSampleMessages: the messages of these tests are the samples' pushes.
func TestSampleMessages(t *testing.T) {
	t.Parallel()
	for _, c := range instantCases() {
		for _, f := range formats {
			got := requestFor[delivery.Request](t, f, wechat.Secure, c.packet(f))
			want := requestFor[delivery.Request](t, f, wechat.Secure, sample(t, fmt.Sprintf("%s.request.%v", c.event, f)))
			got.Push.Received = want.Push.Received
			if !reflect.DeepEqual(got, want) || got.Fault != "" {
				t.Errorf("%s %v: another message than the sample, or with the fault %q", c.event, f, got.Fault)
			}
		}
	}
}
