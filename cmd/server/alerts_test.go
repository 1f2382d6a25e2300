package main

import (
	"regexp"
	"slices"
	"testing"

	"carrierhook/internal/config"
	"carrierhook/internal/handler"
	"carrierhook/internal/store"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// What the runbook's alerts stand on is there from a server's start: a series that
// begins with its first event has no rate then, so that the one panic of a year
// would alert nobody, nor would scans that stop before the first one came.
func TestAlertsStandOnSeries(t *testing.T) {
	t.Parallel()
	cfg := config.Default()
	st, err := store.Open(t.Context(), storeOptions(cfg, "postgres://nobody@127.0.0.1/none"))
	must(t, err)
	defer st.Close()
	r := prometheus.NewRegistry()
	r.MustRegister(st.Collectors()...)
	r.MustRegister(newMaintenance(cfg, st, &handler.Health{}, zap.NewNop()).Collectors()...)
	r.MustRegister(new(logQueue).collector())
	handler.NewMetrics(r)
	if _, err := newAPI(cfg, st, zap.NewNop(), r); err != nil {
		t.Fatal(err)
	}
	families, err := r.Gather()
	must(t, err)
	there := map[string][]map[string]string{} // the labels of the series of each name
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			name := f.GetName()
			if m.GetHistogram() != nil {
				name += "_bucket"
			}
			there[name] = append(there[name], labels)
		}
	}
	alerts := sectionOf(read(t, runbook), "## Alerts")
	selectors := regexp.MustCompile(`\b(carrierhook_[a-z_]+)(?:\{([a-z]+)=~?"([^"]+)"\})?`)
	seen := 0
	for _, expr := range regexp.MustCompile(`(?m)^ +expr: (.*)$`).FindAllStringSubmatch(alerts, -1) {
		for _, m := range selectors.FindAllStringSubmatch(expr[1], -1) {
			seen++
			name, label, value := m[1], m[2], regexp.MustCompile("^(?:"+m[3]+")$")
			if !slices.ContainsFunc(there[name], func(labels map[string]string) bool { return label == "" || value.MatchString(labels[label]) }) {
				t.Errorf("the runbook's alert %s: a new server has no %s", expr[1], m[0])
			}
		}
	}
	if seen < 20 {
		t.Errorf("found only %d series in the alerts", seen)
	}
}
