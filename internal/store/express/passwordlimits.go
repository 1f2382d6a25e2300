package express

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"carrierhook/internal/waybill"
)

// maxComparisons is how many slow comparisons a merchant may have under way: one that
// is made, the others in line for it. A merchant has one right password, so that an
// honest one rarely has two.
const maxComparisons = 8

var (
	errComparisonsFull = fmt.Errorf("%w: as many as there may be are under way", waybill.ErrTooManyPasswords)
	errTurnTooLate     = fmt.Errorf("%w: its turn did not come in time", waybill.ErrTooManyPasswords)
)

// comparisonLimits bounds the slow comparisons. A merchant has one made at a time, so
// that somebody who guesses for it takes one of the turns of all, and other merchants
// go in between: the turns go round.
type comparisonLimits struct {
	turns chan struct{} // a semaphore, first come, first served

	mu        sync.Mutex
	merchants map[string]*merchantComparisons // of those with any under way
}

type merchantComparisons struct {
	underWay int
	turn     chan struct{} // likewise, of one
}

// newComparisonLimits leaves half of the processors to everything else; but two turns
// there are, so that no merchant has them all.
func newComparisonLimits() *comparisonLimits {
	return &comparisonLimits{
		turns:     make(chan struct{}, max(2, runtime.GOMAXPROCS(0)/2)),
		merchants: map[string]*merchantComparisons{},
	}
}

// enter waits for the merchant's turn, until ctx ends; whoever has it gives it back by
// done. It is errComparisonsFull at once where too many wait already.
func (l *comparisonLimits) enter(ctx context.Context, bizID string) (done func(), err error) {
	m := l.join(bizID)
	if m == nil {
		return nil, errComparisonsFull
	}
	select {
	case m.turn <- struct{}{}:
	case <-ctx.Done():
		l.leave(bizID)
		return nil, errTurnTooLate
	}
	giveBack, err := l.enterAny(ctx)
	if err != nil {
		<-m.turn
		l.leave(bizID)
		return nil, err
	}
	return func() {
		giveBack()
		<-m.turn
		l.leave(bizID)
	}, nil
}

// enterAny waits for a turn of all merchants.
func (l *comparisonLimits) enterAny(ctx context.Context) (done func(), err error) {
	select {
	case l.turns <- struct{}{}:
		return func() { <-l.turns }, nil
	case <-ctx.Done():
		return nil, errTurnTooLate
	}
}

// join is nil where the merchant has as many under way as it may.
func (l *comparisonLimits) join(bizID string) *merchantComparisons {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.merchants[bizID]
	if m == nil {
		m = &merchantComparisons{turn: make(chan struct{}, 1)}
		l.merchants[bizID] = m
	}
	if m.underWay == maxComparisons {
		return nil
	}
	m.underWay++
	return m
}

func (l *comparisonLimits) leave(bizID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.merchants[bizID]
	if m.underWay--; m.underWay == 0 {
		delete(l.merchants, bizID)
	}
}
