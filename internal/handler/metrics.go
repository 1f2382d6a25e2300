package handler

import (
	"sync"
	"time"

	"carrierhook/internal/wechat"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics count what the push endpoint does. No label takes a value from
// outside.
type Metrics struct {
	pushes   *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	refusals *prometheus.CounterVec
	failures *prometheus.CounterVec
	repeats  prometheus.Counter
	unknown  prometheus.Counter
	inFlight prometheus.Gauge
	skew     prometheus.Gauge

	mu    sync.RWMutex
	found map[series]counted
}

// series is one combination of the labels of a push. There are few: no label
// takes a value from outside.
type series struct{ account, event, format, mode, result string }

// counted is where a push of one series counts. The vectors find it by hashing
// every byte of the labels, so it is looked up there once.
type counted struct {
	pushes  prometheus.Counter
	latency prometheus.Observer
}

// NewMetrics registers the metrics with r. What alerts stand on is there from the
// start, at 0, what is of an account once NewPush knows it: of a series that begins with its first event there is no rate.
func NewMetrics(r prometheus.Registerer) *Metrics {
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "carrierhook_" + name, Help: help}, labels)
	}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "carrierhook_" + name, Help: help})
	}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: "carrierhook_" + name, Help: help})
	}
	m := &Metrics{
		found:  make(map[series]counted),
		pushes: counters("pushes_total", "Pushes answered, by account, event, format, mode and result code (or success).", "account", "event", "format", "mode", "result"),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "carrierhook_push_duration_seconds",
			Help:    "Time from the first byte of a push to its answer.",
			Buckets: []float64{.001, .002, .005, .01, .025, .05, .1, .25, .5, 1, 2, 3, 4, 5},
		}, []string{"event"}),
		refusals: counters("refusals_total", "Requests refused at a push endpoint, by its account and the check that failed.", "account", "check"),
		failures: counters("failures_total", "Pushes answered -1 because the server could not decide, by cause.", "why"),
		repeats:  counter("repeats_total", "Repeated pushes that got the same answer again."),
		unknown:  counter("unknown_outcomes_total", "Pushes answered -1 although their decision may have been committed."),
		inFlight: gauge("in_flight_pushes", "Pushes in progress."),
		skew:     gauge("wechat_clock_difference_seconds", "The server's clock minus the timestamp of the last push with a valid signature."),
	}
	r.MustRegister(m.pushes, m.latency, m.refusals, m.failures, m.repeats, m.unknown, m.inFlight, m.skew)
	for _, name := range Failures() {
		m.failures.WithLabelValues(name)
	}
	return m
}

// begin makes the series of each account: of what is refused, and of the events that are
// offered.
func (m *Metrics) begin(accounts []Account, instant bool) {
	for _, a := range accounts {
		for _, check := range Checks() {
			m.refusals.WithLabelValues(a.Name, check)
		}
		for name, e := range events {
			if e.instant() && !instant {
				continue
			}
			for _, f := range []wechat.Format{wechat.XML, wechat.JSON} {
				for _, mode := range wechat.Modes() {
					m.of(series{a.Name, name, f.String(), mode.String(), "0"})
				}
			}
		}
	}
}

func (m *Metrics) answered(a *answer, took time.Duration) {
	c := m.of(series{a.account.Name, a.event, a.format, a.mode, a.result})
	c.pushes.Inc()
	c.latency.Observe(took.Seconds())
}

func (m *Metrics) of(s series) counted {
	m.mu.RLock()
	c, ok := m.found[s]
	m.mu.RUnlock()
	if !ok {
		c = counted{m.pushes.WithLabelValues(s.account, s.event, s.format, s.mode, s.result), m.latency.WithLabelValues(s.event)}
		m.mu.Lock()
		m.found[s] = c
		m.mu.Unlock()
	}
	return c
}
