package api

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

const (
	// maxReading is how many bodies of one token are read at a time, and maxPending how
	// many are read or wait to be. More are refused at once.
	maxReading = 64
	maxPending = 320

	// maxSmall is how large a body may be without a share of maxLarge. A request with a
	// hundred scans is much smaller.
	maxSmall = 64 << 10

	// maxLarge is how many bytes all bodies together may have beyond maxSmall each.
	maxLarge = 64 << 20

	// maxUnderWay is how many waybills may have scans under way. It is large compared to
	// one request: a few locked waybills must not delay others.
	maxUnderWay = 16_000
)

// caller is a token and its share of what all callers share: at most half. The other half is
// free for others while one sends slowly, or reports scans of locked waybills.
type caller struct {
	Token
	pending  atomic.Int64        // bodies that are read or wait to be
	reading  *semaphore.Weighted // one for each body being read
	large    *semaphore.Weighted // its bytes beyond maxSmall
	underWay *semaphore.Weighted // one for each waybill of a request
	waits    atomic.Int64        // requests that wait for events
}

func newCaller(t Token) *caller {
	return &caller{
		Token:    t,
		reading:  semaphore.NewWeighted(maxReading),
		large:    semaphore.NewWeighted(maxLarge / 2),
		underWay: semaphore.NewWeighted(maxUnderWay / 2),
	}
}

// acquireBody waits until one more body of the caller's may be read. It fails at the
// deadline, even if bodies that are cut off then make room: no time is left to read it.
func (c *caller) acquireBody(ctx context.Context) (release func(), err error) {
	read := c.pending.Add(1) <= maxPending && c.reading.Acquire(ctx, 1) == nil
	release = func() {
		if read {
			c.reading.Release(1)
		}
		c.pending.Add(-1)
	}
	if until, _ := ctx.Deadline(); !read || !time.Now().Before(until) {
		release()
		return nil, excess(fmt.Sprintf("%d requests of the token are being read", maxReading))
	}
	return release, nil
}

// acquireLarge waits until a body of the caller's may have size bytes beyond maxSmall.
func (a *API) acquireLarge(ctx context.Context, c *caller, size int64) (release func(), err error) {
	if c.large.Acquire(ctx, size) != nil {
		return nil, excess(fmt.Sprintf("large bodies of the token have %d bytes", maxLarge/2))
	}
	if err := a.large.Acquire(ctx, size); err != nil {
		c.large.Release(size)
		return nil, fmt.Errorf("large bodies of all tokens have %d bytes: %w", maxLarge, err)
	}
	return func() {
		a.large.Release(size)
		c.large.Release(size)
	}, nil
}

// excess is the problem of a request when the token has too many others.
func excess(detail string) *problem {
	return retryable(tooMany, "nothing", detail+", and no more at a time; nothing was recorded, send it again", nil)
}

// acquireWaybills waits until scans of n more waybills may be under way. Release each
// with releaseWaybill.
func (a *API) acquireWaybills(ctx context.Context, c *caller, n int64) error {
	if err := c.underWay.Acquire(ctx, n); err != nil {
		return fmt.Errorf("scans of up to %d waybills of the token are under way: %w", maxUnderWay/2, err)
	}
	if err := a.underWay.Acquire(ctx, n); err != nil {
		c.underWay.Release(n)
		return fmt.Errorf("scans of up to %d waybills are under way: %w", maxUnderWay, err)
	}
	return nil
}

func (a *API) releaseWaybill(c *caller) {
	a.underWay.Release(1)
	c.underWay.Release(1)
}
