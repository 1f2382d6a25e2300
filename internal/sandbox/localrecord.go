package sandbox

import (
	"slices"
	"sync"
)

// localKey names an order of instant delivery: a shop has one of an id, at whichever
// company.
type localKey struct{ app, shopID, orderID string }

// localOrder is an order of instant delivery and what became of it. Its fields belong
// to the record's lock; turn is a lock of its own.
type localOrder struct {
	localKey
	deliveryID, shopNo string
	attempts           []localAttempt // oldest first; none before the company took it
	wxToken            string         // of the placing that is on its way, or was last
	doubt              bool           // whether the company took that one is not known
	personal           []string       // texts of its placing that nobody is shown
	calls              int            // that claimed or found it and have not left it
	turn               *Turn
}

// localAttempt is one time that the company took the order.
type localAttempt struct {
	wxToken   string // by which the company reports
	waybillID string // "" until the company says it
	status    int
	at        int64 // of the last report
	cancelled bool  // by the merchant; how it ends is for the company to say
	testTips  int64 // fen, at the company for trying
	rider     rider
}

// rider is who delivers, from the company's report.
type rider struct{ name, phone string }

// last is the attempt that counts, nil before there is one.
func (o *localOrder) last() *localAttempt {
	if len(o.attempts) == 0 {
		return nil
	}
	return &o.attempts[len(o.attempts)-1]
}

// localRecord is the platform's memory of orders of instant delivery.
type localRecord struct {
	mu     sync.Mutex
	orders map[localKey]*localOrder
	tokens map[string]*localOrder // by every wx_token that the company has
	oldest []*localOrder
}

func (r *localRecord) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.orders, r.tokens, r.oldest = map[localKey]*localOrder{}, map[string]*localOrder{}, nil
}

// claim returns the order, which is new if there was none of that name. Until the
// company takes it, it is not there for other calls. Who claimed it leaves it.
func (r *localRecord) claim(key localKey) *localOrder {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.orders[key]
	if o == nil {
		o = &localOrder{localKey: key, turn: NewTurn()}
		r.orders[key], r.oldest = o, append(r.oldest, o)
	}
	o.calls++
	return o
}

// find returns an order that the company took, or may have taken. Who found one leaves
// it.
func (r *localRecord) find(key localKey) *localOrder {
	r.mu.Lock()
	defer r.mu.Unlock()
	if o := r.orders[key]; o != nil && (len(o.attempts) > 0 || o.doubt) {
		o.calls++
		return o
	}
	return nil
}

// look is what is known of an order at the moment.
func (r *localRecord) look(o *localOrder) localOrder {
	r.mu.Lock()
	defer r.mu.Unlock()
	return o.copied()
}

func (o *localOrder) copied() localOrder {
	c := *o
	c.attempts = slices.Clone(o.attempts)
	return c
}

// all returns what is known of every order, oldest first.
func (r *localRecord) all() []localOrder {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []localOrder
	for _, o := range r.oldest {
		list = append(list, o.copied())
	}
	return list
}

// change runs f on an order while nobody else looks at it.
func (r *localRecord) change(o *localOrder, f func(*localOrder)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(o)
}

// begin notes that an order is about to be placed, and returns the token that the
// company is to get: the last one again, if the company may have that.
func (r *localRecord) begin(o *localOrder, deliveryID, shopNo, fresh string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	o.deliveryID, o.shopNo = deliveryID, shopNo
	if !o.doubt {
		o.wxToken = fresh
	}
	if r.orders[o.localKey] == o { // else all was forgotten meanwhile
		r.tokens[o.wxToken] = o
	}
	return o.wxToken
}

// took notes that the company took the order. A report may have said so before.
func (r *localRecord) took(o *localOrder, waybillID string, status int, at int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o.arrived(waybillID, status, at)
}

// arrived makes the attempt of the last placing, or completes it.
func (o *localOrder) arrived(waybillID string, status int, at int64) {
	o.doubt = false
	if last := o.last(); last != nil && last.wxToken == o.wxToken {
		if last.waybillID == "" {
			last.waybillID = waybillID
		}
		return
	}
	o.attempts = append(o.attempts, localAttempt{wxToken: o.wxToken, waybillID: waybillID, status: status, at: at})
}

// refused notes that the company did not take the order. If it may have taken an
// earlier try of it, that is still so: it refuses what it has.
func (r *localRecord) refused(o *localOrder) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last := o.last(); !o.doubt && (last == nil || last.wxToken != o.wxToken) {
		delete(r.tokens, o.wxToken)
	}
}

// unknown notes that nobody knows whether the company took the order.
func (r *localRecord) unknown(o *localOrder) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last := o.last(); last == nil || last.wxToken != o.wxToken {
		o.doubt = true
	}
}

// learned takes over what the company says of an order that it was asked about. That
// settles whether it took the last placing: an answer with the waybill of before says
// that it did not.
func (r *localRecord) learned(o *localOrder, waybillID string, status int, at int64) {
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
