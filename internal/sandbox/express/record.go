package express

import (
	"errors"
	"slices"
	"sync"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// What the platform remembers of the past. The oldest is forgotten first.
const (
	maxOrders   = 10_000
	maxPath     = 200 // of one order
	maxAccounts = 1000
)

// Order is a merchant's order with a waybill number. In JSON it is as the control
// endpoint shows and takes it.
type Order struct {
	ShopAppID   string             `json:"shop_app_id"`
	DeliveryID  string             `json:"delivery_id"`
	BizID       string             `json:"biz_id"`
	OrderID     string             `json:"order_id"`
	WaybillID   string             `json:"waybill_id"`
	OpenID      string             `json:"openid"`     // of the user; empty only with AddSource 2
	AddSource   int                `json:"add_source"` // 2: ordered elsewhere than in a mini program
	Token       string             `json:"token"`      // with which the carrier sends scans
	WaybillData []sandbox.KeyValue `json:"-"`

	Sender, Receiver wechat.Contact `json:"-"` // for the carrier; nobody else is shown them
}

// PathItem is a scan of a parcel.
type PathItem struct {
	ActionTime int64  `json:"action_time"`
	ActionType int64  `json:"action_type"`
	ActionMsg  string `json:"action_msg"`
}

// order is an Order and what became of it. Its fields belong to the record's
// lock; turn has its own.
type order struct {
	Order
	booked    bool // the carrier took it
	cancelled bool
	path      []PathItem
	turn      *sandbox.Turn
}

// record is the orders that the platform remembers. Merchants see their own only.
type record struct {
	mu        sync.Mutex
	orders    map[orderKey]*order
	byWaybill map[string]*order
	oldest    []orderKey
}

type orderKey struct{ shop, id string }

func (o Order) key() orderKey { return orderKey{o.ShopAppID, o.OrderID} }

// clear forgets everything but the orders that are booked from the start.
func (r *record) clear(booked []Order) {
	r.mu.Lock()
	r.orders, r.byWaybill, r.oldest = map[orderKey]*order{}, map[string]*order{}, nil
	r.mu.Unlock()
	for _, o := range booked {
		r.put(o)
	}
}

// put records an order that the carrier has already, as it is. An order of that id, and
// one that had the waybill's number, are forgotten.
func (r *record) put(o Order) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, old := range []*order{r.orders[o.key()], r.byWaybill[o.WaybillID]} {
		r.forget(old)
	}
	r.add(o).booked = true
}

// drop forgets an order, and tells whether there was one.
func (r *record) drop(key orderKey) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.forget(r.orders[key])
}

// claim returns the order, which is new and not yet booked if there was none
// with its id. A new one gets its number and its token from give.
func (r *record) claim(o Order, give func(*Order) error) (*order, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if old := r.orders[o.key()]; old != nil {
		return old, nil
	}
	if err := give(&o); err != nil {
		return nil, err
	}
	return r.add(o), nil
}

// add makes a new order; the caller has the lock.
func (r *record) add(o Order) *order {
	key := o.key()
	n := &order{Order: o, turn: sandbox.NewTurn()}
	r.orders[key], r.byWaybill[o.WaybillID] = n, n
	r.oldest = append(r.oldest, key)
	if len(r.oldest) > maxOrders {
		r.forget(r.orders[r.oldest[0]])
	}
	return n
}

// forget removes an order, if it is there; the caller has the lock.
func (r *record) forget(o *order) bool {
	if o == nil || r.orders[o.key()] != o {
		return false
	}
	delete(r.orders, o.key())
	if r.byWaybill[o.WaybillID] == o {
		delete(r.byWaybill, o.WaybillID)
	}
	i := slices.Index(r.oldest, o.key()) // the first, when room is made
	r.oldest = slices.Delete(r.oldest, i, i+1)
	return true
}

// change runs f on an order while nothing else reads it.
func (r *record) change(o *order, f func(*order)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(o)
}

// book notes that the carrier took the order, under the number that it gave.
// The error says that another order has that number.
func (r *record) book(o *order, waybillID string, data []sandbox.KeyValue) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if other := r.byWaybill[waybillID]; other != nil && other != o {
		return errors.New("WayBillID of the reply is another order's")
	}
	if r.byWaybill[o.WaybillID] == o {
		delete(r.byWaybill, o.WaybillID)
	}
	o.booked, o.WaybillID, o.WaybillData = true, waybillID, data
	if r.orders[o.key()] == o { // else it was forgotten meanwhile
		r.byWaybill[waybillID] = o
	}
	return nil
}

// find returns a booked order of a shop and its state at the moment.
func (r *record) find(shop, id string) (*order, order) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return stateOf(r.orders[orderKey{shop, id}])
}

// waybill is find by the waybill's number.
func (r *record) waybill(id string) (*order, order) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return stateOf(r.byWaybill[id])
}

// all returns the state of every order, oldest first.
func (r *record) all() []order {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []order
	for _, key := range r.oldest {
		list = append(list, *r.orders[key])
	}
	return list
}

// stateOf is none for an order that is not booked.
func stateOf(o *order) (*order, order) {
	if o == nil || !o.booked {
		return nil, order{}
	}
	return o, *o
}

// addPathItem adds a scan to an order's path.
func (r *record) addPathItem(o *order, item PathItem) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(o.path) == maxPath {
		o.path = o.path[1:]
	}
	// A reader of the old slice does not see it: what it shows is never written.
	o.path = append(o.path, item)
}
