package handler

import (
	"context"
	"errors"
	"fmt"

	"carrierhook/internal/delivery"
	"carrierhook/internal/handler/bounded"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
)

// Desk decides what pushes ask. *store.Store is one. A decision that comes with
// an error is none.
type Desk interface {
	Cancel(context.Context, waybill.CancelRequest) (waybill.CancelDecision, error)
	Book(context.Context, waybill.BookingRequest) (waybill.BookingDecision, error)
	Account(context.Context, waybill.AccountRequest) (waybill.AccountDecision, error)
	// Record keeps a push of an event that nothing is decided about, and why;
	// code is what WeChat was told, nil: nothing.
	Record(ctx context.Context, p ledger.Push, reason string, code *int) error
}

// Courier decides what pushes of instant delivery ask. *store.Store is one. A
// decision that comes with an error is none.
type Courier interface {
	Deliver(context.Context, delivery.Request) (delivery.Decision, error)
}

// The ways in which the desk is not even asked, or does not answer.
var (
	errOverloaded = errors.New("turned away before it was looked up: more pushes under way than wechat.max_in_flight, or than there is memory for")
	errPanic      = errors.New("panic")
)

// errReplayed is why a push is refused whose signature is another's.
var errReplayed = &wechat.Refusal{Check: wechat.CheckReplayed, Detail: "the signature came with another body before: somebody uses what he has seen, " +
	"and in plain mode nothing else protects a push; put the console into secure mode, and then wechat.mode"}

// maxBytesUnderWay bounds the memory of the pushes under way, whatever their number
// may be: some four thousand of the usual size. The whole program then stays below
// 256 MiB, unless strangers fill all connections (docs/deploying.md, Sizing).
const maxBytesUnderWay = 128 << 20

// room is the memory that a push under way takes: its goroutine and connection, and
// its body several times over, as bytes and as what was read from them, which may be
// more than is usual.
func (a *answer) room() int64 { return 24<<10 + max(8*a.size, 3*a.size+a.members) }

// atDesk does what is to be done at the desk, if there is room. A panic on the
// way is a failure like another: the push still gets its answer. Whom the desk does
// not believe gets none.
func (p *Push) atDesk(a *answer, ask func() error) (err error) {
	select {
	case p.slots <- struct{}{}:
	default:
		return errOverloaded
	}
	if p.bytes.Add(a.room()) > maxBytesUnderWay {
		p.bytes.Add(-a.room())
		<-p.slots
		return errOverloaded
	}
	p.Metrics.underWay.Inc()
	defer func() {
		p.bytes.Add(-a.room())
		<-p.slots
		p.Metrics.underWay.Dec()
		if fault := recover(); fault != nil {
			p.sampled.Error("panic", zap.String("fault", bounded.Panic(fault)), zap.Stack("stack"))
			err = fmt.Errorf("%w: %s", errPanic, bounded.Panic(fault))
		}
	}()
	if err = ask(); errors.Is(err, ledger.ErrReplayed) {
		a.refusal = errReplayed
	}
	return err
}

// told notes what the desk decided, or that it could not, and is what the
// merchant hears of it. A decision against the merchant is no failure of ours,
// also where WeChat has the same number for both.
func (p *Push) told(a *answer, why string, err error) result {
	res := failed
	if err != nil {
		p.fails(a, err)
	} else {
		res = resultOf(a.event, why)
		a.log(zap.String("reason", why))
	}
	a.code(res)
	return res
}

// repeated notes whether a decision was made by the same push, or for the same
// order, before.
func (p *Push) repeated(a *answer, repeat bool) {
	a.log(zap.Bool("repeat", repeat))
	if repeat {
		p.Metrics.repeats.Inc()
	}
}
