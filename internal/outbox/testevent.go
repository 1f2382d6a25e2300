package outbox

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store/events"
)

// testTime is left of the context's time when there is no answer.
const testTime = 500 * time.Millisecond

// Test sends an event to an endpoint, out of order, and waits for the answer. It is not
// sent again.
func (x *Outbox) Test(ctx context.Context, endpoint, account, token string) (event.TestResult, error) {
	i := slices.IndexFunc(x.Endpoints, func(e Endpoint) bool { return e.Name == endpoint })
	if i < 0 {
		return event.TestResult{}, event.ErrNoEndpoint
	}
	if end, limited := ctx.Deadline(); limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end.Add(-testTime))
		defer cancel()
	}
	now := time.Now()
	e := event.Event{
		ID: event.NewID(event.Test, endpoint, rand.Text()), Kind: event.Test, Time: now, Account: account,
		Body: event.Body{Source: event.Source{Token: token}},
	}
	r := x.Endpoints[i].Sender.Send(ctx, &events.Delivery{Stored: events.Stored{ID: e.ID, Body: e.AppendJSON(nil)}}, "")
	return event.TestResult{ID: e.ID, Delivered: r.OK, Failure: r.Failure, Took: time.Since(now)}, nil
}
