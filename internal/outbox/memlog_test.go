package outbox

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store/events"
)

// memLog is a Log in memory, for tests in which time passes by itself. It has one
// endpoint.
type memLog struct {
	mu             sync.Mutex
	log            []events.Delivery
	retries        map[int64]*memRetry
	dead           map[int64]events.Retry
	lease          events.Lease
	leased         time.Time
	position       int64
	pages, written int
	maxAttempts    int
	body           []byte        // of each event
	clock          time.Duration // how much the database's is ahead
}

type memRetry struct {
	events.Delivery
	next   time.Time
	behind bool
}

func newMemLog() *memLog {
	return &memLog{retries: map[int64]*memRetry{}, dead: map[int64]events.Retry{}}
}

// read reads what servers change.
func (m *memLog) read(do func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	do()
}

// empty tells whether everything is accepted or dead.
func (m *memLog) empty() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.retries) == 0 && m.position == int64(len(m.log))
}

func (m *memLog) AddEndpoints(context.Context, []string, int64) error { return nil }

func (m *memLog) Lease(_ context.Context, name string, id [16]byte, until time.Duration) (events.Lease, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if time.Now().Before(m.leased) {
		return events.Lease{}, false, nil
	}
	m.leased = time.Now().Add(until)
	m.lease.Endpoint, m.lease.ID, m.lease.Position = name, id, m.position
	return m.lease, true, nil
}

func (m *memLog) Release(_ context.Context, l events.Lease) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lease.ID == l.ID {
		m.leased = time.Time{}
	}
	return nil
}

func (m *memLog) ReadPage(_ context.Context, p events.Page) (page []events.Delivery, next int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pages++
	next = p.UpTo
	for _, d := range m.log {
		if d.Position > p.After && d.Position <= p.UpTo && len(page) < p.Limit {
			for _, r := range m.retries {
				d.Behind = d.Behind || r.Parcel == d.Parcel
			}
			d.Age = time.Since(d.At) + m.clock
			page = append(page, m.marked(d))
		}
	}
	if len(page) == p.Limit {
		next = page[len(page)-1].Position
	}
	return page, next, nil
}

func (m *memLog) marked(d events.Delivery) events.Delivery {
	newest := int64(0)
	for _, r := range m.dead {
		if r.Parcel == d.Parcel && r.Position < d.Position && r.Position > newest {
			newest, d.Missed = r.Position, r.ID
		}
	}
	return d
}

func (m *memLog) sorted() []*memRetry {
	return slices.SortedFunc(maps.Values(m.retries), func(a, b *memRetry) int {
		return cmp.Or(a.next.Compare(b.next), cmp.Compare(a.Position, b.Position))
	})
}

func (m *memLog) Due(_ context.Context, _ string, except []int64, limit int) (due []events.Delivery, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.sorted() {
		if !r.behind && !r.next.After(time.Now()) && !slices.Contains(except, r.Position) && len(due) < limit {
			due = append(due, m.marked(r.Delivery))
		}
	}
	return due, nil
}

func (m *memLog) First(_ context.Context, _ string, after int64) ([]events.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	due := slices.DeleteFunc(slices.Sorted(maps.Keys(m.retries)), func(p int64) bool { return m.retries[p].behind })
	if len(due) == 0 {
		return nil, nil
	}
	i, _ := slices.BinarySearch(due, after+1)
	return []events.Delivery{m.marked(m.retries[due[i%len(due)]].Delivery)}, nil
}

func (m *memLog) Old(_ context.Context, _ string, age time.Duration, limit int) (old []events.Delivery, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range slices.Sorted(maps.Keys(m.retries)) {
		if r := m.retries[p]; time.Since(r.At)+m.clock > age && len(old) < limit {
			old = append(old, r.Delivery)
		}
	}
	return old, nil
}

func (m *memLog) Checkpoint(_ context.Context, c events.Checkpoint) (events.State, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c.Lease.ID != m.lease.ID || c.Lease.Position != m.position {
		return events.State{}, false, events.ErrLeaseLost
	}
	m.written++
	m.position, m.leased = c.To, time.Now().Add(c.Until)
	m.lease.Disabled, m.lease.Failing = m.lease.Disabled || c.Disable, c.Failing
	for _, r := range slices.Concat(c.Add, c.Again) {
		m.maxAttempts = max(m.maxAttempts, r.Attempts)
	}
	for _, r := range c.Add {
		m.retries[r.Position] = &memRetry{Delivery: r.Delivery, next: time.Now().Add(r.Wait), behind: r.Wait == events.WaitBehind}
	}
	for _, r := range c.Again {
		if row := m.retries[r.Position]; row != nil {
			row.next, row.Attempts = time.Now().Add(r.Wait), r.Attempts
		}
	}
	for _, r := range append(slices.Clone(c.Dead), c.Bury...) {
		delete(m.retries, r.Position)
		m.dead[r.Position] = r
	}
	for _, d := range c.Delivered {
		delete(m.retries, d.Position)
	}
	first, due := map[string]bool{}, false
	for _, p := range slices.Sorted(maps.Keys(m.retries)) {
		r := m.retries[p]
		if !first[r.Parcel] && r.behind {
			r.next, due = time.Now(), true
		}
		r.behind = first[r.Parcel]
		first[r.Parcel] = true
	}
	return m.lease.State, due, nil
}

func (m *memLog) Status(context.Context, []events.Wanted, int64) ([]event.EndpointStatus, error) {
	return nil, nil
}

// crashed is the Log of a server that dies when it is told to: nothing gets through.
type crashed struct {
	Log
	mu   sync.Mutex
	dead bool
}

var errCrashed = errors.New("this server is dead")

func (c *crashed) die() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dead = true
}

func (c *crashed) alive() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead {
		return errCrashed
	}
	return nil
}

func (c *crashed) Lease(ctx context.Context, name string, id [16]byte, until time.Duration) (events.Lease, bool, error) {
	if err := c.alive(); err != nil {
		return events.Lease{}, false, err
	}
	return c.Log.Lease(ctx, name, id, until)
}

func (c *crashed) Release(ctx context.Context, l events.Lease) error {
	if err := c.alive(); err != nil {
		return err
	}
	return c.Log.Release(ctx, l)
}

func (c *crashed) Checkpoint(ctx context.Context, cp events.Checkpoint) (events.State, bool, error) {
	if err := c.alive(); err != nil {
		return events.State{}, false, err
	}
	return c.Log.Checkpoint(ctx, cp)
}

func (c *crashed) ReadPage(ctx context.Context, p events.Page) ([]events.Delivery, int64, error) {
	if err := c.alive(); err != nil {
		return nil, 0, err
	}
	return c.Log.ReadPage(ctx, p)
}
