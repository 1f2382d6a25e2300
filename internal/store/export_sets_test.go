package store

import (
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

func (s *Store) aroundSets(before func(size int), after func([]string, error)) {
	around(s.cancels, before, after)
	around(s.books, before, after)
	around(s.accounts, before, after)
	around(s.scans, before, after)
	around(s.charges, before, after)
	around(s.registers, before, after)
	around(s.delivers, before, after)
	around(s.advances, before, after)
}

func around[J job](c *clerk[J], before func(size int), after func([]string, error)) {
	settle := c.gather.settle
	c.gather.settle = func(set []J) error {
		before(len(set))
		err := settle(set)
		var bizIDs []string
		for _, j := range set {
			bizIDs = append(bizIDs, j.state().bizID)
		}
		after(bizIDs, err)
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
