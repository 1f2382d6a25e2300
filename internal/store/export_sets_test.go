package store

import (
	"slices"
	"sync"
	"sync/atomic"

	"carrierhook/internal/store/pg"
)

// HoldSets keeps every set that several merchants may share waiting, so that what
// comes meanwhile is in the next one together. come tells how many have come.
func (s *Store) HoldBatches() (come func() int, release func()) {
	gate := make(chan struct{})
	var held atomic.Int64
	s.aroundBatches(func(size int) {
		held.Add(int64(size))
		<-gate
	}, func([]string, error) {})
	come = func() int { return int(held.Load()) + s.Waiting() }
	return come, sync.OnceFunc(func() { close(gate) })
}

// WatchSets tells of every such set from now on whose it was, and how it ended.
func (s *Store) WatchBatches(ended func(bizIDs []string, err error)) {
	s.aroundBatches(func(int) {}, ended)
}

// hook is called around every set.
type hook struct {
	before func(size int)
	after  func(bizIDs []string, err error)
}

// batchHooks are those of each store that tests opened.
var batchHooks sync.Map // *Store: *atomic.Pointer[[]hook]

// HookSets makes room for hooks, before the store is asked for anything: its workers
// read what settles a set without a lock.
func (s *Store) HookBatches() {
	all := new(atomic.Pointer[[]hook])
	all.Store(new([]hook))
	batchHooks.Store(s, all)
	around(s.cancels, all)
	around(s.books, all)
	around(s.accounts, all)
	around(s.scans, all)
	around(s.charges, all)
	around(s.registers, all)
	around(s.delivers, all)
	around(s.advances, all)
}

func (s *Store) aroundBatches(before func(size int), after func([]string, error)) {
	of, _ := batchHooks.Load(s)
	all := of.(*atomic.Pointer[[]hook])
	more := append(slices.Clone(*all.Load()), hook{before, after})
	all.Store(&more)
}

func around[J Job](c *Batcher[J], all *atomic.Pointer[[]hook]) {
	settle := c.queue.run
	c.queue.run = func(set []J) error {
		now := *all.Load()
		for _, h := range now {
			h.before(len(set))
		}
		err := settle(set)
		var bizIDs []string
		for _, j := range set {
			bizIDs = append(bizIDs, j.state().Owner)
		}
		for _, h := range now {
			h.after(bizIDs, err)
		}
		return err
	}
}

// Waiting is how many requests wait for a set to go with, in no lane.
func (s *Store) Waiting() int {
	return s.cancels.queue.waits() + s.books.queue.waits() + s.accounts.queue.waits() + s.scans.queue.waits() +
		s.charges.queue.waits() + s.registers.queue.waits() + s.delivers.queue.waits() + s.advances.queue.waits()
}

// LockedOut tells whether Postgres said that somebody had something locked for too
// long.
func LockTimeout(err error) bool { return pg.LockTimeout(err) }
