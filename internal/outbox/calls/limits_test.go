package calls

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/wechat/client"

	"pgregory.net/rapid"
)

// path is one whose quota a test says, by a fake clock.
type path struct {
	*limits
	quota client.Quota
	err   error
	reads int
	shown client.Quota
	shows int
}

func newPath(q client.Quota) *path {
	p := &path{quota: q}
	p.limits = &limits{
		path: "/path", show: func(q client.Quota) { p.shown, p.shows = q, p.shows+1 }, hide: func() { p.shown = client.Quota{} },
		read: func(context.Context, string) (client.Quota, error) {
			if p.reads++; p.err != nil {
				return client.Quota{}, p.err
			}
			return p.quota, nil
		},
	}
	return p
}

// call makes a call if there is room, and tells when there is.
func (p *path) call(t *testing.T) (made bool, again time.Time) {
	t.Helper()
	now := time.Now()
	ok, again := p.admit(now)
	if !ok {
		if !again.After(now) {
			t.Fatalf("there is room %v before now", now.Sub(again))
		}
		return false, again
	}
	defer p.done()
	if !p.refresh(t.Context()) {
		return false, now.Add(max(p.untilNext(now), time.Second))
	}
	if p.quota.Remaining > 0 { // at WeChat
		p.quota.Used, p.quota.Remaining = p.quota.Used+1, p.quota.Remaining-1
	}
	return true, time.Time{}
}

// in makes as many calls as there is room for in a time.
func (p *path) in(t *testing.T, d time.Duration) (made int) {
	t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); {
		ok, again := p.call(t)
		if ok {
			made++
			continue
		}
		time.Sleep(min(time.Until(again), time.Until(end)))
	}
	return made
}

func unlimited(perMinute int64) client.Quota {
	return client.Quota{DailyLimit: 1e6, Remaining: 1e6, RateCount: perMinute, RatePeriod: time.Minute}
}

// In no minute, wherever it begins, more calls are made than WeChat takes, and nearly as many
// are.
func TestRate(t *testing.T) {
	t.Parallel()
	for _, perMinute := range []int64{1, 2, 60, 600, 6000} {
		synctest.Test(t, func(t *testing.T) {
			p := newPath(unlimited(perMinute))
			var at []time.Time
			begun := time.Now()
			for time.Since(begun) < 5*time.Minute {
				ok, again := p.call(t)
				if ok {
					at = append(at, time.Now())
				} else {
					time.Sleep(time.Until(again))
				}
			}
			for i := range at {
				if j := i + int(perMinute); j < len(at) && at[j].Sub(at[i]) < time.Minute {
					t.Fatalf("%d a minute: %d calls in %v", perMinute, perMinute+1, at[j].Sub(at[i]))
				}
			}
			if n := int64(len(at)); n < 5*perMinute*4/10 {
				t.Errorf("%d a minute: %d in five minutes", perMinute, n)
			}
			if p.reads != 1 {
				t.Errorf("the quota was read %d times", p.reads)
			}
		})
	}
}

// The first call waits for the quota, and so do all others.
func TestFirstRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPath(unlimited(6000))
		first, _ := p.admit(time.Now())
		second, again := p.admit(time.Now())
		if !first || second || !again.Equal(time.Now().Add(readWait)) {
			t.Errorf("%v, %v, again at %v", first, second, again)
		}
		if !p.refresh(t.Context()) || p.reads != 1 {
			t.Errorf("%d reads", p.reads)
		}
		if ok, _ := p.admit(time.Now()); !ok || !p.refresh(t.Context()) || p.reads != 1 {
			t.Errorf("%v, %d reads", ok, p.reads)
		}
		p.exhaust(time.Now(), "errcode 45009")
		time.Sleep(quotaEvery)
		first, _ = p.admit(time.Now())
		second, again = p.admit(time.Now())
		if !first || second || !again.Equal(time.Now().Add(readWait)) {
			t.Errorf("used up: %v, %v, again at %v", first, second, again)
		}
	})
}

// When WeChat does not say it, twenty calls a second are made, and it is asked again.
func TestNoQuota(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPath(client.Quota{})
		p.err = errors.New("no answer")
		if n := p.in(t, 30*time.Second); n < 600 || n > 610 {
			t.Errorf("%d calls in half a minute", n)
		}
		p.in(t, 5*time.Minute)
		if p.reads != 6 {
			t.Errorf("%d reads", p.reads)
		}
		p.err, p.quota = nil, unlimited(60)
		p.in(t, time.Minute)
		if n := p.in(t, time.Minute); n > 60 {
			t.Errorf("%d calls in a minute of 60", n)
		}
		p.err = errors.New("no answer")
		p.in(t, quotaEvery)
		if n := p.in(t, time.Minute); n > 60 {
			t.Errorf("after it has said it once: %d calls in a minute of 60", n)
		}
	})
}

