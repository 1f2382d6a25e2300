package express

import "github.com/prometheus/client_golang/prometheus"

// Collectors gives the metrics.
func (s *Store) Collectors() []prometheus.Collector {
	return []prometheus.Collector{s.counts.vec, s.withoutPassword, s.catalogues.numbersLeft}
}

func newWithoutPassword() prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "carrierhook_passwordless_merchants",
		Help: "Merchants without a password, whose pushes are accepted with any password, at the last hourly count.",
	})
}

// passwordCounters count the checks of passwords by result.
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
