package calls

import (
	"context"
	"sync"
	"time"

	"carrierhook/internal/wechat/client"

	"golang.org/x/time/rate"
)

const (
	// quotaEvery is how often the quota of a path is read while it is called, and quotaAgain
	// how soon after WeChat did not say it.
	quotaEvery = 10 * time.Minute
	quotaAgain = time.Minute

	// readWait is how soon there may be room while the quota is being read.
	readWait = 50 * time.Millisecond

	// defaultRate is how many calls a second are made while WeChat has not said it.
	defaultRate  = 20
	defaultBurst = 5

	maxBurst = 50
)

// beijing is where WeChat's days begin.
var beijing = time.FixedZone("Beijing", 8*60*60)

// nextDay is when WeChat begins to count anew.
func nextDay(now time.Time) time.Time {
	year, month, day := now.In(beijing).Date()
	return time.Date(year, month, day+1, 0, 0, 0, 0, beijing)
}

// limits is how often a path may be called: how fast, and how often today. The first call
// after a while reads from WeChat what holds.
type limits struct {
	path string
	read func(ctx context.Context, path string) (client.Quota, error)
	show func(client.Quota)
	hide func() // what was shown

	mu       sync.Mutex
	quota    client.Quota  // what is left goes down with each call; without a DailyLimit it is not known
	refused  bool          // WeChat takes no more calls today, whatever is known of the quota
	code     string        // with which it said so last, while the day's calls are used up
	day      time.Time     // when the day that is counted ends
	due      time.Time     // when the quota is read
	admitted int64         // calls that are under way
	ordered  bool          // a call that was admitted reads it first
	reading  bool          // it does
	bucket   *rate.Limiter // nil: the quota was not read yet
}

// admit takes room for one call.
func (l *limits) admit(now time.Time) (ok bool, again time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.beginDay(now)
	busy := l.ordered || l.reading
	switch {
	case !busy && !now.Before(l.due):
		l.ordered = true
		l.admitted++
		return true, time.Time{}
	case l.bucket == nil, l.usedUp() && busy:
		return false, now.Add(readWait)
	case l.usedUp():
		return false, l.next()
	}
	r := l.bucket.ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return false, now.Add(wait)
	}
	l.take(now)
	l.admitted++
	return true, time.Time{}
}

// done ends a call that was admitted.
func (l *limits) done() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.admitted--
}

// refresh reads the quota if that is this call's part, and tells whether the call may be made.
func (l *limits) refresh(ctx context.Context) (ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ordered {
		return true // as it was admitted
	}
	l.ordered, l.reading = false, true
	l.mu.Unlock()
	q, err := l.read(ctx, l.path)
	l.mu.Lock()
	l.reading = false
	now := time.Now()
	l.beginDay(now)
	if l.due = now.Add(quotaAgain); err == nil {
		others := min(l.admitted-1, q.Remaining) // WeChat may not have counted them yet
		q.Used, q.Remaining = q.Used+others, q.Remaining-others
		l.due, l.quota, l.refused = now.Add(quotaEvery), q, false
		l.show(q)
	}
	if err == nil || l.bucket == nil {
		l.setRate(q)
	}
	if l.usedUp() {
		return false
	}
	l.code = ""
	l.bucket.AllowN(now, 1)
	l.take(now)
	return true
}

// exhaust notes that WeChat takes no more calls today, and the code with which it said so.
func (l *limits) exhaust(now time.Time, code string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.beginDay(now)
	l.refused, l.code = true, code
	l.due = now.Add(quotaEvery) // somebody may clear it
	if l.quota.DailyLimit > 0 {
		l.quota.Used, l.quota.Remaining = max(l.quota.Used, l.quota.DailyLimit), 0
		l.show(l.quota)
	}
}

// leave is for when another server calls the path: the quota is not shown any more, and is
// read before the next call from here.
func (l *limits) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.due = time.Time{}
	l.hide()
}

// usedUpBy is the code with which WeChat said that the day's calls are used up; empty: its
// quota says so.
func (l *limits) usedUpBy() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.code
}

// untilNext is how long it makes no sense to try, of a path whose day's calls are used up.
func (l *limits) untilNext(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next().Sub(now)
}

func (l *limits) next() time.Time {
	if l.day.Before(l.due) {
		return l.day
	}
	return l.due
}

// beginDay forgets what was counted on the day before.
func (l *limits) beginDay(now time.Time) {
	if now.Before(l.day) {
		return
	}
	l.day, l.due, l.quota, l.refused, l.code = nextDay(now), now, client.Quota{}, false, ""
}

func (l *limits) usedUp() bool {
	return l.refused || l.quota.DailyLimit > 0 && l.quota.Remaining == 0
}

// take counts a call that is made. After the last one WeChat is asked whether it was.
func (l *limits) take(now time.Time) {
	if l.quota.Remaining == 0 {
		return // it is not known
	}
	l.quota.Used, l.quota.Remaining = l.quota.Used+1, l.quota.Remaining-1
	l.show(l.quota)
	if l.quota.Remaining == 0 {
		l.due = now
	}
}

// setRate leaves room for a burst: a period of WeChat's may begin at any moment.
func (l *limits) setRate(q client.Quota) {
	perSecond, burst := float64(defaultRate), defaultBurst
	if q.RateCount > 0 && q.RatePeriod > 0 {
		perSecond = float64(q.RateCount) / q.RatePeriod.Seconds()
		burst = int(min(max(perSecond/4, 1), maxBurst))
		perSecond *= max(0.5, 1-float64(burst)/float64(q.RateCount))
	}
	if l.bucket == nil {
		l.bucket = rate.NewLimiter(0, burst)
	}
	now := time.Now()
	l.bucket.SetLimitAt(now, rate.Limit(perSecond))
	l.bucket.SetBurstAt(now, burst)
}
