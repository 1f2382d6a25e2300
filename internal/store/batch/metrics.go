package batch

import "github.com/prometheus/client_golang/prometheus"

// Metrics are shared by the Batchers of all kinds of request.
type Metrics struct {
	size     *prometheus.HistogramVec
	resolved prometheus.Counter
}

// NewMetrics makes them, to be registered with Collectors.
func NewMetrics() *Metrics {
	return &Metrics{
		size: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "carrierhook_batch_size_requests",
			Help:    "Number of requests (pushes, or reports to the API) that shared a transaction, by kind.",
			Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256},
		}, []string{"kind"}),
		resolved: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "carrierhook_commits_resolved_total",
			Help: "Commits whose answer was lost and that turned out to have succeeded.",
		}),
	}
}

// Collectors gives the metrics.
func (m *Metrics) Collectors() []prometheus.Collector {
	return []prometheus.Collector{m.size, m.resolved}
}
