package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"carrierhook/internal/handler/api"
	"carrierhook/internal/waybill"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// TestSeriesFromTheStart: what alerts stand on is there before the first request,
// or a first failure would be no rise, and an hour without scans no standstill.
func TestSeriesFromTheStart(t *testing.T) {
	t.Parallel()
	r := prometheus.NewRegistry()
	api.New(api.Options{Log: zap.NewNop(), Metrics: r})
	families, err := r.Gather()
	must(t, err)
	there := map[string]bool{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			series := f.GetName()
			for _, l := range m.GetLabel() {
				series += " " + l.GetValue()
			}
			if m.GetCounter().GetValue() != 0 {
				t.Errorf("%s is %v", series, m.GetCounter().GetValue())
			}
			there[series] = true
		}
	}
	want := []string{"carrierhook_scans_total invalid", "carrierhook_scans_total unavailable", "carrierhook_scans_total internal",
		"carrierhook_api_turned_away_total local"}
	for _, v := range waybill.Verdicts() {
		want = append(want, "carrierhook_scans_total "+string(v))
	}
	for path, item := range theDocument.paths() {
		for method, label := range map[string]string{"get": http.MethodGet, "post": http.MethodPost, "put": http.MethodPut} {
			if _, there := item.(map[string]any)[method]; there {
				for _, status := range []int{500, 503} {
					want = append(want, fmt.Sprint("carrierhook_api_requests_total ", label, " ", path, " ", status))
				}
			}
		}
	}
	for _, series := range want {
		if !there[series] {
			t.Errorf("there is no %s", series)
		}
	}
	if len(there) != len(want) {
		t.Errorf("%d series, want %d: %v", len(there), len(want), there)
	}
}
