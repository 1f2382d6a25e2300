package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/handler/api"
	"carrierhook/internal/waybill"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// TestSeriesFromTheStart: the series that alerts use exist before the first request.
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
		"carrierhook_api_rejections_total local"}
	for _, v := range waybill.Verdicts() {
		want = append(want, "carrierhook_scans_total "+string(v))
	}
	want = append(want, "carrierhook_feed_waiting_connections")
	for path, item := range theDocument.paths() {
		for key := range item.(map[string]any) {
			if slices.Contains(operations, key) {
				for _, status := range []int{500, 503} {
					want = append(want, fmt.Sprint("carrierhook_api_requests_total ", strings.ToUpper(key), " ", path, " ", status))
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
