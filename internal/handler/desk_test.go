package handler_test

import (
	"context"
	"slices"
	"sync"

	"carrierhook/internal/waybill"
)

// desk is a handler.Desk that remembers what it was asked and answers as it is
// told; untold, it accepts. It is a fake because the real one cannot be made to
// panic, hang and fail on demand.
type desk struct {
	cancel func(context.Context, waybill.CancelRequest) (waybill.Decision, error)
	record func(context.Context, waybill.Push) error

	mu       sync.Mutex
	asked    []waybill.CancelRequest
	recorded []waybill.Push
}

func (d *desk) Cancel(ctx context.Context, r waybill.CancelRequest) (waybill.Decision, error) {
	d.mu.Lock()
	d.asked = append(d.asked, r)
	d.mu.Unlock()
	if d.cancel != nil {
		return d.cancel(ctx, r)
	}
	return waybill.Decision{Reason: waybill.Accepted}, nil
}

func (d *desk) Record(ctx context.Context, p waybill.Push) error {
	d.mu.Lock()
	d.recorded = append(d.recorded, p)
	d.mu.Unlock()
	if d.record != nil {
		return d.record(ctx, p)
	}
	return nil
}

// seen returns what the desk was asked and told so far.
func (d *desk) seen() ([]waybill.CancelRequest, []waybill.Push) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.asked), slices.Clone(d.recorded)
}

// decides makes a desk that always answers with one reason.
func decides(r waybill.Reason) func(context.Context, waybill.CancelRequest) (waybill.Decision, error) {
	return func(context.Context, waybill.CancelRequest) (waybill.Decision, error) {
		return waybill.Decision{Reason: r}, nil
	}
}

// fails makes a desk that always fails.
func fails(err error) func(context.Context, waybill.CancelRequest) (waybill.Decision, error) {
	return func(context.Context, waybill.CancelRequest) (waybill.Decision, error) {
		return waybill.Decision{}, err
	}
}

// repeats says that the same push had been accepted before.
func repeats(context.Context, waybill.CancelRequest) (waybill.Decision, error) {
	return waybill.Decision{Reason: waybill.Accepted, Repeat: true}, nil
}
