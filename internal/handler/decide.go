package handler

import (
	"context"
	"errors"
	"fmt"

	"carrierhook/internal/ledger"
	"carrierhook/internal/redacted"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
)

// Why a decision is not begun, or ends without one.
var (
	errOverloaded = errors.New("turned away before it was looked up: more pushes under way than wechat.max_in_flight, or than there is memory for")
	errPanic      = errors.New("panic")
)

// errReplayed refuses a push whose signature is bound to another.
var errReplayed = &wechat.Refusal{Check: wechat.CheckReplayed, Detail: "the signature came with another body before: somebody uses what he has seen, " +
	"and in plain mode nothing else protects a push; put the console into secure mode, and then wechat.mode"}

// maxMemory is how many bytes the pushes in flight may take, whatever their number:
// some four thousand of the usual size. The whole program then stays below 256 MiB,
// unless strangers fill all connections (docs/deploying.md, Sizing).
const maxMemory = 128 << 20

// memoryOf is how many bytes a push takes while it is in flight: its goroutine and
// connection, and its body several times over, as bytes and as what was read from
// them, which may be more than is usual.
func memoryOf(size, members int64) int64 { return 24<<10 + max(8*size, 3*size+members) }

// decide has a store decide a request.
func decide[Req, Decision any](
	ctx context.Context, p *Push, a *answer, store func(context.Context, Req) (Decision, error), req Req,
) (d Decision, err error) {
	err = p.limited(a, func() (err error) { d, err = store(ctx, req); return err })
	if err != nil {
		var none Decision
		return none, err
	}
	return d, nil
}

// limited calls a store, unless the number or the memory of the pushes in flight is at
// its limit. A panic is a failure like another: the push still gets its answer. A push
// that the store takes for a replayed one gets none.
func (p *Push) limited(a *answer, call func() error) (err error) {
	select {
	case p.inFlight <- struct{}{}:
	default:
		return errOverloaded
	}
	if p.memory.Add(a.memory) > maxMemory {
		p.memory.Add(-a.memory)
		<-p.inFlight
		return errOverloaded
	}
	p.Metrics.inFlight.Inc()
	defer func() {
		p.memory.Add(-a.memory)
		<-p.inFlight
		p.Metrics.inFlight.Dec()
		if fault := recover(); fault != nil {
			p.sampled.Error("panic", zap.String("fault", redacted.Panic(fault)), zap.Stack("stack"))
			err = fmt.Errorf("%w: %s", errPanic, redacted.Panic(fault))
		}
	}()
	if err = call(); errors.Is(err, ledger.ErrReplayed) {
		a.refusal = errReplayed
	}
	return err
}
