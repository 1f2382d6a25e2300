package outbox

import (
	"context"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store/events"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// countEvery is how often what is left to deliver is counted, by every server.
const countEvery = 15 * time.Second

type metrics struct {
	attempts                       *prometheus.CounterVec
	oldest, dead, retries, waiting *prometheus.GaugeVec
}

func newMetrics() *metrics {
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "carrierhook_endpoint_" + name, Help: help}, []string{"endpoint"})
	}
	return &metrics{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "carrierhook_endpoint_attempts_total",
			Help: "What became of events whose turn it was, by endpoint and result; of calls to WeChat not each has made a request.",
		}, []string{"endpoint", "result"}),
		oldest:  gauge("oldest_seconds", "Age of the oldest event that an endpoint should have and has not, by endpoint; 0: it has all."),
		dead:    gauge("dead_events", "Events that were given up, by endpoint, up to 100,000."),
		retries: gauge("retrying_events", "Events that failed and wait for another attempt, or wait behind one, by endpoint, up to 100,000."),
		waiting: gauge("waiting_events", "Events in the log after the position of the endpoint, by endpoint, of any kind."),
	}
}

// begin has the series of an endpoint there before anything happens: the first of a result
// has no rate otherwise, and alerts nobody.
func (m *metrics) begin(name string, results []string) {
	for _, g := range []*prometheus.GaugeVec{m.oldest, m.dead, m.retries, m.waiting} {
		g.WithLabelValues(name)
	}
	for _, result := range append([]string{KindDelivered}, results...) {
		m.attempts.WithLabelValues(name, result)
	}
}

func (m *metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.attempts, m.oldest, m.dead, m.retries, m.waiting}
}

// endpointMetrics are those of one endpoint.
type endpointMetrics struct {
	all  *metrics
	name string
}

func (m *metrics) of(name string) endpointMetrics { return endpointMetrics{m, name} }

func (m endpointMetrics) attempt(result string) {
	m.all.attempts.WithLabelValues(m.name, result).Inc()
}

// Status tells how each endpoint is that there is in the database.
func (x *Outbox) Status(ctx context.Context) ([]event.EndpointStatus, error) {
	var wanted []events.Wanted
	for _, e := range x.Endpoints {
		wanted = append(wanted, events.Wanted{Endpoint: e.Name, Kinds: e.Kinds})
	}
	return x.Log.Status(ctx, wanted, x.Horizon.Position())
}

// count counts what is left to deliver until ctx ends.
func (x *Outbox) count(ctx context.Context) {
	for {
		all, err := x.Status(ctx)
		if err != nil && ctx.Err() == nil {
			x.Logger.Warn("events that are left could not be counted", zap.Error(err))
		}
		for _, c := range all {
			x.metrics.oldest.WithLabelValues(c.Name).Set(c.Oldest.Seconds())
			x.metrics.dead.WithLabelValues(c.Name).Set(float64(c.Dead))
			x.metrics.retries.WithLabelValues(c.Name).Set(float64(c.Retrying))
			x.metrics.waiting.WithLabelValues(c.Name).Set(float64(c.Waiting))
		}
		if !pause(ctx, countEvery) {
			return
		}
	}
}
