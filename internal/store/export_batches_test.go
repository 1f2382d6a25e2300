package store

import (
	"slices"
	"sync"
	"sync/atomic"

	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pg"
)

// HoldBatches keeps every batch that several merchants may share waiting, so that what
// comes meanwhile is in the next one together. come tells how many have come.
func (s *Store) HoldBatches() (come func() int, release func()) {
	gate := make(chan struct{})
	var waiting atomic.Int64
	s.aroundBatches(func(size int) {
		waiting.Add(int64(size))
		<-gate
	}, func([]string, error) {})
	come = func() int {
		return int(waiting.Load()) + s.Express.Waiting() + s.Instant.Waiting()
	}
	return come, sync.OnceFunc(func() { close(gate) })
}

// WatchBatches tells of every such batch from now on whose it was, and how it ended.
func (s *Store) WatchBatches(ended func(bizIDs []string, err error)) {
	s.aroundBatches(func(int) {}, ended)
}

// hook is called around every batch.
type hook struct {
	before func(size int)
	after  func(bizIDs []string, err error)
}

// batchHooks are those of each store that tests opened.
var batchHooks sync.Map // *Store: *atomic.Pointer[[]hook]

// HookBatches makes room for hooks, before the store is asked for anything.
func (s *Store) HookBatches() {
	all := new(atomic.Pointer[[]hook])
	all.Store(new([]hook))
	batchHooks.Store(s, all)
	observer := batch.Observer{Begin: func(owners []string) {
		for _, h := range *all.Load() {
			h.before(len(owners))
		}
	}, End: func(owners []string, err error) {
		for _, h := range *all.Load() {
			h.after(owners, err)
		}
	}}
	s.Express.SetObserver(observer)
	s.Instant.SetObserver(observer)
}

func (s *Store) aroundBatches(before func(size int), after func([]string, error)) {
	of, _ := batchHooks.Load(s)
	all := of.(*atomic.Pointer[[]hook])
	more := append(slices.Clone(*all.Load()), hook{before, after})
	all.Store(&more)
}

// LockTimeout tells whether another transaction had something locked for too long.
func LockTimeout(err error) bool { return pg.LockTimeout(err) }
