package sandbox

import (
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Beijing is WeChat's time: days begin there.
var Beijing = time.FixedZone("Beijing", 8*60*60)

// limit is how often an app may call a path.
type limit struct {
	Daily     int64 `json:"daily"`
	PerMinute int64 `json:"per_minute"`
}

// usualLimit is that of stable_token. Those of the other paths are not documented.
var usualLimit = limit{500_000, 10_000}

// maxClears is how often an app may clear its counters in a month.
const maxClears = 10

// limits count the calls of carriers.
type limits struct {
	mu      sync.Mutex
	set     map[string]limit // by path
	used    map[counted]*counter
	cleared map[string]clears // by app
}

type counted struct{ app, path string }

// counter has how many calls there were in its day and in its minute.
type counter struct {
	day, minute       int64
	today, thisMinute int64
}

type clears struct{ month, n int }

func (l *limits) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.set, l.used, l.cleared = map[string]limit{}, map[counted]*counter{}, map[string]clears{}
}

// of is the limit of a path. The caller has the lock.
func (l *limits) of(path string) limit {
	if set, ok := l.set[path]; ok {
		return set
	}
	return usualLimit
}

// at is the counter of a path, as it is now. The caller has the lock.
func (l *limits) at(app, path string, now time.Time) *counter {
	c := l.used[counted{app, path}]
	if c == nil {
		c = &counter{}
		l.used[counted{app, path}] = c
	}
	if day := dayOf(now); c.day != day {
		c.day, c.today = day, 0
	}
	if minute := now.Unix() / 60; c.minute != minute {
		c.minute, c.thisMinute = minute, 0
	}
	return c
}

// dayOf counts days of Beijing's.
func dayOf(t time.Time) int64 {
	_, offset := t.In(Beijing).Zone()
	return (t.Unix() + int64(offset)) / (24 * 60 * 60)
}

// take counts a call, if it is one that the app still has.
func (l *limits) take(app, path string, now time.Time) *Failure {
	l.mu.Lock()
	defer l.mu.Unlock()
	limit, c := l.of(path), l.at(app, path, now)
	switch {
	case c.today >= limit.Daily && ofInstant(path):
		return Fail(codeNoQuota, "")
	case c.today >= limit.Daily:
		return Fail(codeDaily, "")
	case c.thisMinute >= limit.PerMinute:
		return Fail(codeMinute, "")
	}
	c.today++
	c.thisMinute++
	return nil
}

// quota is an answer to quota/get.
type quota struct {
	Plain
	Quota struct {
		DailyLimit int64 `json:"daily_limit"`
		Used       int64 `json:"used"`
		Remain     int64 `json:"remain"`
	} `json:"quota"`
	RateLimit struct {
		CallCount     int64 `json:"call_count"`
		RefreshSecond int64 `json:"refresh_second"`
	} `json:"rate_limit"`
}

func (l *limits) quota(app, path string, now time.Time) quota {
	l.mu.Lock()
	defer l.mu.Unlock()
	limit, used := l.of(path), l.at(app, path, now).today
	q := quota{Plain: Done}
	q.Quota.DailyLimit, q.Quota.Used, q.Quota.Remain = limit.Daily, used, max(limit.Daily-used, 0)
	q.RateLimit.CallCount, q.RateLimit.RefreshSecond = limit.PerMinute, 60
	return q
}

// clearDay makes an app's counters of the day begin again, if it has not done so too often.
func (l *limits) clearDay(app string, now time.Time) *Failure {
	l.mu.Lock()
	defer l.mu.Unlock()
	year, month, _ := now.In(Beijing).Date()
	done := l.cleared[app]
	if this := year*12 + int(month); done.month != this {
		done = clears{month: this}
	}
	if done.n == maxClears {
		return Fail(codeNoMoreClears, "")
	}
	done.n++
	l.cleared[app] = done
	for of, c := range l.used {
		if of.app == app {
			c.today = 0
		}
	}
	return nil
}

// shownLimit is a path's limit, as the control takes and shows it.
type shownLimit struct {
	Path string `json:"path"`
	limit
}

func (a *API) showLimits(*http.Request) (any, error) {
	a.limits.mu.Lock()
	defer a.limits.mu.Unlock()
	list := []shownLimit{}
	for _, path := range a.carrierPaths() {
		list = append(list, shownLimit{path, a.limits.of(path)})
	}
	return map[string]any{"limits": list}, nil
}

// putLimits sets the limits of a path, or without one of all. What is 0 is as usual. What was
// called before counts.
func (a *API) putLimits(r *http.Request) (any, error) {
	var want shownLimit
	if err := ReadControl(r, &want); err != nil {
		return nil, err
	}
	paths := a.carrierPaths()
	if want.Path != "" {
		if !slices.Contains(paths, want.Path) {
			return nil, a.notCarriers(want.Path)
		}
		paths = []string{want.Path}
	}
	if want.Daily < 0 || want.PerMinute < 0 {
		return nil, errors.New("a limit must be 0 (as usual) or more")
	}
	if want.Daily == 0 {
		want.Daily = usualLimit.Daily
	}
	if want.PerMinute == 0 {
		want.PerMinute = usualLimit.PerMinute
	}
	a.limits.mu.Lock()
	for _, path := range paths {
		a.limits.set[path] = want.limit
	}
	a.limits.mu.Unlock()
	return a.showLimits(r)
}

// deleteLimits makes all limits and counters as at the start.
func (a *API) deleteLimits(r *http.Request) (any, error) {
	a.limits.clear()
	return a.showLimits(r)
}
