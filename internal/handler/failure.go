package handler

import (
	"errors"
	"slices"

	"carrierhook/internal/waybill"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// failures are the words for why a push is answered with -1 though nothing was
// decided. Any other error is the last one.
var failures = []struct {
	err error
	why string
}{
	{errOverloaded, "overloaded"},
	{errPanic, "panic"},
	{waybill.ErrOutcomeUnknown, "outcome_unknown"},
	{waybill.ErrOverloaded, "overloaded"},
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

// failed notes why a push is answered with -1.
func (p *Push) failed(a *answer, err error) {
	var why string
	for _, f := range failures {
		if why = f.why; errors.Is(err, f.err) {
			break
		}
	}
	if errors.Is(err, waybill.ErrOutcomeUnknown) {
		p.Metrics.unknown.Inc()
	}
	p.Metrics.failures.WithLabelValues(why).Inc()
	a.level = zapcore.ErrorLevel
	a.log(zap.String("failure", why), zap.Error(err))
}
