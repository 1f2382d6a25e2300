package store

import (
	"slices"
	"sync"
	"sync/atomic"
)

// HoldSets keeps every set that several merchants may share waiting, so that what
// comes meanwhile is in the next one together. come tells how many have come.
func (s *Store) HoldSets() (come func() int, release func()) {
	gate := make(chan struct{})
	var held atomic.Int64
	s.aroundSets(func(size int) {
		held.Add(int64(size))
		<-gate
	}, func([]string, error) {})
	come = func() int { return int(held.Load()) + s.Waiting() }
	return come, sync.OnceFunc(func() { close(gate) })
}

// WatchSets tells of every such set from now on whose it was, and how it ended.
func (s *Store) WatchSets(ended func(bizIDs []string, err error)) { s.aroundSets(func(int) {}, ended) }

// hook is called around every set.
type hook struct {
	before func(size int)
	after  func(bizIDs []string, err error)
}

// hooks are those of each store that tests opened.
var hooks sync.Map // *Store: *atomic.Pointer[[]hook]

// HookSets makes room for hooks, before the store is asked for anything: its workers
// read what settles a set without a lock.
func (s *Store) HookSets() {
	all := new(atomic.Pointer[[]hook])
	all.Store(new([]hook))
	hooks.Store(s, all)
	around(s.cancels, all)
	around(s.books, all)
	around(s.accounts, all)
	around(s.scans, all)
	around(s.charges, all)
	around(s.registers, all)
	around(s.delivers, all)
	around(s.advances, all)
}

func (s *Store) aroundSets(before func(size int), after func([]string, error)) {
	of, _ := hooks.Load(s)
	all := of.(*atomic.Pointer[[]hook])
	more := append(slices.Clone(*all.Load()), hook{before, after})
	all.Store(&more)
}

func around[J job](c *clerk[J], all *atomic.Pointer[[]hook]) {
	settle := c.gather.settle
	c.gather.settle = func(set []J) error {
		now := *all.Load()
		for _, h := range now {
			h.before(len(set))
		}
		err := settle(set)
		var bizIDs []string
		for _, j := range set {
			bizIDs = append(bizIDs, j.state().bizID)
		}
		for _, h := range now {
			h.after(bizIDs, err)
		}
		return err
	}
}

// Waiting is how many requests wait for a set to go with, in no lane.
func (s *Store) Waiting() int {
	return s.cancels.gather.waits() + s.books.gather.waits() + s.accounts.gather.waits() + s.scans.gather.waits() +
		s.charges.gather.waits() + s.registers.gather.waits() + s.delivers.gather.waits() + s.advances.gather.waits()
}

// LockedOut tells whether Postgres said that somebody had something locked for too
// long.
func LockedOut(err error) bool { return lockedOut(err) }
