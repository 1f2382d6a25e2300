package handler_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

var errAway = errors.New("dial tcp 10.1.2.3:5432: connection refused")

// What the store answers by default.
const (
	sampleNumber = "123456789"
	sampleLabel  = "##ZTO_bagAddr##广州##ZTO_mark##888-666-666##"
	sampleQuota  = 210
)

// recordedPush is what the ledger gets of a push that nothing is decided about.
type recordedPush struct {
	ledger.Push
	reason string
	code   *int
}

// fakeStore is all stores of the handler. It remembers its requests and answers by the
// functions that are set; without, it accepts. The real one cannot be made to panic,
// hang and fail on demand.
type fakeStore struct {
	cancel  func(context.Context, waybill.CancelRequest) (waybill.CancelDecision, error)
	book    func(context.Context, waybill.BookingRequest) (waybill.BookingDecision, error)
	account func(context.Context, waybill.AccountRequest) (waybill.AccountDecision, error)
	deliver func(context.Context, delivery.Request) (delivery.Decision, error)
	record  func(context.Context, recordedPush) error

	mu       sync.Mutex
	requests []any
	recorded []recordedPush
}

func (s *fakeStore) Cancel(ctx context.Context, r waybill.CancelRequest) (waybill.CancelDecision, error) {
	return call(s, ctx, r, s.cancel, waybill.CancelDecision{Reason: waybill.Accepted})
}

func (s *fakeStore) Book(ctx context.Context, r waybill.BookingRequest) (waybill.BookingDecision, error) {
	return call(s, ctx, r, s.book, waybill.BookingDecision{Reason: waybill.Accepted, WaybillID: sampleNumber, Label: sampleLabel, FromQuota: true})
}

func (s *fakeStore) Account(ctx context.Context, r waybill.AccountRequest) (waybill.AccountDecision, error) {
	return call(s, ctx, r, s.account, waybill.AccountDecision{Reason: waybill.Accepted, Quota: sampleQuota})
}

func (s *fakeStore) DecidePush(ctx context.Context, r delivery.Request) (delivery.Decision, error) {
	return call(s, ctx, r, s.deliver, sampleDecision(r))
}

// call notes a request, and decides it by f, or as by default.
func call[R, D any](s *fakeStore, ctx context.Context, r R, f func(context.Context, R) (D, error), byDefault D) (D, error) {
	s.mu.Lock()
	s.requests = append(s.requests, r)
	s.mu.Unlock()
	if f == nil {
		return byDefault, nil
	}
	return f(ctx, r)
}

func (s *fakeStore) Write(ctx context.Context, p ledger.Push, reason string, code *int) error {
	r := recordedPush{p, reason, code}
	s.mu.Lock()
	s.recorded = append(s.recorded, r)
	s.mu.Unlock()
	if s.record == nil {
		return nil
	}
	return s.record(ctx, r)
}

// calls returns what the store got so far.
func (s *fakeStore) calls() ([]any, []recordedPush) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests), slices.Clone(s.recorded)
}

// onlyRequest returns the one request that the store got.
func onlyRequest[R any](t testing.TB, s *fakeStore) R {
	t.Helper()
	requests, recorded := s.calls()
	if len(requests) != 1 || len(recorded) != 0 {
		t.Fatalf("the store got %d requests and recorded %d pushes", len(requests), len(recorded))
	}
	r, ok := requests[0].(R)
	if !ok {
		t.Fatalf("the store got a %T", requests[0])
	}
	return r
}

// onlyRecorded returns the one push that was recorded, and not decided.
func onlyRecorded(t testing.TB, s *fakeStore) recordedPush {
	t.Helper()
	requests, recorded := s.calls()
	if len(requests) != 0 || len(recorded) != 1 {
		t.Fatalf("the store got %d requests and recorded %d pushes", len(requests), len(recorded))
	}
	return recorded[0]
}

// outcome is a reason or an error.
type outcome func(context.Context) (string, error)

// decides makes the store decide every request so. Beside a refusal or an error it
// offers all that an accepted one would get, which is nobody's.
func (s *fakeStore) decides(how outcome) {
	s.cancel = func(ctx context.Context, _ waybill.CancelRequest) (waybill.CancelDecision, error) {
		why, err := how(ctx)
		return waybill.CancelDecision{Reason: waybill.Reason(why)}, err
	}
	s.book = func(ctx context.Context, _ waybill.BookingRequest) (waybill.BookingDecision, error) {
		why, err := how(ctx)
		return waybill.BookingDecision{Reason: waybill.Reason(why), WaybillID: "nobody's", Label: "##nobody##'s##", FromQuota: true}, err
	}
	s.account = func(ctx context.Context, _ waybill.AccountRequest) (waybill.AccountDecision, error) {
		why, err := how(ctx)
		return waybill.AccountDecision{Reason: waybill.Reason(why), Quota: 99}, err
	}
	s.deliver = func(ctx context.Context, r delivery.Request) (delivery.Decision, error) {
		why, err := how(ctx)
		all := sampleDecision(r)
		if all.Reason = delivery.Reason(why); r.Kind != delivery.Precreate { // whose order has no attempt yet
			all.Attempt = sampleAttempt()
		}
		return all, err
	}
}

// always is one reason.
func always[R ~string](why R) outcome {
	return func(context.Context) (string, error) { return string(why), nil }
}

// fails is accepted and an error at once.
func fails(err error) outcome {
	return func(context.Context) (string, error) { return string(waybill.Accepted), err }
}

// fixed makes a store answer one kind of request always with this.
func fixed[R, D any](d D) func(context.Context, R) (D, error) {
	return func(context.Context, R) (D, error) { return d, nil }
}

// decidesInstant makes the store decide instant delivery so.
func (s *fakeStore) decidesInstant(d delivery.Decision) { s.deliver = fixed[delivery.Request](d) }

// cancelsAfter makes the store accept cancels when it may go on.
func (s *fakeStore) cancelsAfter(goOn <-chan struct{}) {
	s.cancel = func(context.Context, waybill.CancelRequest) (waybill.CancelDecision, error) {
		<-goOn
		return waybill.CancelDecision{Reason: waybill.Accepted}, nil
	}
}

// cancelsInSteps makes the store say when it has a cancel, and accept it when it may go
// on.
func (s *fakeStore) cancelsInSteps() (deciding, decide chan struct{}) {
	deciding, decide = make(chan struct{}), make(chan struct{})
	s.cancel = func(context.Context, waybill.CancelRequest) (waybill.CancelDecision, error) {
		deciding <- struct{}{}
		<-decide
		return waybill.CancelDecision{Reason: waybill.Accepted}, nil
	}
	return deciding, decide
}

// cancelsWithin makes the store take so long for a cancel.
func (s *fakeStore) cancelsWithin(d time.Duration) {
	s.cancel = func(context.Context, waybill.CancelRequest) (waybill.CancelDecision, error) {
		time.Sleep(d)
		return waybill.CancelDecision{Reason: waybill.Accepted}, nil
	}
}
