package calls

import (
	"sync"
	"time"
)

// maxRefusals is how many parcels in a row may be refused for good before the path pauses.
const maxRefusals = 20

// refusals are the parcels that WeChat has refused for good since it took a call. When there
// are many, it is less likely that each is wrong than that the account is, or where the calls
// go: those that wait are not all to be given up meanwhile.
type refusals struct {
	mu      sync.Mutex
	parcels map[string]bool
	paused  time.Time
}

// add takes a refusal of a call that began then, and tells whether the path pauses instead.
// After the pause it counts anew: where all are wrong indeed, they come to an end.
func (r *refusals) add(parcel string, began, now time.Time) (pause bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !began.After(r.paused) {
		return true // it was under way with the one that made the path pause
	}
	if r.parcels == nil {
		r.parcels = map[string]bool{}
	}
	r.parcels[parcel] = true
	if len(r.parcels) <= maxRefusals {
		return false
	}
	clear(r.parcels)
	r.paused = now
	return true
}

// end notes that WeChat took a call.
func (r *refusals) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.parcels)
}