// When the day's calls are used up none is made until WeChat's next day, or until somebody
// clears the quota: which is looked for each ten minutes.
func TestDaily(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2000, 1, 2, 23, 15, 0, 0, beijing)))
		p := newPath(client.Quota{DailyLimit: 100, Used: 70, Remaining: 30, RateCount: 6000, RatePeriod: time.Minute})
		if n := p.in(t, 5*time.Minute); n != 30 || p.shown.Remaining != 0 || p.shown.Used != 100 || p.reads != 2 {
			t.Errorf("%d calls, %d reads, shown %+v", n, p.reads, p.shown)
		}
		p.shown = client.Quota{}
		if n := p.in(t, 30*time.Minute); n != 0 || p.reads != 5 || p.shown != p.quota { // 23:25, 35, 45
			t.Errorf("%d calls, %d reads, shown %+v", n, p.reads, p.shown)
		}
		p.quota.Used, p.quota.Remaining = 95, 5 // somebody has cleared it
		if n := p.in(t, 9*time.Minute); n != 5 {
			t.Errorf("%d calls after it was cleared", n)
		}
		p.quota.Used, p.quota.Remaining = 0, 100
		begun := time.Now()
		if ok, again := p.call(t); ok || again.In(beijing).Format("15:04") != "00:00" {
			t.Errorf("%v, again at %v", ok, again.In(beijing))
		}
		if n := p.in(t, 5*time.Minute); n != 100 {
			t.Errorf("%d calls on the next day, from %v", n, begun.In(beijing))
		}
	})
}

// Calls that are under way when the quota is read may not be counted in it.
func TestReadWhileUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPath(client.Quota{DailyLimit: 100, Used: 95, Remaining: 5, RateCount: 6000, RatePeriod: time.Minute})
		made := 0
		for range 1000 { // none of which ends, or is counted
			if ok, again := p.admit(time.Now()); !ok {
				time.Sleep(min(time.Until(again), time.Minute))
			} else if p.refresh(t.Context()) {
				made++
			} else {
				p.done()
			}
		}
		if made != 5 || p.reads < 2 {
			t.Errorf("%d calls of 5, after %d reads", made, p.reads)
		}
		p = newPath(unlimited(6000))
		for range 10 {
			if ok, _ := p.admit(time.Now()); !ok || !p.refresh(t.Context()) {
				t.Fatal("no room")
			}
		}
		time.Sleep(quotaEvery)
		p.quota.Remaining = 3
		if n := p.in(t, time.Minute); n != 0 {
			t.Errorf("10 are under way and 3 are left: %d calls", n)
		}
	})
}

// An answer that says so uses up the day, whatever is left by what we know.
func TestExhaust(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2000, 1, 2, 12, 0, 0, 0, beijing)))
		for _, q := range []client.Quota{unlimited(60), {}} {
			p := newPath(q)
			p.in(t, time.Second)
			p.exhaust(time.Now(), "errcode 45009")
			if got := p.untilNext(time.Now()); got != quotaEvery {
				t.Errorf("it waits %v", got)
			}
			if known := p.shown; known.DailyLimit != q.DailyLimit || known.Used != q.DailyLimit || known.Remaining != 0 {
				t.Errorf("of %+v it shows %+v", q, known)
			}
			if q.DailyLimit == 0 && p.shows != 1 { // what was read
				t.Errorf("WeChat has not said it, and it is shown %d times", p.shows)
			}
			p.err = errors.New("no answer")
			if n := p.in(t, time.Hour); n != 0 {
				t.Errorf("%d calls in an hour without an answer", n)
			}
			time.Sleep(time.Until(nextDay(time.Now())))
			if n := p.in(t, time.Minute); n < 30 {
				t.Errorf("%d calls in a minute of the next day", n)
			}
			p.exhaust(time.Now(), "errcode 45009")
			p.err, p.quota = nil, unlimited(60) // somebody has cleared it
			p.in(t, quotaEvery+quotaAgain)
			if n := p.in(t, time.Minute); n < 30 {
				t.Errorf("%d calls in a minute after WeChat has said what is left", n)
			}
			time.Sleep(time.Until(nextDay(time.Now()).Add(12 * time.Hour)))
		}
	})
}

// Whatever happens, a time to try again is after now, and some call is admitted again in a
// day.
func TestRoomComesAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.IntRange(0, 6), 1, 40).Draw(rt, "steps")
		fault := ""
		synctest.Test(t, func(t *testing.T) {
			p := newPath(unlimited(60))
			for _, step := range steps {
				switch step {
				case 0:
					p.err = errors.New("no answer")
				case 1:
					p.err = nil
				case 2:
					p.exhaust(time.Now(), "errcode 45009")
				case 3:
					p.quota.Remaining = 0
				case 4:
					p.quota = unlimited(60)
				case 5:
					time.Sleep(7 * time.Hour)
				case 6:
					p.in(t, time.Minute)
				}
			}
			p.err, p.quota = nil, unlimited(60)
			made := 0
			for end := time.Now().Add(25 * time.Hour); made < 60 && time.Now().Before(end); {
				made += p.in(t, 30*time.Second)
			}
			if made < 60 {
				fault = "no calls in a day"
			}
		})
		if fault != "" {
			rt.Fatal(fault)
		}
	})
}

