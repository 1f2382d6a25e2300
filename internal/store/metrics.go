package store

import "github.com/prometheus/client_golang/prometheus"

// metrics are what the store counts of its own.
type metrics struct {
	retries         prometheus.Counter
	resolved        prometheus.Counter
	monthsLeft      prometheus.Gauge
	setSize         *prometheus.HistogramVec
	clockDifference prometheus.Gauge
	passwords       passwordCounters
	withoutPassword prometheus.Gauge
}

func newMetrics() metrics {
	return metrics{
		retries: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "carrierhook_store_retries_total",
			Help: "Transactions tried again after a passing database fault.",
		}),
		resolved: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "carrierhook_store_commits_resolved_total",
			Help: "Commits whose answer was lost and that were found to have happened.",
		}),
		setSize: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "carrierhook_store_set_size",
			Help:    "Pushes, or reports of the carrier's own systems, that shared a transaction.",
			Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256},
		}, []string{"kind"}),
		clockDifference: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "carrierhook_clock_difference_seconds",
			Help: "The database's clock minus the server's, at the last check.",
		}),
		passwords: newPasswordCounters(),
		withoutPassword: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "carrierhook_merchants_without_password",
			Help: "Merchants whose pushes need no password, so that any is taken, at the last hourly count.",
		}),
		monthsLeft: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "carrierhook_ledger_months_left",
			Help: "Months after the current one whose partitions exist, of the ledger and of the scans; -1: a current one is missing.",
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
		Help: "Passwords of pushes, by what came of the check: right and wrong were compared now, cached ones a short while ago, too_many were not.",
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
		s.metrics.retries, s.metrics.resolved, s.metrics.monthsLeft, s.metrics.setSize, s.metrics.clockDifference, s.metrics.passwords.vec, s.metrics.withoutPassword, s.catalogues.numbersLeft,
		stat("connections", "Connections to Postgres.", func() float64 { return float64(s.pool.Stat().TotalConns()) }),
		stat("connections_in_use", "Connections that work for somebody.", func() float64 { return float64(s.pool.Stat().AcquiredConns()) }),
		stat("connections_max", "The most connections there may be.", func() float64 { return float64(s.pool.Stat().MaxConns()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "carrierhook_pool_waits_total",
			Help: "Times that somebody had to wait for a connection.",
		}, func() float64 { return float64(s.pool.Stat().EmptyAcquireCount()) }),
	}
}
