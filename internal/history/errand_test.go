package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// errand books parcels and places orders of instant delivery beside the crowd, and
// reports what comes of them: facts of other kinds, each with its event. It keeps what
// was answered to be so.
type errand struct {
	*client
	world    *world
	count    int
	answered []fact
}

const (
	errands  = 3
	shopKey  = "a-key-of-the-shop"
	byErrand = "errands: "
)

func newErrand(i int, w *world, seed uint64, t *tally) (*errand, error) {
	c, err := newClient(teams*teamSize+1+i, seed, t)
	return &errand{client: c, world: w}, err
}

// run goes on until ctx ends.
func (e *errand) run(ctx context.Context) error {
	defer e.http.CloseIdleConnections()
	for ctx.Err() == nil {
		e.count++
		if err := errors.Join(e.parcel(ctx), e.order(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// parcel is booked by a push, and charged.
func (e *errand) parcel(ctx context.Context) error {
	m := demo.Order()
	m.ToUserName, m.FromUserName, m.CreateTime = userName, openID, 1_700_000_000
	m.BizID, m.BizPwd, m.ShopAppID, m.WayBillID = merchant(1), password, "wxshop", sandbox.CarrierGives
	m.OrderID = fmt.Sprintf("order-%d-%d", e.id, e.count)
	var number string
	err := e.insist(ctx, func(p *sandbox.Platform, _ *addresses) (bool, error) {
		r, _, err := p.PushAdd(ctx, m, "")
		ok, err := e.accepted("booking", r.ResultCode, err)
		if ok {
			number = r.WayBillID
		}
		return ok, err
	}, eventBooked, func() string { return "waybill " + number })
	if err != nil || number == "" {
		return err
	}
	return e.insist(ctx, func(_ *sandbox.Platform, to *addresses) (bool, error) {
		return e.post(ctx, to, "/v1/waybills/"+url.PathEscape(m.BizID)+"/"+url.PathEscape(number)+"/charge", nil)
	}, eventCharged, func() string { return "waybill " + number })
}

// order is placed by a push, and a rider takes it.
func (e *errand) order(ctx context.Context) error {
	m := demo.Delivery()
	m.Event, m.ToUserName, m.FromUserName, m.CreateTime = wechat.EventAddOrder, userName, openID, 1_700_000_000
	m.ShopID, m.ShopNo, m.ShopOrderID = demo.ShopID, demo.ShopNo, fmt.Sprintf("meal-%d-%d", e.id, e.count)
	m.DeliverySign, m.WXToken = delivery.Sign(m.ShopID, m.ShopOrderID, shopKey), "WXTOKEN"
	parcel := "order " + m.ShopID + " " + m.ShopOrderID
	var number string
	err := e.insist(ctx, func(p *sandbox.Platform, _ *addresses) (bool, error) {
		r, _, err := p.PushInstantOrder(ctx, m, "")
		ok, err := e.accepted("order", r.ResultCode, err)
		if ok {
			number = r.WaybillID
		}
		return ok, err
	}, eventPlaced, func() string { return parcel })
	if err != nil || number == "" {
		return err
	}
	body := map[string]any{"waybill_id": number, "order_status": 102, "action_time": e.world.begun.Unix(), "agent": rider}
	return e.insist(ctx, func(_ *sandbox.Platform, to *addresses) (bool, error) {
		return e.post(ctx, to, "/v1/delivery/orders/"+url.PathEscape(m.ShopID)+"/"+url.PathEscape(m.ShopOrderID)+"/status", body)
	}, eventStatus, func() string { return parcel })
}

// rider is who has an order. WeChat did not place those of errands, and takes no call about them.
var rider = map[string]any{"name": "rider", "phone": riderPhone}

const riderPhone = "18600001111"

// insist repeats a request until it is answered, at whichever server, some times.
func (e *errand) insist(ctx context.Context, try func(*sandbox.Platform, *addresses) (bool, error), kind string, parcel func() string) error {
	for range 8 {
		to := e.world.servers[e.rand.IntN(len(e.world.servers))].at.Load()
		if to == nil || ctx.Err() != nil {
			time.Sleep(5 * time.Millisecond)
			continue
		}
		ok, err := try(&sandbox.Platform{
			URL: "http://" + to.public + "/wechat/push", Sender: e.send, Client: e.http, Format: wechat.JSON, Tries: 1,
		}, to)
		if err != nil {
			return err
		}
		if ok {
			e.tally.note(byErrand+kind, 1)
			e.answered = append(e.answered, fact{kind, parcel()})
			time.Sleep(time.Duration(e.rand.IntN(100)) * time.Millisecond) // the crowd is what a run is about
			return nil
		}
		time.Sleep(time.Duration(e.rand.IntN(30)) * time.Millisecond)
	}
	return nil
}

// accepted is what an answer to a push says; no answer is none.
func (e *errand) accepted(what string, code int, err error) (bool, error) {
	switch {
	case errors.Is(err, sandbox.ErrNoAnswer) || err == nil && code == -1:
		return false, nil
	case err != nil || code != 0:
		return false, fmt.Errorf("%s: result %d: %w", what, code, err)
	}
	return true, nil
}

func (e *errand) post(ctx context.Context, to *addresses, path string, body any) (bool, error) {
	status, text, err := e.call(ctx, to, http.MethodPost, path, body)
	if err != nil || status == http.StatusServiceUnavailable {
		return false, nil
	}
	var answer said
	if err := json.Unmarshal(text, &answer); err != nil || status != http.StatusOK || answer.Verdict != recorded && answer.Verdict != repeated {
		return false, fmt.Errorf("%s: %d %s: %w", path, status, text, err)
	}
	return true, nil
}

// checkAnswered finds what was answered to be so and has no event.
func checkAnswered(events []entry, answered []fact) (wrong []string) {
	have := map[fact]bool{}
	for _, e := range events {
		have[fact{e.kind, e.parcel}] = true
	}
	for _, f := range answered {
		if !have[f] {
			wrong = append(wrong, fmt.Sprintf("%s: %s was answered, and there is no event of it", f.parcel, f.kind))
		}
	}
	return wrong
}
