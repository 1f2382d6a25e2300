package history

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
)

// watch is everybody who is given events during a run.
type watch struct {
	world         *world
	followers     []*follower
	errands       []*errand
	calledErrands []*calledErrand
	upTo          int64 // the last position that everybody was waited for to have

	stopErrands, stop context.CancelFunc
	running, feeding  sync.WaitGroup
	mu                sync.Mutex
	err               error
}

// newWatch lets two followers and the errands loose.
func newWatch(ctx context.Context, w *world, seed uint64, t *tally) (*watch, error) {
	v := &watch{world: w}
	feed, stop := context.WithCancel(ctx)
	work, stopErrands := context.WithCancel(ctx)
	v.stop, v.stopErrands = stop, stopErrands
	for i := range uint64(2) {
		f := newFollower(w, seed+i, t)
		v.followers = append(v.followers, f)
		v.feeding.Go(func() { v.fail(f.follow(feed)) })
	}
	for i := range errands {
		e, err := newErrand(i, w, seed, t)
		if err != nil {
			return v, err
		}
		v.errands = append(v.errands, e)
		v.running.Go(func() { v.fail(e.run(work)) })
	}
	for i := range calledErrands {
		e, err := newErrand(errands+i, w, seed, t)
		if err != nil {
			return v, err
		}
		called := &calledErrand{errand: e, want: map[string][]sandboxtest.Node{}}
		v.calledErrands = append(v.calledErrands, called)
		v.running.Go(func() { v.fail(called.run(work)) })
	}
	return v, nil
}

func (v *watch) fail(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.err = errors.Join(v.err, err)
}

func (v *watch) failed() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.err
}

// drain waits until everybody has all events of the moment at which the servers are whole
// again, or nothing is left to be sent. It is not waited for the times at which events are
// sent again.
func (v *watch) drain(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, v.world.database)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if err := conn.QueryRow(ctx, "SELECT coalesce(max(position), 0) FROM event").Scan(&v.upTo); err != nil {
		return err
	}
	if err := v.await(func() (string, error) { return v.behind(), nil }); err != nil {
		return err
	}
	end, err := readOutcome(ctx, v.world.database) // what is up to there is decided
	if err != nil {
		return err
	}
	return v.await(func() (string, error) {
		var over bool
		err := conn.QueryRow(ctx, "SELECT NOT EXISTS (SELECT FROM event_retry) AND NOT EXISTS (SELECT FROM event_endpoint WHERE position < $1)", v.upTo).Scan(&over)
		missing := v.missing(end.events)
		if over || missing == "" || err != nil {
			return "", err
		}
		_, err = conn.Exec(ctx, "UPDATE event_retry SET next_at = clock_timestamp() WHERE next_at < 'infinity' AND next_at > clock_timestamp()")
		return missing, err
	})
}

// await waits until nobody is said to be missing anything.
func (v *watch) await(missing func() (string, error)) error {
	var what string
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(20 * time.Millisecond) {
		var err error
		if what, err = missing(); what == "" || err != nil {
			return err
		}
		if err := v.failed(); err != nil {
			return err
		}
	}
	return fmt.Errorf("after %v %s", patience, what)
}

// behind says which follower is not at upTo yet.
func (v *watch) behind() string {
	for i, f := range v.followers {
		if at := f.position(); at < v.upTo {
			return fmt.Sprintf("follower %d is at %d of %d", i+1, at, v.upTo)
		}
	}
	return ""
}

// missing says which receiver has not all of some events, up to upTo, or what WeChat has not
// heard of.
func (v *watch) missing(events []entry) string {
	for _, r := range v.world.receivers {
		if n := r.lacks(events, v.upTo); n > 0 {
			return fmt.Sprintf("receiver %s lacks %d", r.name, n)
		}
	}
	if n := v.world.platform.lacks(v.called()); n > 0 {
		return fmt.Sprintf("WeChat lacks %d nodes", n)
	}
	return ""
}

// endErrands has nothing more decided.
func (v *watch) endErrands() {
	v.stopErrands()
	v.running.Wait()
}

// leave ends all of it.
func (v *watch) leave() {
	v.endErrands()
	v.stop()
	v.feeding.Wait()
}

// judgeEvents holds what everybody was given against what is on record, and that against
// what everybody was told.
func (r *run) judgeEvents(t *testing.T) {
	t.Helper()
	end, err := readOutcome(t.Context(), r.world.database)
	storetest.Must(t, err)
	begun := r.world.begun
	complain := func(who string, wrong []string) {
		t.Helper()
		for i, w := range wrong {
			if i == 3 {
				t.Errorf("%s: %d more", who, len(wrong)-3)
				break
			}
			t.Errorf("%s: %s", who, w)
		}
	}
	complain("decided", checkDecided(end))
	of := parcels(end.events)
	var wrong []string
	for _, w := range r.waybills() {
		wrong = append(wrong, w.checkEvents(of["waybill "+w.number], begun)...)
	}
	for _, e := range r.watch.errands {
		wrong = append(wrong, checkAnswered(end.events, e.answered)...)
	}
	for _, e := range r.watch.calledErrands {
		wrong = append(wrong, checkAnswered(end.events, e.answered)...)
	}
	complain("answered", wrong)
	for i, f := range r.watch.followers {
		who := fmt.Sprint("follower ", i+1)
		complain(who, checkFollowed(end.events, f.seen, f.upTo))
		complain(who, checkEarly(end.events, f.seen, r.world.absent, begun))
	}
	for _, c := range r.world.receivers {
		seen, wrong := c.all()
		complain("receiver "+c.name, wrong)
		complain("receiver "+c.name, checkReceived(end.events, c.kinds, seen, r.watch.upTo))
		complain("receiver "+c.name, checkEarly(end.events, seen, r.world.absent, begun))
		r.tally.note("receiver "+c.name+": requests", len(seen))
	}
	r.tally.note("events", len(end.events))
	for _, e := range end.events {
		r.tally.note("events "+e.kind, 1)
	}
}
