package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/delivery"
	"carrierhook/internal/demo"
	"carrierhook/internal/wechat"

	"pgregory.net/rapid"
)

// statusCall is a call of updateOrder.
type statusCall struct {
	Token      string     `json:"wx_token"`
	ShopID     string     `json:"shopid"`
	OrderID    string     `json:"shop_order_id"`
	ShopNo     string     `json:"shop_no"`
	WaybillID  string     `json:"waybill_id"`
	Time       int64      `json:"action_time"`
	Status     int        `json:"order_status"`
	Message    string     `json:"action_msg"`
	WxaPath    string     `json:"wxa_path"`
	Agent      *agentCall `json:"agent"`
	ExpectedAt int64      `json:"expected_delivery_time"`
}

type agentCall struct {
	Name      string `json:"name"`
	Phone     string `json:"phone"`
	Encrypted int    `json:"is_phone_encrypted"`
}

// reportedStatus is a status report: by its number, or one of those that may follow.
type reportedStatus struct {
	Next     int // which of those that may follow; -1: Status
	Status   delivery.Status
	Message  string
	Rider    *agentCall
	Expected bool
	Again    bool // it is sent twice
	Readd    bool // the order is placed again where it may be
}

var aDelivery = rapid.Custom(func(t *rapid.T) []reportedStatus {
	report := rapid.Custom(func(t *rapid.T) reportedStatus {
		r := reportedStatus{
			Next: rapid.IntRange(-1, 9).Draw(t, "next"), Status: rapid.SampledFrom(delivery.Statuses()).Draw(t, "status"),
			Message:  rapid.SampledFrom([]string{"", "骑手已接单,电话13800000000"}).Draw(t, "message"),
			Expected: rapid.Bool().Draw(t, "expected"), Again: rapid.Bool().Draw(t, "again"), Readd: rapid.Bool().Draw(t, "readd"),
		}
		if rapid.IntRange(0, 3).Draw(t, "rider") > 0 {
			r.Rider = &agentCall{Name: rapid.SampledFrom([]string{"张三", "李四"}).Draw(t, "name"), Phone: "13800000001", Encrypted: rapid.IntRange(0, 1).Draw(t, "encrypted")}
		}
		return r
	})
	return rapid.SliceOfN(report, 3, 16).Draw(t, "reports")
})

// What WeChat is told of an order of instant delivery are the statuses that were recorded,
// each once and in their order, with the rider and the Token of their attempt.
func TestStatusesAtWeChat(t *testing.T) {
	t.Parallel()
	const orders = 30
	wx, p := startTracks(t, config.CallUpdateOrder)
	api := carrier{tb: t, p: p}
	s := &shop{tb: t, wx: p.wechat(t, wechat.Plain, wechat.JSON)}
	want, total := map[string][]statusCall{}, 0
	for i := range orders {
		id := fmt.Sprint("ride-", i)
		want[id] = followDelivery(t, api, s, id, aDelivery.Example(i))
		total += len(want[id])
	}
	if total < 2*orders {
		t.Fatalf("only %d statuses are expected: are the reports as they should be?", total)
	}
	waitDrained(t, api, func() bool { return wx.count() >= total })
	for id, statuses := range want {
		if got := wx.statuses[id]; !reflect.DeepEqual(got, statuses) && len(got)+len(statuses) > 0 {
			t.Errorf("of %s WeChat was told\n%s, want\n%s", id, jsonText(got), jsonText(statuses))
		}
	}
	if wx.count() != total {
		t.Errorf("WeChat was told of %d statuses, want %d", wx.count(), total)
	}
}

func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// followDelivery reports the statuses of an order, and says which of them WeChat is to hear
// of.
func followDelivery(t *testing.T, api carrier, s *shop, id string, reports []reportedStatus) (want []statusCall) {
	t.Helper()
	placed := s.order(wechat.EventAddOrder, id)
	attempt := s.places(0, placed)
	now := delivery.Waiting
	at := time.Now().Add(-time.Hour).Unix()
	for i, r := range reports {
		if r.Readd && now.Failed() {
			placed = s.order(wechat.EventReaddOrder, id)
			attempt, now = s.places(0, placed), delivery.Waiting
		}
		to := r.Status
		var next []delivery.Status
		for _, to := range delivery.Statuses() {
			if now.CanFollow(to) {
				next = append(next, to)
			}
		}
		if r.Next >= 0 && len(next) > 0 {
			to = next[r.Next%len(next)]
		}
		call := statusCall{
			Token: placed.WXToken, ShopID: demo.ShopID, OrderID: id, ShopNo: demo.ShopNo, WaybillID: attempt.WaybillID, Time: at + int64(i), Status: int(to),
			Message: r.Message, Agent: r.Rider, WxaPath: fmt.Sprintf("pages/o?s=%s&o=%s&w=%s", demo.ShopID, id, attempt.WaybillID),
		}
		body := map[string]any{"waybill_id": call.WaybillID, "order_status": call.Status, "action_time": call.Time, "action_msg": call.Message}
		if r.Rider != nil {
			body["agent"] = map[string]any{"name": r.Rider.Name, "phone": r.Rider.Phone, "phone_encrypted": r.Rider.Encrypted == 1}
		}
		if r.Expected {
			call.ExpectedAt = call.Time + 3600
			body["expected_delivery_time"] = call.ExpectedAt
		}
		for times := 0; times == 0 || times == 1 && r.Again; times++ {
			got, text, _ := fetch(t, http.MethodPost, "http://"+api.p.internal.String()+"/v1/delivery/orders/"+demo.ShopID+"/"+id+"/status",
				jsonText(body), http.Header{"Content-Type": {"application/json"}})
			if got >= 500 {
				t.Errorf("%v: %d %s", body, got, text)
			}
			if strings.Contains(text, `"verdict":"recorded"`) {
				want, now = append(want, call), to
			}
		}
	}
	return want
}
