package handler

import (
	"context"
	"errors"
	"fmt"

	"carrierhook/internal/waybill"

	"go.uber.org/zap"
)

// Desk decides what pushes ask. *store.Store is one.
type Desk interface {
	Cancel(context.Context, waybill.CancelRequest) (waybill.Decision, error)
	// Record keeps a push of an event that is not offered.
	Record(context.Context, waybill.Push) error
}

// The ways in which the desk is not even asked, or does not answer.
var (
	errOverloaded = errors.New("more pushes under way than wechat.max_in_flight")
	errPanic      = errors.New("panic")
)

// atDesk does what is to be done at the desk, if there is room. A panic on the
// way is a failure like another: the push still gets its answer.
func (p *Push) atDesk(ask func() error) (err error) {
	select {
	case p.slots <- struct{}{}:
	default:
		return errOverloaded
	}
	p.Metrics.underWay.Inc()
	defer func() {
		<-p.slots
		p.Metrics.underWay.Dec()
		if fault := recover(); fault != nil {
			p.Log.Error("panic", zap.Any("fault", fault), zap.Stack("stack"))
			err = fmt.Errorf("%w: %v", errPanic, fault)
		}
	}()
	return ask()
}
