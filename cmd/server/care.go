package main

import (
	"context"
	"errors"

	"carrierhook/internal/config"
	"carrierhook/internal/event"
	"carrierhook/internal/ledger"
	"carrierhook/internal/outbox"
	"carrierhook/internal/store/events"
)

// eventCare is what people do about the endpoints of the configuration, by the API or by
// commands.
type eventCare struct {
	endpoints []config.Endpoint
	account   string
	store     *events.Deliveries
	webhooks  *outbox.Outbox // nil for commands
	epoch     func() string
	position  func() int64 // up to which there are events
}

// wants gives the kinds of an endpoint of the configuration.
func (c eventCare) wants(name string) ([]event.Kind, error) {
	for _, e := range c.endpoints {
		if e.Name == name {
			return e.Kinds, nil
		}
	}
	return nil, ledger.ErrNotFound
}

// notFound is the API's error for an endpoint that there is not yet in the database.
func notFound(err error) error {
	if errors.Is(err, event.ErrNoEndpoint) {
		return ledger.ErrNotFound
	}
	return err
}

func (c eventCare) Endpoints(ctx context.Context) ([]event.EndpointStatus, error) {
	var wanted []events.Wanted
	for _, e := range c.endpoints {
		wanted = append(wanted, events.Wanted{Endpoint: e.Name, Kinds: e.Kinds})
	}
	return c.store.Status(ctx, wanted, c.position())
}

func (c eventCare) Pause(ctx context.Context, name, by string) error {
	return notFound(c.store.Pause(ctx, name, by))
}

func (c eventCare) Resume(ctx context.Context, name string) error {
	return notFound(c.store.Resume(ctx, name))
}

func (c eventCare) Test(ctx context.Context, name, by string) (event.TestResult, error) {
	r, err := c.webhooks.Test(ctx, name, c.account, by)
	return r, notFound(err)
}

func (c eventCare) Deliveries(ctx context.Context, q event.DeliveryQuery) (page []event.Delivery, more bool, err error) {
	if q.Wants, err = c.wants(q.Endpoint); err != nil {
		return nil, false, err
	}
	return c.store.List(ctx, q, c.position())
}

func (c eventCare) Replay(ctx context.Context, r event.Replay) (replayed int, next int64, err error) {
	if r.Wants, err = c.wants(r.Endpoint); err != nil {
		return 0, 0, err
	}
	replayed, next, err = c.store.Replay(ctx, r)
	return replayed, next, notFound(err)
}

func (c eventCare) Skip(ctx context.Context, name string, position int64) error {
	found, err := c.store.Skip(ctx, name, position)
	if err == nil && !found {
		err = ledger.ErrNotFound
	}
	return notFound(err)
}

func (c eventCare) SkipTo(ctx context.Context, name string, position int64) error {
	return notFound(c.store.SkipTo(ctx, name, min(position, c.position())))
}

func (c eventCare) Epoch() string { return c.epoch() }
