package handler_test

import (
	"fmt"
	"testing"

	"carrierhook/internal/handler"
	"carrierhook/internal/wechat"

	"github.com/prometheus/client_golang/prometheus"
)

// TestSeriesFromTheStart: every failure, every refusal and every event that is
// offered can be seen to rise from 0.
func TestSeriesFromTheStart(t *testing.T) {
	t.Parallel()
	r := prometheus.NewRegistry()
	handler.NewMetrics(r)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			series := f.GetName()
			for _, l := range m.GetLabel() { // in the order of their names
				series += " " + l.GetValue()
			}
			if m.GetCounter().GetValue() != 0 {
				t.Errorf("%s is %v", series, m.GetCounter().GetValue())
			}
			there[series] = true
		}
	}
	want := []string{"carrierhook_unknown_outcomes_total", "carrierhook_repeats_total"}
	for _, why := range handler.Failures() {
		want = append(want, "carrierhook_failures_total "+why)
	}
	for _, c := range wechat.Checks() {
		want = append(want, "carrierhook_refusals_total "+c.String())
	}
	for _, check := range []string{"too_large", "cut_off", "no_room", "other"} {
		want = append(want, "carrierhook_refusals_total "+check)
	}
	for _, event := range expressCases() { // for the others see TestSeriesOfACourier
		want = append(want, "carrierhook_push_duration_seconds "+event.event)
		for _, f := range formats {
			for _, mode := range wechat.Modes() {
				want = append(want, fmt.Sprintf("carrierhook_pushes_total %s %s %s 0", event.event, f, mode))
			}
		}
	}
	for _, series := range want {
		if !there[series] {
			t.Errorf("there is no %s", series)
		}
	}
}
