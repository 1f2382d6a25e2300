// Package instant serves WeChat's calls about instant delivery: those that merchants
// make, and the one by which companies report the status of an order.
package instant

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"carrierhook/internal/sandbox"
)

// Options is what the platform knows of instant delivery when it starts.
type Options struct {
	DeliveryID string   // the carrier's id in instant delivery; "" if it has none
	Shops      []string // the shopids of the first app that are bound to it
	NoToken    string   // a delivery_token that stands for none, as in a page's sample
}

// API is the calls about instant delivery.
type API struct {
	o      Options
	core   *sandbox.API
	record record
}

// New needs to join a platform.
func New(o Options) *API { return &API{o: o} }

// Join is a sandbox.Join.
func (a *API) Join(core *sandbox.API) (sandbox.Family, error) {
	a.core = core
	const base = "/cgi-bin/express/local/"
	family := sandbox.Family{
		Args:    codeArgs,
		Control: []sandbox.Endpoint{sandbox.List("deliveries", func() any { return a.shownOrders() })},
		Reset:   a.record.clear,
	}
	for path, do := range map[string]func(sandbox.Request) (any, *sandbox.Failure){
		"business/order/pre_add":        a.preAddOrder,
		"business/order/add":            a.addOrder,
		"business/order/readd":          a.reOrder,
		"business/order/cancel":         a.cancelOrder,
		"business/order/precancel":      a.preCancelOrder,
		"business/order/get":            a.getOrder,
		"business/order/addtips":        a.addTips,
		"business/order/confirm_return": a.confirmReturn,
		"business/test_update_order":    a.mockUpdateOrder,
	} {
		family.Calls = append(family.Calls, sandbox.Call{Path: base + path, Failed: failed, Do: do})
	}
	family.Calls = append(family.Calls, sandbox.Call{Path: base + "delivery/update_order", Carrier: statusNode, Failed: failed, Do: a.updateOrder})
	return family, a.o.check()
}

// check reports everything that is wrong with the options.
func (o Options) check() error {
	var errs []error
	switch id := o.DeliveryID; {
	case id == testDeliveryID:
		errs = append(errs, errors.New("the carrier's id in instant delivery is that of WeChat's own company for trying, which is pushed nothing"))
	case id == "" && len(o.Shops) > 0:
		errs = append(errs, errors.New("shops can be bound only if the carrier has an id in instant delivery"))
	case len(id) > sandbox.MaxID || strings.ContainsFunc(id, sandbox.Unprintable):
		errs = append(errs, errors.New("the carrier's id in instant delivery is too long, or has a control character"))
	}
	for _, shop := range o.Shops {
		if shop == "" || len(shop) > sandbox.MaxID || strings.ContainsFunc(shop, sandbox.Unprintable) {
			errs = append(errs, fmt.Errorf("shop %q: the id is missing or too long, or has a control character", shop))
		}
	}
	return errors.Join(errs...)
}

// shownOrder is an order of instant delivery as the control endpoint shows it:
// without a token, and without anything of people or goods.
type shownOrder struct {
	ShopAppID  string         `json:"shop_app_id"`
	DeliveryID string         `json:"delivery_id"`
	ShopID     string         `json:"shopid"`
	OrderID    string         `json:"shop_order_id"`
	ShopNo     string         `json:"shop_no"`
	InDoubt    bool           `json:"in_doubt"` // whether the company took the last placing is unknown
	Attempts   []shownAttempt `json:"attempts"` // oldest first
}

type shownAttempt struct {
	WaybillID string    `json:"waybill_id"`
	Status    int       `json:"order_status"`
	At        time.Time `json:"at"`
	Cancelled bool      `json:"cancelled"` // by the merchant
}

func (a *API) shownOrders() []shownOrder {
	list := []shownOrder{}
	for _, o := range a.record.all() {
		if len(o.attempts) == 0 && !o.doubt {
			continue // never taken
		}
		shown := shownOrder{o.app, o.deliveryID, o.shopID, o.orderID, o.shopNo, o.doubt, []shownAttempt{}}
		for _, n := range o.attempts {
			shown.Attempts = append(shown.Attempts, shownAttempt{n.waybillID, n.status, time.Unix(n.at, 0).UTC(), n.cancelled})
		}
		list = append(list, shown)
	}
	return list
}
