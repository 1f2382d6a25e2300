package main

import (
	"cmp"
	"context"
	"slices"

	"carrierhook/internal/event"
	"carrierhook/internal/outbox"
	"carrierhook/internal/store/events"
)

// eventCare is what people do about the endpoints, by the API or by commands. Endpoints are
// those that servers were started with: the demo's is in no configuration that a command reads.
type eventCare struct {
	kinds    map[string][]event.Kind // that endpoints of the configuration want
	account  string
	store    *events.Deliveries
	outbox   *outbox.Outbox // nil for commands
	epoch    func() string
	position func() int64 // up to which there are events
}

// wants gives the kinds of an endpoint by the configuration; none: all.
func (c eventCare) wants(name string) []event.Kind { return c.kinds[name] }

func (c eventCare) Endpoints(ctx context.Context) ([]event.EndpointStatus, error) {
	names, err := c.store.Names(ctx)
	if err != nil {
		return nil, err
	}
	wanted := make([]events.Wanted, 0, len(names))
	for _, name := range names {
		wanted = append(wanted, events.Wanted{Endpoint: name, Kinds: c.wants(name)})
	}
	return c.store.Status(ctx, wanted, c.position())
}

func (c eventCare) Pause(ctx context.Context, name, by string) error {
	return c.store.Pause(ctx, name, by)
}

func (c eventCare) Resume(ctx context.Context, name string) error {
	return c.store.Resume(ctx, name)
}

func (c eventCare) Test(ctx context.Context, name, by string) (event.TestResult, error) {
	return c.outbox.Test(ctx, name, c.account, by)
}

func (c eventCare) Deliveries(ctx context.Context, q event.DeliveryQuery) (page []event.Delivery, more bool, err error) {
	q.Wants = c.wants(q.Endpoint)
	page, more, err = c.store.List(ctx, q, c.position())
	if err != nil || len(page) > 0 {
		return page, more, err
	}
	names, err := c.store.Names(ctx)
	if err == nil && !slices.Contains(names, q.Endpoint) {
		err = event.ErrNoEndpoint
	}
	return nil, false, err
}

func (c eventCare) Replay(ctx context.Context, r event.Replay) (replayed int, next int64, err error) {
	r.Wants = c.wants(r.Endpoint)
	replayed, next, err = c.store.Replay(ctx, r)
	if err == nil && replayed == 0 && r.Position > 0 {
		err = cmp.Or(c.notSent(ctx, r.Endpoint, r.Position), event.ErrNoEvent)
	}
	return replayed, next, err
}

// notSent is event.ErrNotSent of an event that waits.
func (c eventCare) notSent(ctx context.Context, name string, position int64) error {
	page, _, err := c.Deliveries(ctx, event.DeliveryQuery{Endpoint: name, Before: position + 1, Limit: 1})
	if err == nil && len(page) > 0 && page[0].Position == position && page[0].State == event.Waiting {
		err = event.ErrNotSent
	}
	return err
}

func (c eventCare) Skip(ctx context.Context, name string, position int64) error {
	found, err := c.store.Skip(ctx, name, position)
	if err != nil || found {
		return err
	}
	page, _, err := c.Deliveries(ctx, event.DeliveryQuery{Endpoint: name, Before: position + 1, Limit: 1})
	switch {
	case err != nil:
		return err
	case len(page) == 0 || page[0].Position != position:
		return event.ErrNoEvent
	case page[0].State == event.Waiting:
		return event.ErrNotSent
	}
	return event.ErrDone
}

func (c eventCare) SkipTo(ctx context.Context, name string, position int64) (skipped int64, err error) {
	return c.store.SkipTo(ctx, name, min(position, c.position()), c.wants(name))
}

func (c eventCare) Epoch() string { return c.epoch() }
