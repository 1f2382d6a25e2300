package pg

import "github.com/prometheus/client_golang/prometheus"

func newRetries() prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{
		Name: "carrierhook_transaction_retries_total",
		Help: "Transactions tried again after a transient database error.",
	})
}

// Collectors gives the pool's metrics.
func (p *Pool) Collectors() []prometheus.Collector {
	stat := func(name, help string, read func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "carrierhook_pool_" + name, Help: help}, read)
	}
	return []prometheus.Collector{
		p.Retries,
		stat("open_connections", "Open connections to Postgres.", func() float64 { return float64(p.Stat().TotalConns()) }),
		stat("busy_connections", "Connections in use.", func() float64 { return float64(p.Stat().AcquiredConns()) }),
		stat("max_connections", "Maximum number of connections (database.max_conns).", func() float64 { return float64(p.Stat().MaxConns()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "carrierhook_pool_waits_total",
			Help: "Times that a request had to wait for a connection.",
		}, func() float64 { return float64(p.Stat().EmptyAcquireCount()) }),
	}
}
