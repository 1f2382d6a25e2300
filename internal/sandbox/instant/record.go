package instant

import (
	"slices"
	"sync"

	"carrierhook/internal/sandbox"
)

// maxOrders is how many are remembered: see forget.
const maxOrders = 10_000

// orderKey names an order of instant delivery: a shop has one of an id, at whichever
// company.
type orderKey struct{ app, shopID, orderID string }

// order is an order of instant delivery and what became of it. Its fields belong
// to the record's lock; turn is a lock of its own.
type order struct {
	orderKey
	deliveryID, shopNo string
	attempts           []attempt // oldest first; none before the company took it
	wxToken            string    // of the placing that is on its way, or was last
	doubt              bool      // whether the company took that one is unknown
	personal           []string  // texts of its placing that are not shown
	calls              int       // that claimed or found it and have not left it
	turn               *sandbox.Turn
}

// attempt is one time that the company took the order.
type attempt struct {
	wxToken   string // with which the company sends status reports
	waybillID string // "" until the company says it
	status    int
	at        int64 // of the last status report
	cancelled bool  // by the merchant; how it ends is for the company to say
	trialTips int64 // fen, at the company for trying
	rider     rider
}

// rider is the person who delivers, from the company's status report.
type rider struct{ name, phone string }

// last is the attempt that counts, nil before there is one.
func (o *order) last() *attempt {
	if len(o.attempts) == 0 {
		return nil
	}
	return &o.attempts[len(o.attempts)-1]
}

// record is the orders of instant delivery that the platform remembers.
type record struct {
	mu     sync.Mutex
	orders map[orderKey]*order
	tokens map[string]*order // by every wx_token that the company has
	oldest []*order
}

func (r *record) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.orders, r.tokens, r.oldest = map[orderKey]*order{}, map[string]*order{}, nil
}

// claim returns the order, which is new if there was none of that name. Until the
// company takes it, it is not there for other calls. The caller leaves it.
func (r *record) claim(key orderKey) *order {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.orders[key]
	if o == nil {
		o = &order{orderKey: key, turn: sandbox.NewTurn()}
		r.orders[key], r.oldest = o, append(r.oldest, o)
	}
	o.calls++
	return o
}

// find returns an order that the company took, or may have taken. The caller
// leaves it.
func (r *record) find(key orderKey) *order {
	r.mu.Lock()
	defer r.mu.Unlock()
	if o := r.orders[key]; o != nil && (len(o.attempts) > 0 || o.doubt) {
		o.calls++
		return o
	}
	return nil
}

// get is the state of an order at the moment.
func (r *record) get(o *order) order {
	r.mu.Lock()
	defer r.mu.Unlock()
	return o.copied()
}

func (o *order) copied() order {
	c := *o
	c.attempts = slices.Clone(o.attempts)
	return c
}

// all returns the state of every order, oldest first.
func (r *record) all() []order {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []order
	for _, o := range r.oldest {
		list = append(list, o.copied())
	}
	return list
}

// change runs f on an order while nothing else reads it.
func (r *record) change(o *order, f func(*order)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(o)
}

// begin notes that an order is about to be placed, and returns the token that the
// company is to get: the last one again, if the company may have that.
func (r *record) begin(o *order, deliveryID, shopNo, token string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	o.deliveryID, o.shopNo = deliveryID, shopNo
	if !o.doubt {
		o.wxToken = token
	}
	if r.orders[o.orderKey] == o { // else all was forgotten meanwhile
		r.tokens[o.wxToken] = o
	}
	return o.wxToken
}

// took notes that the company took the order. A status report may have said so before.
func (r *record) took(o *order, waybillID string, status int, at int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o.arrived(waybillID, status, at)
}

// arrived makes the attempt of the last placing, or completes it.
func (o *order) arrived(waybillID string, status int, at int64) {
	o.doubt = false
	if last := o.last(); last != nil && last.wxToken == o.wxToken {
		if last.waybillID == "" {
			last.waybillID = waybillID
		}
		return
	}
	o.attempts = append(o.attempts, attempt{wxToken: o.wxToken, waybillID: waybillID, status: status, at: at})
}

// refused notes that the company did not take the order. If it may have taken an
// earlier try of it, that is still so: it refuses what it has.
func (r *record) refused(o *order) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last := o.last(); !o.doubt && (last == nil || last.wxToken != o.wxToken) {
		delete(r.tokens, o.wxToken)
	}
}

// unknown notes that it is unknown whether the company took the order.
func (r *record) unknown(o *order) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last := o.last(); last == nil || last.wxToken != o.wxToken {
		o.doubt = true
	}
}

// learned takes over what the company says in a query. That
// shows whether it took the last placing: an answer with the waybill of before says
// that it did not.
func (r *record) learned(o *order, waybillID string, status int, at int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := o.last()
	switch {
	case o.doubt && (last == nil || last.waybillID != waybillID):
		o.arrived(waybillID, status, at)
		return
	case o.doubt:
		o.doubt = false
		delete(r.tokens, o.wxToken)
	case last == nil:
		return
	}
	last.waybillID, last.status, last.at = waybillID, status, at
}
