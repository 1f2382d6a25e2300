package instant

import "strconv"

// Place places an order with a company, as if by a call.
func (a *API) Place(app, shopID, orderID string) {
	a.record.placeOne(orderKey{app, shopID, orderID})
}

// Fill makes the record full.
func (a *API) Fill(taken bool) { a.record.fill(taken) }

// Remembered is how many orders there are, and how many can be found.
func (a *API) Remembered() (orders, found int) { return len(a.record.oldest), len(a.record.orders) }

// Calls are those that have not left an order.
func (a *API) Calls() (n int) {
	for _, o := range a.record.all() {
		n += o.calls
	}
	return n
}

func (r *record) placeOne(key orderKey) {
	o := r.claim(key)
	r.begin(o, "SFTC", "", "token"+key.app+key.orderID)
	r.took(o, "W", statusWaiting, 0)
	r.leave(o)
}

// fill makes the record full: with orders that are under way, or of which only the
// price was queried.
func (r *record) fill(taken bool) {
	for i := 0; len(r.oldest) < maxOrders; i++ {
		key := orderKey{"wxABCD", "122222222", "full" + strconv.Itoa(i)}
		if taken {
			r.placeOne(key)
		} else {
			r.leave(r.claim(key))
		}
	}
}
