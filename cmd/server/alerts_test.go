package main

import (
	"regexp"
	"slices"
	"testing"

	"carrierhook/internal/config"

	"github.com/prometheus/client_golang/prometheus"
)

// series are those that a server has from its start: the labels of each, by name.
func series(t *testing.T) map[string][]map[string]string {
	t.Helper()
	r := prometheus.NewRegistry()
	register(t, r)
	families, err := r.Gather()
	must(t, err)
	there := map[string][]map[string]string{}
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
	return there
}

// The check of database.batch_workers counts as many kinds of batches as the store has.
func TestSettingsCountKindsOfBatches(t *testing.T) {
	t.Parallel()
	if n := len(series(t)["carrierhook_batch_size_requests_bucket"]); n != config.BatchKinds {
		t.Errorf("the store has %d kinds of batches, and not %d", n, config.BatchKinds)
	}
}

// laterSeries are those of alerts that a new server lacks, and why the alert works all the same.
var laterSeries = map[string]string{
	"carrierhook_wechat_quota_remaining_calls": "compared as it is, without a rate",
	"carrierhook_wechat_quota_limit_calls":     "likewise",
}

// What the runbook's alerts stand on is there from a server's start: a series that
// begins with its first event has no rate then, so that the one panic of a year
// would alert nobody, nor would scans that stop before the first one came.
func TestAlertsStandOnSeries(t *testing.T) {
	t.Parallel()
	there := series(t)
	alerts := sectionOf(read(t, runbook), "## Alerts")
	selectors := regexp.MustCompile(`\b(carrierhook_[a-z_]+)(?:\{([a-z]+)=~?"([^"]+)"\})?`)
	seen, later := 0, map[string]bool{}
	for _, expr := range regexp.MustCompile(`(?m)^ +expr: (.*)$`).FindAllStringSubmatch(alerts, -1) {
		for _, m := range selectors.FindAllStringSubmatch(expr[1], -1) {
			seen++
			name, label, value := m[1], m[2], regexp.MustCompile("^(?:"+m[3]+")$")
			if laterSeries[m[0]] != "" {
				later[m[0]] = true
				continue
			}
			if !slices.ContainsFunc(there[name], func(labels map[string]string) bool { return label == "" || value.MatchString(labels[label]) }) {
				t.Errorf("the runbook's alert %s: a new server has no %s", expr[1], m[0])
			}
		}
	}
	for name := range laterSeries {
		if !later[name] {
			t.Errorf("no alert stands on %s", name)
		}
	}
	if seen < 20 {
		t.Errorf("found only %d series in the alerts", seen)
	}
}
