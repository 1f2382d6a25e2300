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
	clockDifference prometheus.Gauge
	passwords       passwordCounters
	withoutPassword prometheus.Gauge
}

func newMetrics() metrics {
	return metrics{
		batches: batch.NewMetrics(),
		clockDifference: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "carrierhook_database_clock_difference_seconds",
			Help: "The database's clock minus the server's clock, at the last check.",
		}),
		passwords: newPasswordCounters(),
		withoutPassword: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "carrierhook_passwordless_merchants",
			Help: "Merchants without a password, whose pushes are accepted with any password, at the last hourly count.",
		}),
		monthsLeft: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "carrierhook_partitions_ahead_months",
			Help: "Months after the current one that have partitions, of the ledger and of the scans; -1: a current partition is missing.",
		}),
	}
}

// passwordCounters count the passwords that merchants' hashes were asked about.
type passwordCounters struct {
	vec                                             *prometheus.CounterVec
	right, wrong, cachedRight, cachedWrong, tooMany prometheus.Counter
}

func newPasswordCounters() passwordCounters {
	vec := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "carrierhook_password_checks_total",
		Help: "Password checks of pushes, by result: right and wrong were compared, cached_right and cached_wrong came from the cache, too_many were not compared.",
	}, []string{"reason"})
	return passwordCounters{
		vec:         vec,
		right:       vec.WithLabelValues("right"),
		wrong:       vec.WithLabelValues("wrong"),
		cachedRight: vec.WithLabelValues("cached_right"),
		cachedWrong: vec.WithLabelValues("cached_wrong"),
		tooMany:     vec.WithLabelValues("too_many"),
	}
}

func (c passwordCounters) compared(right bool) {
	if right {
		c.right.Inc()
	} else {
		c.wrong.Inc()
	}
}

func (c passwordCounters) cached(right bool) {
	if right {
		c.cachedRight.Inc()
	} else {
		c.cachedWrong.Inc()
	}
}

// Collectors gives the store's metrics, its batches' and its pool's.
func (s *Store) Collectors() []prometheus.Collector {
	return slices.Concat(s.pool.Collectors(), s.metrics.batches.Collectors(), []prometheus.Collector{
		s.metrics.monthsLeft, s.metrics.clockDifference, s.metrics.passwords.vec, s.metrics.withoutPassword, s.catalogues.numbersLeft,
	})
}
