package store

import "sync"

// lanes keep merchants apart whose rows somebody has locked: their requests wait
// for the lock in sets of their own, one set at a time, and nobody else's wait
// with them. A lane is there while a request is in it; those of the same
// merchant that come meanwhile join.
type isolation[J any] struct {
	run func([]J) error
	max int

	mu      sync.Mutex
	byBizID map[string]*isolatedQueue[J]
}

type isolatedQueue[J any] struct {
	queue[J]
	requests int
}

// join brings a request into its merchant's lane if there is one; make makes
// one. A request that has joined leaves when it is answered. One without a
// merchant has nobody's rows to wait for, and no lane.
func (l *isolation[J]) join(t *Task, make bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	own := l.byBizID[t.Owner]
	if t.isolated || t.Owner == "" || own == nil && !make {
		return
	}
	if own == nil {
		own = &isolatedQueue[J]{queue: queue[J]{run: l.run, workers: 1, max: l.max}}
		l.byBizID[t.Owner] = own
	}
	own.requests++
	t.isolated = true
}

func (l *isolation[J]) leave(t *Task) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !t.isolated {
		return
	}
	t.isolated = false
	own := l.byBizID[t.Owner]
	if own.requests--; own.requests == 0 {
		delete(l.byBizID, t.Owner)
	}
}

// has tells whether a merchant's requests are kept apart.
func (l *isolation[J]) has(bizID string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.byBizID[bizID] != nil
}

// of is the lane of a request that has joined.
func (l *isolation[J]) queueOf(t *Task) *queue[J] {
	l.mu.Lock()
	defer l.mu.Unlock()
	return &l.byBizID[t.Owner].queue
}
