package store

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"carrierhook/internal/store/batch"
)

// metrics are what the store counts of its own.
type metrics struct {
	batches         *batch.Metrics
	monthsLeft      prometheus.Gauge
	daysLeft        prometheus.Gauge
	clockDifference prometheus.Gauge
}

func newMetrics() metrics {
	return metrics{
		batches: batch.NewMetrics(),
		clockDifference: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "carrierhook_database_clock_difference_seconds",
			Help: "The database's clock minus the server's clock, at the last check.",
		}),
		daysLeft: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "carrierhook_ahead_daily_partitions",
			Help: "Days after the current one that have partitions, of the events; -1: the current partition is missing.",
		}),
		monthsLeft: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "carrierhook_partitions_ahead_months",
			Help: "Months after the current one that have partitions, of the ledger and of the scans; -1: a current partition is missing.",
		}),
	}
}

// Collectors gives the store's metrics, its rooms', its batches' and its pool's.
func (s *Store) Collectors() []prometheus.Collector {
	return slices.Concat(s.pool.Collectors(), s.metrics.batches.Collectors(), s.Express.Collectors(), s.Horizon.Collectors(), []prometheus.Collector{
		s.metrics.monthsLeft, s.metrics.daysLeft, s.metrics.clockDifference,
	})
}
