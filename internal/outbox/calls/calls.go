// Package calls sends events to WeChat: each path of it that a mini program calls is an
// endpoint of the outbox.
//
// An event has ids only. What a call says besides, a message, a telephone, a Token, is read
// when it is sent, and nothing of it is kept. The package knows neither when an event is sent
// nor how a call is written: it says which events need a call, within which limits, and what
// WeChat's answer means for them.
package calls

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/ledger"
	"carrierhook/internal/outbox"
	"carrierhook/internal/store/events"
	"carrierhook/internal/wechat/client"

	"go.uber.org/zap"
)

// Call is one of WeChat's calls, and how it is made of events.
type Call struct {
	name string
	// keptBack tells whether WeChat never hears of an event.
	keptBack func(*event.Event) bool
	// ofWeChat tells which of the events are about what WeChat knows. nil: all are.
	ofWeChat func(context.Context, []event.Event) ([]bool, error)
	// read reads what a call says; send then makes it. The errors are those of the readers.
	read func(context.Context, *event.Event) (send func(context.Context, *client.Client) error, err error)
}

// Options are what a Sender needs. All fields must be set.
type Options struct {
	Account  string // the name of the mini program
	UserName string // and WeChat's for it: whose events these are
	Client   *client.Client
	Call     Call
	Metrics  *Metrics
	// Transient tells of an error of the readers that it passes, as while the database is away.
	Transient func(error) bool
	Logger    *zap.Logger
}

// Sender makes one call of one mini program, for the events that need it.
type Sender struct {
	Options
	limits   *limits
	refusals *refusals
	complain *atomic.Int64 // no failed read is logged before, in Unix seconds
}

const (
	// sendTime limits one call: that an access token may have to be got first, and that the
	// call is made a second time with another one.
	sendTime = 14 * time.Second

	databaseWait  = time.Second
	complainEvery = 60 // seconds
)

// New makes a Sender.
func New(o Options) *Sender {
	path := client.PathOf(o.Call.name)
	return &Sender{
		Options: o, complain: new(atomic.Int64), refusals: &refusals{},
		limits: &limits{path: path, read: o.Client.Quota, show: o.Metrics.of(o.Account, path), hide: o.Metrics.forget(o.Account, path)},
	}
}

// Close closes the connections to WeChat.
func (s *Sender) Close() { s.Client.Close() }

// Leave forgets the quota, which another server reads from now on.
func (s *Sender) Leave() { s.limits.leave() }

// Admit takes one of the calls that may be made now.
func (s *Sender) Admit(now time.Time) (ok bool, again time.Time) { return s.limits.admit(now) }

// Select leaves the events of this mini program that WeChat is to hear of, and those that
// cannot be read: Send says so.
func (s *Sender) Select(ctx context.Context, page []events.Delivery) (selected []events.Delivery, err error) {
	var read []event.Event
	for _, d := range page {
		e, err := event.Decode(d.Body)
		if err == nil && s.passesOver(&e) != "" {
			continue
		}
		selected, read = append(selected, d), append(read, e)
	}
	if s.Call.ofWeChat == nil || len(selected) == 0 {
		return selected, nil
	}
	known, err := s.Call.ofWeChat(ctx, read)
	if err != nil {
		return nil, err
	}
	kept := selected[:0]
	for i, d := range selected {
		if known[i] || read[i].Kind == "" {
			kept = append(kept, d)
		}
	}
	return kept, nil
}

// Kinds of results for the metric, besides outbox.KindDelivered and the classes of failures.
const (
	kindNotOurs    = "not_ours"
	kindKeptBack   = "kept_back"
	kindNotWeChats = "not_wechats"
	kindUnreadable = "unreadable"
	kindDatabase   = "database"
)

// Results are the kinds of results that WeChat's answers have.
func Results() (kinds []string) {
	for _, class := range client.Classes() {
		kinds = append(kinds, string(class))
	}
	return kinds
}

// passesOver says why no call is made for an event; empty: one is.
func (s *Sender) passesOver(e *event.Event) (kind string) {
	switch {
	case e.Account != s.UserName:
		return kindNotOurs
	case s.Call.keptBack(e):
		return kindKeptBack
	}
	return ""
}

// Send makes the call of an event. A test event reads the quota of the path.
func (s *Sender) Send(ctx context.Context, d *events.Delivery, cursor string) outbox.Result {
	if cursor != "" { // it was admitted
		defer s.limits.done()
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	quota := s.limits.refresh(ctx)
	e, err := event.Decode(d.Body)
	if err != nil {
		// A newer server's, perhaps, which may have the endpoint next.
		return outbox.Result{Refused: true, NoRequest: true, Kind: kindUnreadable, Failure: "the event cannot be read by this server"}
	}
	if e.Kind == event.Test {
		return s.test(ctx)
	}
	if kind := s.passesOver(&e); kind != "" {
		return outbox.Result{OK: true, NoRequest: true, Kind: kind}
	}
	send, err := s.Call.read(ctx, &e)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return outbox.Result{OK: true, NoRequest: true, Kind: kindNotWeChats}
	case errors.Is(err, event.ErrTokenErased):
		return outbox.Result{Dead: true, NoRequest: true, Kind: event.TokenErased, Failure: event.TokenErased}
	case err != nil && !errors.Is(err, event.ErrTextErased):
		return s.notRead(&e, err)
	case !quota:
		return s.usedUp(time.Now())
	}
	began := time.Now()
	return s.outcome(send(ctx, s.Client), d.Parcel, began)
}

// notRead is of an event of which it could not be read what the call says. While the database
// is away everything waits; any other cause may be the event's, and the others go on.
func (s *Sender) notRead(e *event.Event, err error) outbox.Result {
	if now, last := time.Now().Unix(), s.complain.Load(); now >= last && !errors.Is(err, context.Canceled) && s.complain.CompareAndSwap(last, now+complainEvery) {
		s.Logger.Warn("what a call says could not be read", zap.String("account", s.Account), zap.String("path", s.limits.path),
			zap.Stringer("id", e.ID), zap.Error(err))
	}
	r := outbox.Result{NoRequest: true, Kind: kindDatabase, Failure: "what the call says could not be read from the database: the log has the cause"}
	if r.Postponed = s.Transient(err); r.Postponed {
		r.RetryAfter = databaseWait
	} else {
		r.Refused = true
	}
	return r
}

// test finds out whether WeChat takes calls: it needs all that a call of the path needs.
func (s *Sender) test(ctx context.Context) outbox.Result {
	if _, err := s.Client.Quota(ctx, s.limits.path); err != nil {
		return outbox.Result{Kind: string(client.ClassOf(err)), Failure: err.Error()}
	}
	return outbox.Result{OK: true, Kind: outbox.KindDelivered}
}
