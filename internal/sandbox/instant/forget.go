package instant

import (
	"slices"

	"carrierhook/internal/sandbox"
)

// forget makes room: where there are too many orders it drops the
// next to forget. One that a call is at stays, and what it makes of it is waited for, so there
// may be too many for that long. The caller has the lock.
func (r *record) forget() {
	for len(r.oldest) > maxOrders {
		i := r.nextToForget()
		if i < 0 {
			return
		}
		gone := r.oldest[i]
		r.oldest = slices.Delete(r.oldest, i, i+1)
		delete(r.orders, gone.orderKey)
		delete(r.tokens, gone.wxToken)
		for _, a := range gone.attempts {
			delete(r.tokens, a.wxToken)
		}
	}
}

// nextToForget finds the oldest order that no company took, else the oldest that has
// ended, else the oldest: prices that are queried and come to nothing must not cost
// an order that is under way. It is -1 where calls are at all of them.
func (r *record) nextToForget() int {
	over, oldest := -1, -1
	for i, o := range r.oldest {
		switch last := o.last(); {
		case o.calls > 0:
			continue
		case last == nil && !o.doubt:
			return i
		case over < 0 && !o.doubt && sandbox.Ended(last.status):
			over = i
		}
		if oldest < 0 {
			oldest = i
		}
	}
	if over >= 0 {
		return over
	}
	return oldest
}

// leave says that a call is done with an order that it claimed or found.
func (r *record) leave(o *order) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o.calls--
	r.forget()
}
