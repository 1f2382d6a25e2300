package history

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carrierhook/internal/store/storetest"
)

var (
	operations = flag.Int("operations", 2500, "how many operations TestHistory does, at the least")
	seed       = flag.Uint64("seed", 0, "of TestHistory's choices; 0: another each time. It does not repeat what the machine makes of them")
	outage     = flag.Duration("outage", 0, "how long Postgres is sometimes out of reach; beyond 5s the API's own deadline passes, and what it then says of what it kept is checked")
	calm       = flag.Int("calm", 125, "about how many operations TestHistory lets pass between two faults at the cables; thrice as many between those of processes")
)

const (
	teams    = 16
	teamSize = 4
)

// Whatever is cut, restarted and killed while waybills are cancelled, collected
// and looked at through two servers at the same moment: all that was answered
// of a waybill can have happened, one thing after the other. A run in which
// nothing of interest happened is no proof, and fails.
func TestHistory(t *testing.T) {
	t.Parallel()
	choices := *seed
	if choices == 0 {
		choices = rand.Uint64()
	}
	begun := time.Now()
	w := newWorld(t, 5000+*operations/6, floods(*operations))
	up := time.Since(begun)
	r := &run{world: w, tally: newTally(), seed: choices}
	w.begun = time.Now()
	var err error
	r.watch, err = newWatch(t.Context(), w, choices, r.tally)
	storetest.Must(t, err)
	defer r.watch.leave()
	if err := r.do(t.Context(), t); err != nil {
		t.Error(err)
	}
	ran := time.Since(w.begun)
	if !t.Failed() {
		r.finalCheck(t)
	}
	begun = time.Now()
	if err := errors.Join(r.watch.drain(t.Context()), r.watch.failed()); err != nil {
		t.Error(err)
	}
	r.watch.leave()
	drained := time.Since(begun)
	begun = time.Now()
	verdicts := r.judge(t)
	r.judgeEvents(t)
	r.judgeCalls(t)
	r.tally.note("cancels and scans with an unknown outcome", r.tally.unknowns())
	t.Logf("seed %d: %d operations on %d waybills, at two servers\nstarted in %.1f s, ran %.1f s, events delivered %.1f s later, checked in %.1f s\n%sporcupine: %v",
		choices, r.tally.operations(), len(r.waybills()), up.Seconds(), ran.Seconds(), drained.Seconds(), time.Since(begun).Seconds(), r.tally, verdicts)
	for _, what := range r.tally.lacks(*operations) {
		t.Errorf("the run proves little: %s", what)
	}
	r.eavesdrop(t)
	r.overhear(t)
}

// run is one run of TestHistory.
type run struct {
	world *world
	tally *tally
	crowd *crowd
	watch *watch
	seed  uint64
}

// do lets everybody loose, until every fault has had its turn and there is enough
// of everything: but not for ever, after there are enough operations.
func (r *run) do(ctx context.Context, tb testing.TB) (err error) {
	if r.crowd, err = newCrowd(r.world, teams, teamSize, r.seed, r.tally); err != nil {
		return err
	}
	defer r.crowd.leave()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var sabotage sync.WaitGroup
	var failed [5]error
	var broken atomic.Bool
	for i, faults := range [][]fault{atCables, processFaults(), atDoors, atReceivers, atWeChat} {
		s := &saboteur{tb: tb, world: r.world, rand: rand.New(rand.NewPCG(r.seed, uint64(1_000_000+i))), tally: r.tally, pause: *calm * []int{1, 3, floodRest, 1, 1}[i]}
		sabotage.Go(func() {
			if failed[i] = s.work(ctx, faults); failed[i] != nil {
				broken.Store(true)
			}
		})
	}
	var tired atomic.Bool
	var once sync.Once
	enough := func() bool {
		if broken.Load() || tired.Load() || r.watch.failed() != nil {
			return true
		}
		if r.tally.operations() < *operations {
			return false
		}
		once.Do(func() { time.AfterFunc(patience, func() { tired.Store(true) }) })
		return len(r.tally.lacks(*operations)) == 0
	}
	err = r.crowd.work(ctx, enough)
	stop()
	sabotage.Wait()
	r.watch.endErrands()
	return errors.Join(append(failed[:], err)...)
}

// waybills are those that anybody was at.
func (r *run) waybills() (all []*waybill) {
	w := r.world
	for i := range w.waybills[:min(int(r.crowd.next.Load()), len(w.waybills))] {
		all = append(all, &w.waybills[i])
	}
	for i := range w.flood[:w.flooded] {
		all = append(all, &w.flood[i])
	}
	return all
}
