package store

import "github.com/prometheus/client_golang/prometheus"

// metrics are what the store counts of its own.
type metrics struct {
	retries         prometheus.Counter
	resolved        prometheus.Counter
	monthsLeft      prometheus.Gauge
	batchSize       *prometheus.HistogramVec
	clockDifference prometheus.Gauge
	passwords       passwordCounters
	withoutPassword prometheus.Gauge
}

func newMetrics() metrics {
	return metrics{
		retries: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "carrierhook_transaction_retries_total",
			Help: "Transactions tried again after a transient database error.",
		}),
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
	stat := func(name, help string, read func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "carrierhook_pool_" + name, Help: help}, read)
	}
	return []prometheus.Collector{
		s.metrics.retries, s.metrics.resolved, s.metrics.monthsLeft, s.metrics.batchSize, s.metrics.clockDifference, s.metrics.passwords.vec, s.metrics.withoutPassword, s.catalogues.numbersLeft,
		stat("open_connections", "Open connections to Postgres.", func() float64 { return float64(s.pool.Stat().TotalConns()) }),
		stat("busy_connections", "Connections in use.", func() float64 { return float64(s.pool.Stat().AcquiredConns()) }),
		stat("max_connections", "Maximum number of connections (database.max_conns).", func() float64 { return float64(s.pool.Stat().MaxConns()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "carrierhook_pool_waits_total",
			Help: "Times that a request had to wait for a connection.",
		}, func() float64 { return float64(s.pool.Stat().EmptyAcquireCount()) }),
	}
}
