package outbox

import "time"

// plan is how long after its nth attempt an event is sent again. After the last one it is
// dead.
type plan []time.Duration

// standard is the plan in use, by the standard of webhooks: an event is dead after 75 to 91
// hours. events.retention is longer.
var standard = plan{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// jitter is the part of a wait that chance adds, so that what failed together does not
// come back together.
const jitter = 0.2

// next is how long an event waits after so many attempts; ok is false when it is dead.
// chance is from 0 to 1.
func (p plan) next(attempts int, chance float64) (wait time.Duration, ok bool) {
	if attempts > len(p) {
		return 0, false
	}
	wait = p[max(attempts, 1)-1]
	return wait + time.Duration(chance*jitter*float64(wait)), true
}
