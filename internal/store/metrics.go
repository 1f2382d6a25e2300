package store

import "github.com/prometheus/client_golang/prometheus"

// metrics are what the store counts of its own.
type metrics struct {
	resolved        prometheus.Counter
	monthsLeft      prometheus.Gauge
	batchSize       *prometheus.HistogramVec
	clockDifference prometheus.Gauge
	passwords       passwordCounters
	withoutPassword prometheus.Gauge
}

func newMetrics() metrics {
	return metrics{
		resolved: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "carrierhook_commits_resolved_total",
			Help: "Commits whose answer was lost and that turned out to have succeeded.",
		}),
		batchSize: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "carrierhook_batch_size_requests",
			Help:    "Number of requests (pushes, or reports to the API) that shared a transaction, by kind.",
			Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256},
		}, []string{"kind"}),
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

// Collectors gives the store's metrics: its own and its pool's.
func (s *Store) Collectors() []prometheus.Collector {
	return append(s.pool.Collectors(),
		s.metrics.resolved, s.metrics.monthsLeft, s.metrics.batchSize, s.metrics.clockDifference, s.metrics.passwords.vec, s.metrics.withoutPassword, s.catalogues.numbersLeft)
}
