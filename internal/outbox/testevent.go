package outbox

import (
	"context"
	"crypto/rand"
	"strconv"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store/events"
)

// TestResult is what became of a test.
type TestResult struct {
	ID      event.ID
	OK      bool
	Failure string
	Took    time.Duration
}

// Test sends an event to an endpoint, out of order, and waits for the answer. It is not
// sent again.
func (x *Outbox) Test(ctx context.Context, endpoint, account, token string) (TestResult, error) {
	s, ok := x.senders[endpoint]
	if !ok {
		return TestResult{}, event.ErrNoEndpoint
	}
	now := time.Now()
	e := event.Event{
		ID: event.NewID(event.Test, endpoint, rand.Text()), Kind: event.Test, Time: now, Account: account,
		Body: event.Body{Source: event.Source{Token: token}},
	}
	r := s.send(ctx, &events.Delivery{Stored: events.Stored{ID: e.ID, Body: e.JSON()}}, "")
	return TestResult{ID: e.ID, OK: r.ok, Failure: r.failure, Took: time.Since(now)}, nil
}

// cursor is a position as the feed writes it.
func (x *Outbox) cursor(position int64) string {
	return x.Horizon.Epoch() + "." + strconv.FormatInt(position, 10)
}
