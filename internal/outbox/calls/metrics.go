package calls

import (
	"carrierhook/internal/wechat/client"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics show the quota of each path that is called.
type Metrics struct{ limit, used, remaining *prometheus.GaugeVec }

// NewMetrics registers the metrics.
func NewMetrics(r prometheus.Registerer) *Metrics {
	gauge := func(name, help string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "carrierhook_wechat_quota_" + name + "_calls",
			Help: help + ", by mini program and path, as the server that calls it has read it last; others show none."}, []string{"account", "path"})
		r.MustRegister(g)
		return g
	}
	return &Metrics{
		limit:     gauge("limit", "How many calls of a path WeChat takes in a day"),
		used:      gauge("used", "How many calls of a path were made today"),
		remaining: gauge("remaining", "How many calls of a path WeChat still takes today"),
	}
}

func (m *Metrics) of(account, path string) (show func(client.Quota)) {
	return func(q client.Quota) {
		m.limit.WithLabelValues(account, path).Set(float64(q.DailyLimit))
		m.used.WithLabelValues(account, path).Set(float64(q.Used))
		m.remaining.WithLabelValues(account, path).Set(float64(q.Remaining))
	}
}

// forget takes away what is shown of a path.
func (m *Metrics) forget(account, path string) (hide func()) {
	return func() {
		for _, g := range []*prometheus.GaugeVec{m.limit, m.used, m.remaining} {
			g.DeleteLabelValues(account, path)
		}
	}
}
