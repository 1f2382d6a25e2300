package batch

import "sync"

// isolation keeps the requests of an owner apart after one of them ran into the lock
// timeout: they wait for the lock in batches of their own, one batch at a time, and no
// other request waits with them. Such a queue is there while a request is in it; those of the same merchant
// that come meanwhile join.
type isolation[J any] struct {
	queueOptions[J]

	mu      sync.Mutex
	byOwner map[string]*isolatedQueue[J]
}

type isolatedQueue[J any] struct {
	queue[J]
	requests int
}

// join brings a request into its owner's queue if there is one; create makes one. A
// request that has joined leaves when it is answered. One without an owner has no rows
// to wait for, and no queue.
func (l *isolation[J]) join(t *Task, create bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	own := l.byOwner[t.Owner]
	if t.isolated || t.Owner == "" || own == nil && !create {
		return
	}
	if own == nil {
		own = &isolatedQueue[J]{queue: queue[J]{queueOptions: l.queueOptions}}
		l.byOwner[t.Owner] = own
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
	own := l.byOwner[t.Owner]
	if own.requests--; own.requests == 0 {
		delete(l.byOwner, t.Owner)
	}
}

// queueOf is the queue of a request that has joined.
func (l *isolation[J]) queueOf(t *Task) *queue[J] {
	l.mu.Lock()
	defer l.mu.Unlock()
	return &l.byOwner[t.Owner].queue
}

// Isolated is, for tests, how many owners have requests that are isolated.
func (b *Batcher[J]) Isolated() int {
	l := &b.isolated
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.byOwner)
}

// HasIsolated tells whether an owner's requests are isolated.
func (b *Batcher[J]) HasIsolated(owner string) bool {
	l := &b.isolated
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.byOwner[owner] != nil
}

// JoinIsolated isolates a request with those of its owner, if there are any.
func (b *Batcher[J]) JoinIsolated(t *Task) { b.isolated.join(t, false) }