// The quota of each path that is called is shown, and goes down with each call.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s, f, registry := newSender(t, UpdatePath(&reader{node: node}))
	f.set(s.limits.path, `{"errcode":0}`)
	if families, err := registry.Gather(); len(families) != 0 || err != nil {
		t.Errorf("%v before a call, %v", families, err)
	}
	for range 3 {
		send(t, s, moved())
	}
	if s.limits.admitted != 0 {
		t.Errorf("%d are under way", s.limits.admitted)
	}
	families, err := registry.Gather()
	got := map[string]string{}
	for _, family := range families {
		got[family.GetName()] = family.GetMetric()[0].String()
	}
	for name, n := range map[string]string{"limit": "1000", "used": "103", "remaining": "897"} {
		full := "carrierhook_wechat_quota_" + name + "_calls"
		want := `label:{name:"account" value:"main"} label:{name:"path" value:"/cgi-bin/express/delivery/path/update"} gauge:{value:` + n + `}`
		if text := strings.Join(strings.Fields(got[full]), " "); err != nil || text != want {
			t.Errorf("%s is %s, %v", full, text, err)
		}
	}
}

// A server that has the endpoint no more shows no quota, and reads it anew when it has it again.
func TestLeave(t *testing.T) {
	t.Parallel()
	s, f, registry := newSender(t, UpdatePath(&reader{node: node}))
	f.set(s.limits.path, `{"errcode":0}`)
	send(t, s, moved())
	s.Leave()
	if families, err := registry.Gather(); len(families) != 0 || err != nil {
		t.Errorf("it shows %v, %v", families, err)
	}
	f.calls()
	f.setQuota(1000, 500)
	send(t, s, moved())
	if got := f.calls(); len(got) != 2 || !strings.HasPrefix(got[0], quotaPath) || s.limits.quota.Remaining != 499 {
		t.Errorf("it called %q, %d are left", got, s.limits.quota.Remaining)
	}
	if families, err := registry.Gather(); len(families) != 3 || err != nil {
		t.Errorf("it shows %v, %v", families, err)
	}
}

// The day's calls that are used up make a path wait, in words that stay the same.
func TestUsedUp(t *testing.T) {
	t.Parallel()
	s, f, _ := newSender(t, UpdatePath(&reader{node: node}))
	f.set(s.limits.path, `{"errcode":45009}`)
	answered := send(t, s, moved())
	if ok, again := s.Admit(time.Now()); ok || time.Until(again) < quotaEvery-time.Minute {
		t.Errorf("after the answer there is room: %v, again in %v", ok, time.Until(again))
	}
	if !strings.HasPrefix(answered.Failure, s.limits.path+": errcode 45009: the day's") {
		t.Errorf("it says %q", answered.Failure)
	}
	f.setQuota(1000, 0)
	s.limits.due = time.Now() // it is read again, and none is left
	if again := send(t, s, moved()); again.Failure != answered.Failure {
		t.Errorf("it says %q, and then %q", answered.Failure, again.Failure)
	}
	f.setQuota(1000, 1000)
	f.set(s.limits.path, `{"errcode":0}`)
	s.limits.due = time.Now()
	if r := send(t, s, moved()); !r.OK || s.limits.usedUpBy() != "" {
		t.Errorf("after it was cleared: %+v, %q", r, s.limits.usedUpBy())
	}
	s, f, _ = newSender(t, UpdatePath(&reader{node: node}))
	f.setQuota(1000, 0)
	known := send(t, s, moved())
	for _, r := range []struct {
		wait time.Duration
		text string
		ok   bool
	}{{answered.RetryAfter, answered.Failure, answered.Postponed && !answered.Dead}, {known.RetryAfter, known.Failure, known.Postponed}} {
		if !r.ok || r.wait <= 0 || r.wait > quotaEvery || !strings.Contains(r.text, "00:00 Beijing time") {
			t.Errorf("%+v", r)
		}
	}
	if got := f.calls(); len(got) != 1 {
		t.Errorf("nothing is left, and it called %q", got)
	}
	if ok, _ := s.Admit(time.Now()); ok {
		t.Error("there is room")
	}
	d := written(event.Event{Kind: event.Test})
	if r := s.Send(t.Context(), &d, ""); !r.OK {
		t.Errorf("a test event: %+v", r)
	}
}
