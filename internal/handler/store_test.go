package handler_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

var errAwayInside = errors.New("dial tcp 10.1.2.3:5432: connection refused")

// What the desk answers when it is not told otherwise.
const (
	sampleNumber = "123456789"
	sampleLabel  = "##ZTO_bagAddr##广州##ZTO_mark##888-666-666##"
	sampleLeft   = 210
)

// recording is what the desk is told of a push that nothing is decided about.
type recording struct {
	ledger.Push
	reason string
	code   *int
}

// desk is a handler.Desk and a handler.Courier that remembers what it was asked and answers as it is
// told; untold, it accepts. It is a fake because the real one cannot be made to
// panic, hang and fail on demand.
type desk struct {
	cancel  func(context.Context, waybill.CancelRequest) (waybill.CancelDecision, error)
	book    func(context.Context, waybill.BookingRequest) (waybill.BookingDecision, error)
	account func(context.Context, waybill.AccountRequest) (waybill.AccountDecision, error)
	deliver func(context.Context, delivery.Request) (delivery.Decision, error)
	record  func(context.Context, recording) error

	mu       sync.Mutex
	asked    []any // requests
	recorded []recording
}

func (d *desk) Cancel(ctx context.Context, r waybill.CancelRequest) (waybill.CancelDecision, error) {
	d.ask(r)
	if d.cancel != nil {
		return d.cancel(ctx, r)
	}
	return waybill.CancelDecision{Reason: waybill.Accepted}, nil
}

func (d *desk) Book(ctx context.Context, r waybill.BookingRequest) (waybill.BookingDecision, error) {
	d.ask(r)
	if d.book != nil {
		return d.book(ctx, r)
	}
	return waybill.BookingDecision{Reason: waybill.Accepted, WaybillID: sampleNumber, Label: sampleLabel, FromQuota: true}, nil
}

func (d *desk) Account(ctx context.Context, r waybill.AccountRequest) (waybill.AccountDecision, error) {
	d.ask(r)
	if d.account != nil {
		return d.account(ctx, r)
	}
	return waybill.AccountDecision{Reason: waybill.Accepted, Quota: sampleLeft}, nil
}

func (d *desk) Deliver(ctx context.Context, r delivery.Request) (delivery.Decision, error) {
	d.ask(r)
	if d.deliver != nil {
		return d.deliver(ctx, r)
	}
	return sampleDecision(r), nil
}

func (d *desk) Record(ctx context.Context, p ledger.Push, reason string, code *int) error {
	told := recording{p, reason, code}
	d.mu.Lock()
	d.recorded = append(d.recorded, told)
	d.mu.Unlock()
	if d.record != nil {
		return d.record(ctx, told)
	}
	return nil
}

func (d *desk) ask(r any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, r)
}

// seen returns what the desk was asked and told so far.
func (d *desk) seen() ([]any, []recording) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.asked), slices.Clone(d.recorded)
}

// onlyAsked returns the one thing that the desk was asked.
func onlyAsked[R any](t testing.TB, d *desk) R {
	t.Helper()
	asked, recorded := d.seen()
	if len(asked) != 1 || len(recorded) != 0 {
		t.Fatalf("the desk was asked %d times and told %d", len(asked), len(recorded))
	}
	r, ok := asked[0].(R)
	if !ok {
		t.Fatalf("the desk was asked a %T", asked[0])
	}
	return r
}

// answers makes the desk answer every question alike. Beside a refusal or an
// error it offers all that an accepted one would get, which is nobody's.
func (d *desk) answers(how func(context.Context) (string, error)) {
	d.cancel = func(ctx context.Context, _ waybill.CancelRequest) (waybill.CancelDecision, error) {
		why, err := how(ctx)
		return waybill.CancelDecision{Reason: waybill.Reason(why)}, err
	}
	d.book = func(ctx context.Context, _ waybill.BookingRequest) (waybill.BookingDecision, error) {
		why, err := how(ctx)
		return waybill.BookingDecision{Reason: waybill.Reason(why), WaybillID: "nobody's", Label: "##nobody##'s##", FromQuota: true}, err
	}
	d.account = func(ctx context.Context, _ waybill.AccountRequest) (waybill.AccountDecision, error) {
		why, err := how(ctx)
		return waybill.AccountDecision{Reason: waybill.Reason(why), Quota: 99}, err
	}
	d.deliver = func(ctx context.Context, r delivery.Request) (delivery.Decision, error) {
		why, err := how(ctx)
		all := sampleDecision(r)
		if all.Reason = delivery.Reason(why); r.Kind != delivery.Precreate { // whose order has no attempt yet
			all.Attempt = sampleAttempt()
		}
		return all, err
	}
}

// always answers with one reason.
func always[R ~string](why R) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return string(why), nil }
}

// fails says at once that it was accepted and that it failed.
func fails(err error) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return string(waybill.Accepted), err }
}

// decides makes a desk that answers a cancel with one reason.
func decides(r waybill.Reason) func(context.Context, waybill.CancelRequest) (waybill.CancelDecision, error) {
	return func(context.Context, waybill.CancelRequest) (waybill.CancelDecision, error) {
		return waybill.CancelDecision{Reason: r}, nil
	}
}

// repeats says that the same push had been accepted before.
func repeats(context.Context, waybill.CancelRequest) (waybill.CancelDecision, error) {
	return waybill.CancelDecision{Reason: waybill.Accepted, Repeat: true}, nil
}
