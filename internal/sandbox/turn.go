package sandbox

import (
	"sync/atomic"
	"time"
)

// A Turn belongs to the call that pushes about an order or an account: WeChat's pushes about
// the same thing do not overlap here. It is no mutex, because testing/synctest does not see
// what waits for one.
type Turn struct {
	taken chan struct{}
	last  atomic.Int64 // the CreateTime of the last push
}

// NewTurn is a turn that is free.
func NewTurn() *Turn { return &Turn{taken: make(chan struct{}, 1)} }

// Take waits for the turn.
func (t *Turn) Take() { t.taken <- struct{}{} }

// GiveBack ends the turn.
func (t *Turn) GiveBack() { <-t.taken }

// CreateTime is now, but never the last time: two pushes about one thing that agree
// in CreateTime would be one push repeated.
func (t *Turn) CreateTime(now time.Time) int64 {
	for {
		last := t.last.Load()
		at := max(now.Unix(), last+1)
		if t.last.CompareAndSwap(last, at) {
			return at
		}
	}
}
