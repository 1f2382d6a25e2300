package store

import "sync"

// lanes keep merchants apart whose rows somebody has locked: their requests wait
// for the lock in sets of their own, one set at a time, and nobody else's wait
// with them. A lane is there while a request is in it; those of the same
// merchant that come meanwhile join.
type lanes[J any] struct {
	settle func([]J) error
	most   int

	mu      sync.Mutex
	byBizID map[string]*lane[J]
}

type lane[J any] struct {
	gatherer[J]
	requests int
}

// join brings a request into its merchant's lane if there is one; make makes
// one. A request that has joined leaves when it is answered. One without a
// merchant has nobody's rows to wait for, and no lane.
func (l *lanes[J]) join(t *task, make bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	own := l.byBizID[t.bizID]
	if t.apart || t.bizID == "" || own == nil && !make {
		return
	}
	if own == nil {
		own = &lane[J]{gatherer: gatherer[J]{settle: l.settle, workers: 1, most: l.most}}
		l.byBizID[t.bizID] = own
	}
	own.requests++
	t.apart = true
}

func (l *lanes[J]) leave(t *task) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !t.apart {
		return
	}
	t.apart = false
	own := l.byBizID[t.bizID]
	if own.requests--; own.requests == 0 {
		delete(l.byBizID, t.bizID)
	}
}

// has tells whether a merchant's requests are kept apart.
func (l *lanes[J]) has(bizID string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.byBizID[bizID] != nil
}

// of is the lane of a request that has joined.
func (l *lanes[J]) of(t *task) *gatherer[J] {
	l.mu.Lock()
	defer l.mu.Unlock()
	return &l.byBizID[t.bizID].gatherer
}
