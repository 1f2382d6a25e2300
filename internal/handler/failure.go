package handler

import (
	"errors"
	"slices"

	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

const unknownOutcome = "outcome_unknown"

// failures are the words for why a push is answered with -1 though nothing was
// decided. Any other error is the last one.
var failures = []struct {
	err error
	why string
}{
	{errOverloaded, "overloaded"},
	{errPanic, "panic"},
	{ledger.ErrOutcomeUnknown, unknownOutcome},
	{waybill.ErrOverloaded, "overloaded"},
	{waybill.ErrTooManyPasswords, "too_many_passwords"},
	{waybill.ErrNoNumbers, "no_numbers"},
	{nil, "database"},
}

// Failures lists the words that the log and the metrics have for our own
// failures.
func Failures() []string {
	var words []string
	for _, f := range failures {
		words = append(words, f.why)
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// fails notes why a push is answered with -1. One that is refused is not answered.
func (p *Push) fails(a *answer, err error) {
	if a.refusal != nil {
		return
	}
	var why string
	for _, f := range failures {
		if why = f.why; errors.Is(err, f.err) {
			break
		}
	}
	if errors.Is(err, ledger.ErrOutcomeUnknown) {
		p.Metrics.unknown.Inc()
	}
	p.Metrics.failures.WithLabelValues(why).Inc()
	a.level, a.failure = zapcore.ErrorLevel, why
	a.log(zap.String("failure", why), zap.Error(err))
}
