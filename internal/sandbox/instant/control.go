package instant

import "time"

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
