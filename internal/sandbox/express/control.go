package express

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"carrierhook/internal/sandbox"
)

type shownOrder struct {
	Order
	Booked    bool `json:"placed"`
	Cancelled bool `json:"cancelled"`
	PathItems int  `json:"path_items"`
}

func (a *API) shownOrders() []shownOrder {
	list := []shownOrder{}
	for _, o := range a.record.all() {
		list = append(list, shownOrder{o.Order, o.booked, o.cancelled, len(o.path)})
	}
	return list
}

// postOrder puts an order into the platform's record as if the carrier had taken it:
// for carriers that do not answer add_waybill, and for orders with a number of one's
// choice. What has its id or its number goes. The shop is the first app if it is
// absent, the carrier the sandbox's, and a token is made up.
func (a *API) postOrder(r *http.Request) (any, error) {
	o := Order{ShopAppID: a.core.Apps[0].ID, DeliveryID: a.o.DeliveryID}
	if err := sandbox.ReadControl(r, &o); err != nil {
		return nil, err
	}
	var err error
	if o.Token == "" {
		o.Token, err = a.core.Platform.Digits(20)
	}
	if err == nil {
		err = a.checkOrder(o)
	}
	if err == nil && a.o.OnOrder != nil {
		err = a.core.AtCarrier("order", a.o.OnOrder(r.Context(), o))
	}
	if err != nil {
		return nil, err
	}
	a.record.put(o)
	return map[string]string{"status": "recorded", "token": o.Token}, nil
}

// deleteOrder makes the platform forget an order. The carrier is told nothing.
func (a *API) deleteOrder(r *http.Request) (any, error) {
	o := Order{ShopAppID: a.core.Apps[0].ID}
	if err := sandbox.ReadControl(r, &o); err != nil {
		return nil, err
	}
	if !a.record.drop(o.key()) {
		return nil, errors.New("there is no order of that id")
	}
	return map[string]string{"status": "forgotten"}, nil
}

// shownAccount has no password.
type shownAccount struct {
	accountKey
	Bound bool `json:"bound"`
}

func (a *API) shownAccounts() []shownAccount {
	list := []shownAccount{}
	for _, key := range a.accounts.keys() {
		_, bound := a.accounts.get(key)
		list = append(list, shownAccount{key, bound})
	}
	return list
}

// postAccount binds an account as if the carrier had agreed: for carriers that do
// not answer check_biz, and for accounts that were right once. The shop is the first
// app if it is absent, and the carrier the sandbox's.
func (a *API) postAccount(r *http.Request) (any, error) {
	c := Account{ShopAppID: a.core.Apps[0].ID, DeliveryID: a.o.DeliveryID}
	if err := sandbox.ReadControl(r, &c); err != nil {
		return nil, err
	}
	switch {
	case c.BizID == "" || len(c.BizID) > sandbox.MaxID || strings.ContainsFunc(c.BizID+string(c.BizPwd), sandbox.Unprintable):
		return nil, errors.New("biz_id is missing or too long, or it or the password has a control character")
	case c.DeliveryID != a.o.DeliveryID:
		return nil, errors.New("the account must be at the one carrier, " + a.o.DeliveryID)
	case !slices.ContainsFunc(a.core.Apps, func(app sandbox.App) bool { return app.ID == c.ShopAppID }):
		return nil, errors.New("shop_app_id is none of the sandbox's apps")
	}
	a.accounts.bind(a.accounts.find(c.key()), &c)
	return map[string]string{"status": "bound"}, nil
}
