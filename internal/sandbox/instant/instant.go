// Package instant serves WeChat's calls about instant delivery: those that merchants
// make, and the one by which companies report the status of an order.
package instant

import (
	"errors"
	"fmt"
	"strings"

	"carrierhook/internal/sandbox"
)

// Options is what the platform knows of instant delivery when it starts.
type Options struct {
	DeliveryID string   // the carrier's id in instant delivery; "" if it has none
	Shops      []string // the shopids of the first app that are bound to it
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
		"delivery/update_order":         a.updateOrder,
	} {
		family.Calls = append(family.Calls, sandbox.Call{Path: base + path, Failed: failed, Do: do})
	}
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
