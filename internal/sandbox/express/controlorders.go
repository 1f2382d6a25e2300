package express

import (
	"net/http"

	"carrierhook/internal/sandbox"
)

type shownOrder struct {
	Order
	Placed    bool `json:"placed"`
	Cancelled bool `json:"cancelled"`
	PathItems int  `json:"path_items"`
}

func (a *API) shownOrders() []shownOrder {
	list := []shownOrder{}
	for _, o := range a.record.all() {
		list = append(list, shownOrder{o.Order, o.placed, o.cancelled, len(o.path)})
	}
	return list
}

// postOrder puts an order into the platform's record as if the carrier had taken it:
// for carriers that do not answer add_waybill. The shop is the first app if it is
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
	if err == nil {
		err = a.record.putNew(o)
	}
	return map[string]string{"status": "recorded", "token": o.Token}, err
}
