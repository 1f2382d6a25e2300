package outbox

import (
	"context"
	"sync"
	"time"

	"carrierhook/internal/store/events"

	"go.uber.org/zap"
)

// MaxConcurrent is how many events are being sent to an endpoint at a time, at most.
const MaxConcurrent = 64

const (
	// maxWindow is how many events of the log are in memory for an endpoint, and pageSize
	// how many come at a time. A body is below 20 kB, and most are far below.
	maxWindow = 512
	pageSize  = 256

	// maxBytes is how much of bodies there may be before more is read.
	maxBytes = 4 << 20

	// maxRetries is how many of event_retry are.
	maxRetries = 256

	pageEvery       = 4 * time.Millisecond // at most
	checkpointEvery = 150 * time.Millisecond
	renewEvery      = 2 * time.Second
	dueEvery        = time.Second
	maxResults      = 500 // before a checkpoint

	// stopTime is how long requests under way have when the server stops.
	stopTime = 3 * time.Second
)

// engine delivers to one endpoint while this server has its lease. One goroutine has all
// of its state; requests are under way beside it, and one thing that is read or written.
type engine struct {
	outbox   *Outbox
	endpoint Endpoint
	metrics  endpointMetrics
	log      *zap.Logger

	lease  events.Lease
	ends   *time.Timer // of the lease, by this machine's clock
	window *window
	health health

	sent    chan sentItem
	done    chan func() // what to do when what is read or written is there
	busy    bool        // something is
	over    bool        // the lease is lost
	away    bool        // it is given to another server, which may fare better
	someDue bool        // in event_retry, perhaps

	results  int           // that are not written
	typical  time.Duration // of a request that succeeds
	failure  string        // of the last that failed, until it is written
	wait     *wait
	again    time.Time // there is no room for a request before
	disable  bool      // until it is written
	probes   int
	probed   int64 // the last one of event_retry
	when     times
	complain time.Time // not before
	logged   time.Time // likewise, of a failure
}

// wait is that of an endpoint since the last Postponed. It lasts when the lease does not:
// what this server was answered is about this server.
type wait struct {
	why       string // empty: it does not wait
	since     time.Time
	until     time.Time
	elsewhere bool // another server may fare better
}

// times are when things were done last.
type times struct{ page, due, checkpoint, renewal, expiry time.Time }

func newEngine(x *Outbox, e Endpoint, l events.Lease, until time.Time, w *wait, log *zap.Logger) *engine {
	now := time.Now()
	n := &engine{
		outbox: x, endpoint: e, metrics: x.metrics.of(e.Name), log: log, wait: w,
		lease: l, window: newWindow(l.Position), ends: time.NewTimer(time.Until(until)),
		sent: make(chan sentItem, MaxConcurrent), done: make(chan func(), 1), when: times{renewal: now},
		health: newHealth(MaxConcurrent),
	}
	if l.Failing {
		n.health.fail(now)
	}
	if w.why != "" {
		n.health.postpone(w.until)
	}
	return n
}

// run delivers until ctx ends or the lease is lost. Nothing is under way when it returns.
func (n *engine) run(ctx context.Context) {
	requests, cancelRequests := context.WithCancel(context.WithoutCancel(ctx))
	database, cancelDatabase := context.WithCancel(context.WithoutCancel(ctx))
	watching, unwatch := context.WithCancel(ctx)
	moved := make(chan struct{}, 1)
	var watch sync.WaitGroup
	watch.Go(func() { n.watch(watching, moved) })

	n.loop(ctx, requests, database, moved, cancelRequests)

	unwatch()
	cancelRequests()
	for ; n.window.sending > 0; n.window.sending-- {
		<-n.sent
	}
	if n.over {
		cancelDatabase()
	}
	if n.busy {
		<-n.done
	}
	cancelDatabase()
	n.ends.Stop()
	watch.Wait()
	n.leave(ctx)
}

func (n *engine) loop(ctx, requests, database context.Context, moved <-chan struct{}, cancelRequests func()) {
	var stopping <-chan time.Time
	stop, wait := ctx.Done(), time.NewTimer(0)
	defer wait.Stop()
	for !n.over {
		leaving := stopping != nil || n.away
		halted := leaving || n.halted(time.Now())
		if halted && !n.busy {
			n.window.rewind()
		}
		if leaving && !n.busy && n.window.sending == 0 {
			return
		}
		if !halted {
			n.fill(requests)
		}
		wait.Reset(n.untilRoom(n.start(requests, database, halted, leaving)))
		select {
		case r := <-n.sent:
			n.finish(r, requests.Err() != nil)
			for range len(n.sent) {
				n.finish(<-n.sent, requests.Err() != nil)
			}
		case then := <-n.done:
			n.busy = false
			then()
		case <-moved:
		case <-wait.C:
		case <-n.ends.C:
			n.over = true
			n.log.Warn("lease of an endpoint could not be renewed")
		case <-stop:
			stop, stopping = nil, time.After(stopTime)
		case <-stopping:
			cancelRequests()
		}
	}
}

// halted tells whether nothing is taken from the log.
func (n *engine) halted(now time.Time) bool {
	return n.health.failing || n.health.waits(now) || n.lease.Paused || n.lease.Disabled || n.disable
}

// watch tells when the horizon has moved.
func (n *engine) watch(ctx context.Context, moved chan<- struct{}) {
	h := n.outbox.Horizon
	for {
		err := h.Wait(ctx, h.Position())
		if ctx.Err() != nil || err != nil && !pause(ctx, time.Second) {
			return
		}
		select {
		case moved <- struct{}{}:
		default:
		}
	}
}
