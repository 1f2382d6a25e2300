package api_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/handler/api"
)

// careStore has the endpoint dispatch, and deliveries of it.
type careStore struct {
	*store
	list []event.Delivery // newest first
}

var _ api.EventCare = &careStore{}

func newCareStore(s *store) *careStore {
	c := &careStore{store: s}
	at := time.Unix(1795320000, 0)
	for i, state := range event.DeliveryStates() {
		d := event.Delivery{
			Position: int64(9 - i), At: at.Add(time.Duration(-i) * time.Second), Kind: event.WaybillCancelled, Parcel: event.OfWaybill("W%3+ 号"),
			ID: event.NewID(event.WaybillCancelled, "W", string(state)), State: state,
		}
		if state == event.Dead {
			d.Attempts, d.DiedAt, d.Failure = 10, at.Add(75*time.Hour), "status 500"
		}
		if state == event.Retrying {
			d.Attempts, d.NextAt, d.Failure = 2, at.Add(5*time.Minute), "no answer in time"
		}
		c.list = append(c.list, d)
	}
	return c
}

// call begins a call about an endpoint.
func (c *careStore) call(ctx context.Context, name string, call any) error {
	if err := c.enter(ctx, call); err != nil {
		return err
	}
	defer c.mu.Unlock()
	if name != "dispatch" {
		return event.ErrNoEndpoint
	}
	return nil
}

func (c *careStore) Endpoints(ctx context.Context) ([]event.EndpointStatus, error) {
	at := time.Unix(1795320000, 0)
	return []event.EndpointStatus{
		{Name: "dispatch", Position: 7, Leased: true},
		{
			Name: "stock", Position: 3, PausedAt: at, PausedBy: "support", DisabledAt: at.Add(time.Second), FailingSince: at.Add(-time.Hour),
			LastFailure: "status 410", LastFailedAt: at.Add(-time.Minute), Oldest: 90 * time.Second, Dead: 1, Retrying: 2, Waiting: 4,
		},
	}, c.call(ctx, "dispatch", "endpoints")
}

type careCall struct{ what, name, by string }

func (c *careStore) Pause(ctx context.Context, name, by string) error {
	return c.call(ctx, name, careCall{"pause", name, by})
}

func (c *careStore) Resume(ctx context.Context, name string) error {
	return c.call(ctx, name, careCall{"resume", name, ""})
}

func (c *careStore) Test(ctx context.Context, name, by string) (event.TestResult, error) {
	return event.TestResult{ID: event.NewID(event.Test, name, ""), Failure: "status 500", Took: 12 * time.Millisecond},
		c.call(ctx, name, careCall{"test", name, by})
}

func (c *careStore) Deliveries(ctx context.Context, q event.DeliveryQuery) (page []event.Delivery, more bool, err error) {
	if err := c.call(ctx, q.Endpoint, q); err != nil {
		return nil, false, err
	}
	page = slices.DeleteFunc(slices.Clone(c.list), func(d event.Delivery) bool {
		return q.State != "" && d.State != q.State || q.Before != 0 && d.Position >= q.Before
	})
	n := min(len(page), q.Limit)
	return page[:n], n < len(page), nil
}

func (c *careStore) Replay(ctx context.Context, r event.Replay) (replayed int, next int64, err error) {
	if err := c.call(ctx, r.Endpoint, r); err != nil {
		return 0, 0, err
	}
	switch {
	case r.Position > 9:
		return 0, 0, event.ErrNoEvent
	case r.Position == 5:
		return 0, 0, fmt.Errorf("replay events: %w", event.ErrTokenErased)
	case r.Position > 0:
		return 1, 0, nil
	}
	return 1000, 1234, nil
}

func (c *careStore) Skip(ctx context.Context, name string, position int64) error {
	err := c.call(ctx, name, careCall{"skip", name, ""})
	if err == nil && position > 9 {
		err = event.ErrNoEvent
	}
	return err
}

func (c *careStore) SkipTo(ctx context.Context, name string, _ int64) (skipped int64, err error) {
	return 3, c.call(ctx, name, careCall{"skip to", name, ""})
}

func (c *careStore) Epoch() string { return testEpoch }
