package express

import (
	"net/http"

	"carrierhook/internal/sandbox"
)

// controlOrder is an order as the control endpoint shows and takes it.
type controlOrder struct {
	ShopAppID  string `json:"shop_app_id"` // when it is posted: the first app if absent
	DeliveryID string `json:"delivery_id"` // the sandbox's carrier if absent
	BizID      string `json:"biz_id"`
	OrderID    string `json:"order_id"`
	WaybillID  string `json:"waybill_id"`
	OpenID     string `json:"openid"`
	AddSource  int    `json:"add_source"`
	Token      string `json:"token"` // for delivery/path/update; made up if absent
}

type shownOrder struct {
	controlOrder
	Placed    bool `json:"placed"`
	Cancelled bool `json:"cancelled"`
	PathItems int  `json:"path_items"`
}

func (a *API) shownOrders() []shownOrder {
	list := []shownOrder{}
	for _, o := range a.record.all() {
		list = append(list, shownOrder{
			controlOrder{o.ShopAppID, o.DeliveryID, o.BizID, o.OrderID, o.WaybillID, o.OpenID, o.AddSource, o.Token},
			o.placed, o.cancelled, len(o.path),
		})
	}
	return list
}

// postOrder puts an order into the platform's record as if the carrier had
// taken it: for carriers that do not answer add_waybill.
func (a *API) postOrder(r *http.Request) (any, error) {
	c := controlOrder{ShopAppID: a.core.Apps[0].ID, DeliveryID: a.o.DeliveryID}
	if err := sandbox.ReadControl(r, &c); err != nil {
		return nil, err
	}
	o := Order{
		ShopAppID: c.ShopAppID, DeliveryID: c.DeliveryID, BizID: c.BizID, OrderID: c.OrderID, WaybillID: c.WaybillID,
		OpenID: c.OpenID, AddSource: c.AddSource, Token: c.Token,
	}
	var err error
	if o.Token == "" {
		o.Token, err = a.core.Platform.Digits(20)
	}
	if err == nil {
		err = a.checkOrder(o)
	}
	if err == nil {
		err = a.record.putNew(o)
	}
	return map[string]string{"status": "recorded", "token": o.Token}, err
}
