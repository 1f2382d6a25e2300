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

// failures are the names of why nothing was decided about a push, which gets -1. Any
// other error has the last one.
var failures = []struct {
	err  error
	name string
}{
	{errOverloaded, "overloaded"},
	{errPanic, "panic"},
	{ledger.ErrOutcomeUnknown, unknownOutcome},
	{waybill.ErrOverloaded, "overloaded"},
	{waybill.ErrTooManyPasswords, "too_many_passwords"},
	{waybill.ErrNoNumbers, "no_numbers"},
	{nil, "database"},
}

// Failures lists the names that the log and the metrics have for our own failures.
func Failures() []string {
	var names []string
	for _, f := range failures {
		names = append(names, f.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// fail notes why a push gets -1, unless it is refused and gets nothing.
func (p *Push) fail(a *answer, err error) {
	if a.refusal != nil {
		return
	}
	for _, f := range failures {
		if a.failure = f.name; errors.Is(err, f.err) {
			break
		}
	}
	if errors.Is(err, ledger.ErrOutcomeUnknown) {
		p.Metrics.unknown.Inc()
	}
	p.Metrics.failures.WithLabelValues(a.failure).Inc()
	a.level = zapcore.ErrorLevel
	a.log(zap.String("failure", a.failure), zap.Error(err))
}
