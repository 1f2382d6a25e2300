package storetest

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"carrierhook/internal/store/batch"
)

// Batches observes the batches of what is tested, those that several owners may share.
type Batches struct {
	observers atomic.Pointer[[]batch.Observer]
	waiting   func() int
}

// NewBatches takes a function that counts the requests that wait for a batch.
func NewBatches(waiting func() int) *Batches {
	b := &Batches{waiting: waiting}
	b.observers.Store(new([]batch.Observer))
	return b
}

// Observer has to be set before the first request.
func (b *Batches) Observer() batch.Observer {
	return batch.Observer{Begin: func(owners []string) {
		for _, o := range *b.observers.Load() {
			o.Begin(owners)
		}
	}, End: func(owners []string, err error) {
		for _, o := range *b.observers.Load() {
			o.End(owners, err)
		}
	}}
}

// Add has every batch from now on observed.
func (b *Batches) Add(o batch.Observer) {
	all := append(slices.Clone(*b.observers.Load()), o)
	b.observers.Store(&all)
}

// Crowd makes n requests at once, while batches are kept waiting: those that are in one
// already are few, most often one, and the others are in the next one, together.
// The requests of others come with them, and are not waited for.
func (b *Batches) Crowd(t *testing.T, n int, do func(i int), others ...func()) {
	t.Helper()
	gate := make(chan struct{})
	release := sync.OnceFunc(func() { close(gate) })
	var begun atomic.Int64
	b.Add(batch.Observer{Begin: func(owners []string) {
		begun.Add(int64(len(owners)))
		<-gate
	}, End: func([]string, error) {}})
	for _, other := range others {
		go other()
	}
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { do(i) })
	}
	Until(t, "all requests have come", func() bool { return int(begun.Load())+b.waiting() >= n+len(others) })
	release()
	all.Wait()
}
