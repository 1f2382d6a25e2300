package outbox

import "time"

// schedule is how long after its nth attempt an event is sent again: that of the
// standard. After the last one it is dead.
var schedule = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// jitter is the part of a wait that chance adds, so that what failed together does not
// come back together.
const jitter = 0.2

// standard is the schedule that is in use.
var standard = plan{schedule, 91 * time.Hour}

// plan is how long an event is tried.
type plan struct {
	waits []time.Duration

	// maxAge is how old an event may become at an endpoint that takes nothing: what the
	// schedule gives one that is tried.
	maxAge time.Duration
}

// next is how long an event waits after so many attempts; ok is false when it is dead.
// chance is from 0 to 1.
func (p plan) next(attempts int, chance float64) (wait time.Duration, ok bool) {
	if attempts > len(p.waits) {
		return 0, false
	}
	wait = p.waits[max(attempts, 1)-1]
	return wait + time.Duration(chance*jitter*float64(wait)), true
}
