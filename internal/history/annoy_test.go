package history

import (
	"context"
	"sync/atomic"
	"time"
)

// What goes wrong with a receiver.
const (
	receiverError = "receiver answered 500"
	receiverCut   = "receiver hung up before it took an event"
	receiverDeaf  = "receiver took an event, answer not sent"
	receiverSlow  = "receiver answered late"
	receiverGone  = "receiver out of reach"
)

// trap is what happens to the next few events that come for the first time.
type trap struct {
	how  string
	left atomic.Int64
	hits *tally
}

// annoy has the next few events that a receiver gets go wrong. Hits are counted as they
// happen. An event that has gone wrong once is taken when it comes again: the times at
// which it comes grow.
func annoy(how string) func(*saboteur, context.Context) (int, error) {
	return func(s *saboteur, ctx context.Context) (int, error) {
		r := s.receiver()
		t := &trap{how: how, hits: s.tally}
		t.left.Store(int64(1 + s.rand.IntN(3)))
		r.trap.Store(t)
		s.await(ctx, s.pause, func() bool { return t.left.Load() <= 0 })
		r.trap.Store(nil)
		return 0, nil
	}
}

// leave has a receiver hang up on everybody for a time.
func (s *saboteur) leave(context.Context) (int, error) {
	r := s.receiver()
	before, _ := r.all()
	r.gone.Store(true)
	defer r.gone.Store(false)
	time.Sleep(300*time.Millisecond + s.upTo(900*time.Millisecond))
	after, _ := r.all()
	return len(after) - len(before), nil
}

func (s *saboteur) receiver() *receiver {
	return s.world.receivers[s.rand.IntN(len(s.world.receivers))]
}
