package history

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox/sandboxtest"
)

// calledErrand orders at WeChat, and reports what becomes of it: WeChat is to hear of that by
// the servers' calls. It keeps what WeChat is to have of each waybill and order.
type calledErrand struct {
	*errand
	want map[string][]sandboxtest.Node // by the key of the calls
}

const (
	calledErrands = 2

	// maxLives is how many parcels and orders each has, at most: WeChat remembers so many
	// calls.
	maxLives = 200

	lastOfParcel = byErrand + "parcels whose whole life was reported"
	lastOfOrder  = byErrand + "orders whose whole life was reported"
)

// What happens to a parcel and to an order, with what WeChat hears of it; 0: nothing.
var (
	lifeOfParcel = [][2]int{{100003, 0}, {100001, 100001}, {200001, 200001}, {300001, 200001}, {300005, 300002}, {300003, 300003}}
	lifeOfOrder  = []int{102, 201, 202, 302}
)

func (e *calledErrand) run(ctx context.Context) error {
	defer e.http.CloseIdleConnections()
	for ctx.Err() == nil && e.count < maxLives {
		e.count++
		if err := e.parcel(ctx); err != nil {
			return err
		}
		if err := e.order(ctx); err != nil {
			return err
		}
	}
	return nil
}

// ordered repeats an order until it is taken, some times.
func (e *calledErrand) ordered(ctx context.Context, path, body string) (waybill string, err error) {
	for range 8 {
		if ctx.Err() != nil {
			break
		}
		waybill, err = e.world.platform.order(path, body)
		if errors.Is(err, errTaken) {
			return "", nil
		}
		if waybill != "" || err != nil {
			break
		}
		time.Sleep(time.Duration(10+e.rand.IntN(50)) * time.Millisecond)
	}
	return waybill, err
}

func (e *calledErrand) parcel(ctx context.Context) error {
	number, err := e.ordered(ctx, sandboxtest.AddPath, sandboxtest.AddBody(
		"order_id", fmt.Sprintf(`"called-%d-%d"`, e.id, e.count), "delivery_id", `"`+demo.DeliveryID+`"`, "biz_id", `"`+merchant(1)+`"`, "insured", `{"use_insured":0,"insured_value":0}`))
	if number == "" || err != nil {
		return err
	}
	e.answered = append(e.answered, fact{eventBooked, "waybill " + number})
	for i, what := range lifeOfParcel {
		at := e.at(i)
		body := scan{WaybillID: number, Action: what[0], At: at, Message: "courier said so", Key: fmt.Sprint(i)}
		done, err := e.reported(ctx, number, what[1], at, "/v1/scans", body, fact{eventScanned, "waybill " + number})
		if !done || err != nil {
			return err
		}
	}
	e.tally.note(lastOfParcel, 1)
	return nil
}

func (e *calledErrand) order(ctx context.Context) error {
	id := fmt.Sprintf("called-meal-%d-%d", e.id, e.count)
	number, err := e.ordered(ctx, sandboxtest.PlacePath, sandboxtest.PlaceBody(
		"shopid", `"`+demo.ShopID+`"`, "shop_order_id", `"`+id+`"`, "delivery_id", `"`+demo.InstantDeliveryID+`"`, "delivery_token", "",
		"delivery_sign", `"`+delivery.Sign(demo.ShopID, id, shopKey)+`"`))
	if number == "" || err != nil {
		return err
	}
	parcel := "order " + demo.ShopID + " " + id
	e.answered = append(e.answered, fact{eventPlaced, parcel})
	for i, status := range lifeOfOrder {
		at := e.at(i)
		body := map[string]any{"waybill_id": number, "order_status": status, "action_time": at}
		if status == 102 {
			body["agent"] = rider
		}
		path := "/v1/delivery/orders/" + url.PathEscape(demo.ShopID) + "/" + url.PathEscape(id) + "/status"
		done, err := e.reported(ctx, demo.ShopID+"/"+id, status, at, path, body, fact{eventStatus, parcel})
		if !done || err != nil {
			return err
		}
	}
	e.tally.note(lastOfOrder, 1)
	return nil
}

// at is the time of the nth thing in a life.
func (e *calledErrand) at(n int) int64 { return e.world.begun.Unix() - 100 + int64(n) }

// reported reports something until it is acknowledged, and notes what WeChat is to hear of it.
func (e *calledErrand) reported(ctx context.Context, key string, node int, at int64, path string, body any, f fact) (done bool, err error) {
	tried := false
	for try := 0; try < 20 && !done && ctx.Err() == nil; try++ {
		to := e.world.servers[e.rand.IntN(len(e.world.servers))].at.Load()
		if to == nil {
			time.Sleep(5 * time.Millisecond)
			continue
		}
		tried = true
		if done, err = e.post(ctx, to, path, body); err != nil {
			return false, err
		}
		if !done {
			time.Sleep(time.Duration(e.rand.IntN(50)) * time.Millisecond)
		}
	}
	if done {
		e.answered = append(e.answered, f)
	}
	if (done || tried) && node != 0 {
		e.want[key] = append(e.want[key], sandboxtest.Node{Type: int64(node), Time: at, Maybe: !done})
	}
	return done, nil
}

// called is what WeChat is to have heard of.
func (v *watch) called() map[string][]sandboxtest.Node {
	all := map[string][]sandboxtest.Node{}
	for _, e := range v.calledErrands {
		for key, nodes := range e.want {
			all[key] = nodes
		}
	}
	return all
}
