// Package express serves WeChat's calls about express orders and accounts: those that
// merchants make, and the one by which carriers report the path of a parcel.
package express

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"carrierhook/internal/sandbox"
)

// Options is what the platform knows of express orders when it starts.
type Options struct {
	DeliveryID     string // the carrier's id at WeChat; must be set
	Accounts       []Account
	Orders         []Order // booked before the sandbox started; each has its account
	CarrierNumbers bool    // the carrier gives the numbers itself: orders are pushed without one

	// OnOrder gives the carrier an order that was put in; nil: it has it, or has not.
	OnOrder func(context.Context, Order) error
}

// API is the calls about express orders and accounts.
type API struct {
	o        Options
	core     *sandbox.API
	accounts accounts
	record   record
}

// New needs to join a platform.
func New(o Options) *API { return &API{o: o} }

// Join is a sandbox.Join.
func (a *API) Join(core *sandbox.API) (sandbox.Family, error) {
	a.core = core
	a.reset()
	const business, carrier = "/cgi-bin/express/business/", "/cgi-bin/express/delivery/"
	return sandbox.Family{
		Calls: []sandbox.Call{
			{Path: business + "order/cancel", Failed: cancelFailure, Do: a.cancelOrder},
			{Path: business + "order/add", Failed: passedOn, Do: a.addOrder},
			{Path: business + "order/get", Failed: sandbox.PlainFailure, Do: a.getOrder},
			{Path: business + "order/batchget", Failed: sandbox.PlainFailure, Do: a.batchGetOrder},
			{Path: business + "delivery/getall", Query: true, Failed: sandbox.PlainFailure, Do: a.getAllDelivery},
			{Path: business + "account/bind", Failed: passedOn, Do: a.bindAccount},
			{Path: business + "quota/get", Failed: passedOn, Do: a.getQuota},
			{Path: business + "path/get", Failed: sandbox.PlainFailure, Do: a.getPath},
			{Path: business + "test_update_order", Failed: sandbox.PlainFailure, Do: a.testUpdateOrder},
			{Path: carrier + "path/update", Carrier: pathNode, Failed: sandbox.PlainFailure, Do: a.updatePath},
			{Path: carrier + "contact/get", Carrier: waybillNode, Failed: sandbox.PlainFailure, Do: a.getContact},
			{Path: carrier + "service/business/update", Carrier: verdictNode, Failed: sandbox.PlainFailure, Do: a.updateBusiness},
			{Path: carrier + "template/preview", Carrier: waybillNode, Failed: sandbox.PlainFailure, Do: a.previewTemplate},
			{Path: "/openapi/logistics.cancelOrder", Who: sandbox.Cloud, Failed: cloudFailure, Do: a.cloudCancelOrder},
		},
		Args: sandbox.CodeArgs,
		Control: []sandbox.Endpoint{
			sandbox.List("orders", func() any { return a.shownOrders() }),
			{Pattern: "POST /orders", Do: a.postOrder},
			{Pattern: "DELETE /orders", Do: a.deleteOrder},
			sandbox.List("accounts", func() any { return a.shownAccounts() }),
			{Pattern: "POST /accounts", Do: a.postAccount},
		},
		Reset: a.reset,
	}, a.check()
}

func (a *API) reset() {
	a.accounts.clear(a.o.Accounts)
	a.record.clear(a.o.Orders)
}

// check reports everything that is wrong with the options.
func (a *API) check() error {
	var errs []error
	switch a.o.DeliveryID {
	case "":
		errs = append(errs, errors.New("the carrier's id must be set"))
	case testDeliveryID:
		errs = append(errs, errors.New("the carrier's id is that of WeChat's own carrier for trying, which is pushed nothing"))
	}
	for _, c := range a.o.Accounts {
		if c.DeliveryID != a.o.DeliveryID {
			errs = append(errs, fmt.Errorf("account %q is at %q, not at the one carrier, %q", c.BizID, c.DeliveryID, a.o.DeliveryID))
		}
	}
	for _, order := range a.o.Orders {
		errs = append(errs, a.checkOrder(order))
	}
	return errors.Join(errs...)
}

// checkOrder checks an order that did not come through order/add.
func (a *API) checkOrder(o Order) error {
	switch _, bound := a.accounts.get(accountKey{o.ShopAppID, o.DeliveryID, o.BizID}); {
	case o.OrderID == "" || o.WaybillID == "" || o.WaybillID == sandbox.CarrierGives || o.Token == "":
		return fmt.Errorf("order %q: order, waybill and token must be set", o.OrderID)
	case len(o.OrderID) > maxOrderID || len(o.WaybillID) > sandbox.MaxID || strings.ContainsFunc(o.OrderID+o.WaybillID, sandbox.Unprintable):
		return errors.New("an order or waybill id is too long, or has control characters")
	case o.AddSource != 0 && o.AddSource != addedElsewhere:
		return fmt.Errorf("order %q: add_source must be 0 or 2", o.OrderID)
	case o.OpenID == "" && o.AddSource != addedElsewhere:
		return fmt.Errorf("order %q: the openid must be set, or add_source be 2", o.OrderID)
	case !bound:
		return fmt.Errorf("order %q: no account %q of %s at %s is bound", o.OrderID, o.BizID, o.ShopAppID, o.DeliveryID)
	}
	return nil
}
