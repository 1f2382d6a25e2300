package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/event"
	"carrierhook/internal/outbox"
	"carrierhook/internal/outbox/calls"
	"carrierhook/internal/store"
	"carrierhook/internal/store/events"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat/client"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// outboxed is WeChat, called by the outbox' senders of events about the test's parcel, order
// and merchant.
type outboxed struct {
	*called
	metrics *calls.Metrics
	sent    int
	result  outbox.Result // of what was sent last
}

const outboxedUser = "gh_abcdefg"

func (w *outboxed) BookedByWeChat(context.Context, []string) (map[string]bool, error) {
	return nil, errors.New("not for one event")
}

func (w *outboxed) PathNode(context.Context, *event.Event) (waybill.PathNode, error) {
	n := w.parcel
	return waybill.PathNode{Token: n.Token, WaybillID: n.WaybillID, At: time.Unix(n.Time, 0), Action: waybill.Action(n.Action), Message: n.Message}, nil
}

func (w *outboxed) OrderStatusCall(context.Context, *event.Event) (delivery.StatusCall, error) {
	s := w.rider
	return delivery.StatusCall{
		Token: s.Token, ShopID: s.ShopID, OrderID: s.ShopOrderID, WaybillID: s.WaybillID, Status: delivery.Status(s.Status), At: time.Unix(s.Time, 0),
	}, nil
}

func (w *outboxed) ReviewCall(context.Context, *event.Event) (waybill.ReviewCall, error) {
	return waybill.ReviewCall{ShopAppID: w.account.ShopAppID, BizID: w.account.BizID, Passed: true}, nil
}

// send has a sender of a call send an event, and fails as the event does.
func (w *outboxed) send(c *client.Client, call string) error {
	how := map[string]calls.Call{
		"updatePath": calls.UpdatePath(w), "updateOrder": calls.UpdateOrder(w, w.rider.WxaPath), "updateBusiness": calls.UpdateBusiness(w),
	}
	of := map[string]event.Event{
		"updatePath":     {Kind: event.WaybillScanned, Body: event.Body{ActionType: 100001, StatusBefore: "booked", Status: "collected"}},
		"updateOrder":    {Kind: event.OrderStatusChanged},
		"updateBusiness": {Kind: event.MerchantReviewed},
	}
	e := of[call]
	e.Time, e.Account, e.Body.Source = time.Unix(1533052800, 0), outboxedUser, event.Source{Token: "dispatch"}
	s := calls.New(calls.Options{Account: "main", UserName: outboxedUser, Client: c, Call: how[call], Metrics: w.metrics, Transient: store.Transient, Logger: zap.NewNop()})
	w.sent++
	w.result = s.Send(context.Background(), &events.Delivery{Stored: events.Stored{Body: e.AppendJSON(nil)}}, "")
	if w.result.OK {
		return nil
	}
	return errors.New(w.result.Failure)
}

// byCommandOnly are the codes that no event's call gets, but what people call by a command.
var byCommandOnly = []int{48006, 76003, 76021, 76022, 9300502, 9300512}

// What the outbox makes of every code of its calls: the event is sent again by its schedule, is
// dead with the code's words, or waits with its whole endpoint, for as long as is written down.
func TestEveryCodeInTheOutbox(t *testing.T) {
	t.Parallel()
	becomes := map[client.Class]outbox.Result{
		client.Transient: {},
		client.Token:     {},
		client.Daily:     {Postponed: true, RetryAfter: 10 * time.Minute}, // or until the day is over
		client.Minute:    {Postponed: true, RetryAfter: time.Minute},
		client.Setup:     {Postponed: true, RetryAfter: 5 * time.Minute},
		client.Permanent: {Dead: true},
	}
	for _, code := range client.Codes() {
		i := slices.IndexFunc(causes, func(c cause) bool { return c.code == code.Number && c.path == code.Path })
		if i < 0 {
			continue // which TestEveryCodeHasItsCause reports
		}
		t.Run(causes[i].name(), func(t *testing.T) {
			t.Parallel()
			w := &outboxed{called: callWeChat(t), metrics: calls.NewMetrics(prometheus.NewRegistry())}
			w.called.send = w.send
			err := causes[i].do(w.called)
			if commands := slices.Contains(byCommandOnly, code.Number); commands || w.sent == 0 {
				if w.sent > 0 || !commands {
					t.Errorf("%d events were sent", w.sent)
				}
				return
			}
			got, want := w.result, becomes[code.Class]
			if err == nil || got.OK || got.Dead != want.Dead || got.Postponed != want.Postponed || got.Refused || got.NoRequest ||
				got.Kind != string(code.Class) || got.RetryAfter > want.RetryAfter || code.Class != client.Daily && got.RetryAfter != want.RetryAfter {
				t.Errorf("%s, which is %s: %+v", causes[i].of, code.Class, got)
			}
			words := code.Words
			if code.Class == client.Daily {
				words = "the day's calls are used up"
			}
			if !strings.Contains(got.Failure, words) {
				t.Errorf("the failure is %q, without %q", got.Failure, words)
			}
		})
	}
}
