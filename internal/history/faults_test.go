package history

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"carrierhook/internal/sandbox"
)

// fault is something that goes wrong.
type fault struct {
	kind string
	do   func(*saboteur, context.Context) (hits int, err error)
}

// Five saboteurs are at work at the same time: one at the cables, one at the
// processes, one who floods the servers, one at the receivers of events, and one at WeChat.
var (
	atCables = []fault{
		{"connections cut", (*saboteur).cut},
		{"connections stalled, then delivered late", (*saboteur).stall},
		{"Postgres out of reach", (*saboteur).unplug},
		{"silence", (*saboteur).hush},
		{beforeCommit, lurk(beforeCommit, nil)},
		{withinCommit, lurk(withinCommit, nil)},
		{afterCommit, lurk(afterCommit, nil)},
		{beforeAnswer, lurk(beforeAnswer, nil)},
		{answerAndCable, lurk(answerAndCable, outOfReach)},
	}
	atProcesses = []fault{
		{"Postgres restarted, fast", (*saboteur).restart},
		{"server killed", (*saboteur).killServer},
		{"Postgres restarted, at once", (*saboteur).quit},
		{"Postgres killed", (*saboteur).killPostgres},
		{standbyGone, (*saboteur).loseStandby},
	}
	atDoors     = []fault{{flood, (*saboteur).flood}}
	atReceivers = []fault{
		{receiverError, annoy(receiverError)},
		{receiverCut, annoy(receiverCut)},
		{receiverDeaf, annoy(receiverDeaf)},
		{receiverSlow, annoy(receiverSlow)},
		{receiverGone, (*saboteur).leave},
	}
	atWeChat = []fault{
		{wechatBusy, spoilCalls(sandbox.CallBusy)},
		{wechatCut, spoilCalls(sandbox.CallCut)},
		{wechatDeaf, spoilCalls(sandbox.CallUnanswered)},
		{wechatGateway, spoilCalls(sandbox.CallBadGateway)},
		{wechatPage, spoilCalls(sandbox.CallPage)},
		{wechatRevoked, (*saboteur).revokeTokens},
	}
	atStandby = []fault{
		{promoted, (*saboteur).promoteWhole},
		{promotedWithout, (*saboteur).promoteWithout},
	}
)

// processFaults are those of processes; with a standby more can go wrong.
func processFaults() []fault {
	if *withStandby {
		return slices.Concat(atProcesses, atStandby)
	}
	return atProcesses
}

// kinds are all that must have hit something, or the run was worth little.
func kinds() (all []string) {
	for _, f := range slices.Concat(atCables, processFaults(), atDoors, atReceivers, atWeChat) {
		all = append(all, f.kind)
	}
	return append(all, waitCancelled, "client gave up early", followerCut)
}

// saboteur breaks things, one at a time.
type saboteur struct {
	tb    testing.TB
	world *world
	rand  *rand.Rand
	tally *tally
	pause int // operations that it lets pass between two faults, about
}

// work breaks things in an order that is another each time, until ctx ends. What
// it has begun it ends.
func (s *saboteur) work(ctx context.Context, faults []fault) error {
	for ctx.Err() == nil {
		for _, i := range s.rand.Perm(len(faults)) {
			if !s.rest(ctx) {
				return nil
			}
			hits, err := faults[i].do(s, ctx)
			if err != nil {
				return fmt.Errorf("%s: %w", faults[i].kind, err)
			}
			if hits > 0 {
				s.tally.fault(faults[i].kind, hits)
			}
		}
	}
	return nil
}

// rest lets everybody else work, however fast the machine is. It reports false
// when ctx ends.
func (s *saboteur) rest(ctx context.Context) bool {
	return s.await(ctx, s.pause/2+s.rand.IntN(s.pause), func() bool { return false })
}

// await lets so many operations pass, or fewer if it happens meanwhile. It
// reports false when ctx ends.
func (s *saboteur) await(ctx context.Context, operations int, happened func() bool) bool {
	until := s.tally.operations() + operations
	for ctx.Err() == nil {
		if happened() || s.tally.operations() >= until {
			return true
		}
		time.Sleep(5 * time.Millisecond)
	}
	return false
}

func (s *saboteur) upTo(d time.Duration) time.Duration { return time.Duration(s.rand.Int64N(int64(d))) }

func (s *saboteur) server() *server { return s.world.servers[s.rand.IntN(len(s.world.servers))] }

func (s *saboteur) cut(context.Context) (int, error) { return s.server().cable.cut(), nil }

// stall outlasts the patience of a try, and sometimes that of a push.
func (s *saboteur) stall(context.Context) (int, error) {
	d := 200*time.Millisecond + s.upTo(1300*time.Millisecond)
	return s.server().cable.stall(d), nil
}

func (s *saboteur) unplug(context.Context) (int, error) {
	c := s.server().cable
	c.unplugged.Store(true)
	defer c.unplugged.Store(false)
	hits := c.cut()
	time.Sleep(100*time.Millisecond + s.upTo(1200*time.Millisecond))
	return hits, nil
}

// outOfReach leaves a server without Postgres for longer than a push may take, so
// that it cannot find out in time what became of its COMMIT; each third time for
// as long as -outage says.
func outOfReach(c *cable) {
	d := 1200 * time.Millisecond
	if outages.Add(1)%3 == 0 {
		d = max(d, *outage)
	}
	c.unplugFor(d)
}

var outages atomic.Int64

// lurk cuts the next few transactions of a server at their COMMIT. Hits are
// counted as they happen.
func lurk(where string, then func(*cable)) func(*saboteur, context.Context) (int, error) {
	return func(s *saboteur, ctx context.Context) (int, error) {
		a := &ambush{where: where, then: then, hits: s.tally}
		a.left.Store(int64(1 + s.rand.IntN(4)))
		if then != nil {
			a.left.Store(1)
		}
		c := s.server().cable
		c.ambush.Store(a)
		s.await(ctx, 2*s.pause, func() bool { return a.left.Load() <= 0 })
		c.ambush.Store(nil)
		return 0, nil
	}
}

func (s *saboteur) restart(context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience) // also when the run ends meanwhile
	defer cancel()
	return 1, s.world.postgres.Restart(ctx)
}

func (s *saboteur) killPostgres(ctx context.Context) (int, error) {
	if err := s.world.postgres.Kill(); err != nil {
		return 0, err
	}
	return s.restart(ctx)
}

// quit is Postgres' immediate shutdown: it aborts, and recovers at the next start.
func (s *saboteur) quit(ctx context.Context) (int, error) {
	pid, err := postmaster(s.world.postgres.Dir())
	if err != nil {
		return 0, err
	}
	ended := s.world.postgres.Done()
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
		return 0, err
	}
	<-ended
	return s.restart(ctx)
}

// postmaster is the process that a private Postgres says it is.
func postmaster(dir string) (int, error) {
	files, _ := filepath.Glob(filepath.Join(dir, "pg*", "postmaster.pid")) // fails on a malformed pattern only
	if len(files) != 1 {
		return 0, fmt.Errorf("%d postmasters in %s", len(files), dir)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return strconv.Atoi(first)
}

func (s *saboteur) killServer(context.Context) (int, error) {
	one := s.server()
	if err := one.kill(); err != nil {
		return 0, err
	}
	time.Sleep(s.upTo(200 * time.Millisecond))
	return 1, one.start()
}
