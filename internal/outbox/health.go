package outbox

import "time"

const (
	// failingAfter is how many different events have to fail in a row. With one that
	// its receiver fails at nothing is wrong with the endpoint.
	failingAfter = 5

	minProbe = time.Second
	maxProbe = 30 * time.Second
)

// health is how an endpoint is: how many requests may be under way, and whether it is
// failing. An event that it refuses shows, as one that it takes, that it works.
type health struct {
	max      int // concurrent requests, by configuration
	limit    int // and as it is now
	answers  int // since the limit was changed
	failures map[int64]bool
	failing  bool
	backoff  time.Duration
	until    time.Time // nothing is sent before
	resumes  time.Time // nor before that; it says nothing of whether the endpoint works
	waited   bool      // and since then nothing was taken: one request is under way
	slowed   time.Time // what was sent before does not slow it down again
}

func newHealth(limit int) health {
	return health{max: limit, limit: limit, failures: map[int64]bool{}}
}

// answered tells whether the endpoint was failing. taken says that it took an event, and that
// this was sent after it had waited, if it did.
func (h *health) answered(taken bool) (recovered bool) {
	clear(h.failures)
	h.waited = h.waited && !taken
	if h.failing {
		h.failing, h.backoff, h.until = false, 0, time.Time{}
		h.limit, h.answers = 1, 0
		return true
	}
	if h.waited {
		return false
	}
	if h.answers++; h.answers >= h.limit && h.limit < h.max {
		h.limit, h.answers = min(2*h.limit, h.max), 0
	}
	return false
}

// failed takes a failure of an event that was sent then, and tells whether the endpoint is
// failing from now on. Of one that is, only probes make the pause longer: the others were
// under way.
func (h *health) failed(position int64, r Result, probe bool, sent, now time.Time) (failing bool) {
	h.answers = 0
	if r.Slow && sent.After(h.slowed) {
		h.limit, h.slowed = max(1, h.limit/2), now
	}
	h.wait(now, r.RetryAfter)
	if h.failing {
		if probe {
			h.backoff = min(2*h.backoff, maxProbe)
			h.wait(now, h.backoff)
		}
		return false
	}
	h.failures[position] = true
	if len(h.failures) < failingAfter {
		return false
	}
	h.fail(now)
	return true
}

// fail has the endpoint probed, from a moment on.
func (h *health) fail(now time.Time) {
	clear(h.failures)
	h.failing, h.backoff = true, minProbe
	h.wait(now, h.backoff)
}

func (h *health) wait(now time.Time, d time.Duration) {
	if until := now.Add(d); until.After(h.until) {
		h.until = until
	}
}

// postpone has nothing sent until a time, whatever is answered to what is under way, and then
// one at a time: what made the endpoint wait would meet all that are sent together.
func (h *health) postpone(until time.Time) {
	h.resumes, h.limit, h.answers, h.waited = until, 1, 0, true
}

// waits tells whether nothing is to be sent now, and next until when.
func (h *health) waits(now time.Time) bool { return now.Before(h.next()) }

func (h *health) next() time.Time {
	if h.resumes.After(h.until) {
		return h.resumes
	}
	return h.until
}

// room is how many more requests may be made with so many under way.
func (h *health) room(sending int, now time.Time) int {
	if h.waits(now) {
		return 0
	}
	if h.failing {
		return max(0, 1-sending)
	}
	return max(0, h.limit-sending)
}
