package api

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"carrierhook/internal/waybill"

	"github.com/prometheus/client_golang/prometheus"
)

// unmatched is the route of requests without one.
const unmatched = "unmatched"

// metrics count requests and scans. No label takes a value from outside: token names come
// from the configuration.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	scans    *prometheus.CounterVec

	rejections *prometheus.CounterVec
	waiting    prometheus.Gauge
}

// newMetrics registers the metrics with r. The series that alerts use start at 0: a series
// that begins with its first event has no rate then, and one that never begins is not seen
// to stand still.
func newMetrics(r prometheus.Registerer, routes []route, callers []*caller) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "carrierhook_api_requests_total",
			Help: "API requests answered, by route, method and status.",
		}, []string{"route", "method", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "carrierhook_api_request_duration_seconds",
			Help:    "Time from the first byte of an API request to its answer, without waits for events, by route.",
			Buckets: []float64{.001, .002, .005, .01, .025, .05, .1, .25, .5, 1, 2, 3, 4, 5},
		}, []string{"route"}),
		scans: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "carrierhook_scans_total",
			Help: "Scans reported, by result: a verdict, invalid, unavailable or internal.",
		}, []string{"verdict"}),
		rejections: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "carrierhook_api_rejections_total",
			Help: "API requests rejected unread because other requests of the same token were being read, by the token's name.",
		}, []string{"by"}),
	}
	m.waiting = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "carrierhook_feed_waiting_connections",
		Help: "Connections on which a request of the feed waits for an event.",
	})
	r.MustRegister(m.requests, m.duration, m.scans, m.rejections, m.waiting)
	for _, c := range callers {
		m.rejections.WithLabelValues(c.Name)
	}
	for _, v := range waybill.Verdicts() {
		m.scans.WithLabelValues(string(v))
	}
	for _, name := range []string{invalid, unavailable, internal} {
		m.scans.WithLabelValues(name)
	}
	for _, rt := range routes {
		for _, status := range []int{http.StatusInternalServerError, http.StatusServiceUnavailable} {
			m.requests.WithLabelValues(rt.path, rt.method, strconv.Itoa(status))
		}
	}
	return m
}

func (m *metrics) answered(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, methodLabel(method), strconv.Itoa(status)).Inc()
	m.duration.WithLabelValues(route).Observe(took.Seconds())
}

var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	http.MethodConnect, http.MethodOptions, http.MethodTrace,
}

// methodLabel is the method, or other if HTTP has no such method.
func methodLabel(method string) string {
	if slices.Contains(methods, method) {
		return method
	}
	return "other"
}
