package handler

import "github.com/prometheus/client_golang/prometheus"

// The listeners, as the log and the metrics name them.
const (
	PublicListener   = "public"
	InternalListener = "internal"
)

// ListenerMetrics count what happens before a handler has a request, by listener.
type ListenerMetrics struct{ unhandled, acceptErrors *prometheus.CounterVec }

// NewListenerMetrics registers the metrics with r. All their series are there from the
// start, for alerts.
func NewListenerMetrics(r prometheus.Registerer) *ListenerMetrics {
	m := &ListenerMetrics{
		unhandled: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "carrierhook_unhandled_requests_total",
			Help: "Requests that no handler got (wrong path or method, or not readable as HTTP), by listener and reason.",
		}, []string{"listener", "reason"}),
		acceptErrors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "carrierhook_accept_errors_total",
			Help: "Connections that could not be accepted, such as for too many open files, by listener.",
		}, []string{"listener"}),
	}
	r.MustRegister(m.unhandled, m.acceptErrors)
	for _, listener := range []string{PublicListener, InternalListener} {
		m.acceptErrors.WithLabelValues(listener)
		for reason := range unhandled {
			m.unhandled.WithLabelValues(listener, reason)
		}
	}
	return m
}
