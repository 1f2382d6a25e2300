package handler_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/handler"
	"carrierhook/internal/ledger"
	"carrierhook/internal/wechat"

	"github.com/prometheus/client_golang/prometheus"
)

// TestSeriesFromTheStart: every failure, every refusal and every event that is offered
// can be seen to rise from 0. The events of instant delivery are not there where they
// are not offered.
func TestSeriesFromTheStart(t *testing.T) {
	t.Parallel()
	checks := []string{"too_large", "cut_off", "no_room", "other"}
	for _, c := range wechat.Checks() {
		checks = append(checks, c.String())
	}
	for _, offered := range []bool{true, false} {
		r := prometheus.NewRegistry()
		s := newServer(t, wechat.Plain, func(o *options) {
			if o.Metrics = handler.NewMetrics(r); !offered {
				o.Instant = nil
			}
		})
		s.internal = handler.Internal(s.log, r, []string{"example.com"}, s.health, nil)
		text := s.scrape(t)
		check := func(there bool, series string) {
			if strings.Contains(text, "\n"+series+" 0\n") != there {
				t.Errorf("offered %v: is there %s at 0: %v", offered, series, !there)
			}
		}
		check(true, "carrierhook_unknown_outcomes_total")
		check(true, "carrierhook_repeats_total")
		for _, name := range handler.Failures() {
			check(true, fmt.Sprintf("carrierhook_failures_total{why=%q}", name))
		}
		for _, name := range checks {
			check(true, fmt.Sprintf("carrierhook_refusals_total{account=\"main\",check=%q}", name))
		}
		if !slices.Equal(slices.Sorted(slices.Values(checks)), slices.Sorted(slices.Values(handler.Checks()))) {
			t.Errorf("the checks are %q, the test has %q", handler.Checks(), checks)
		}
		for _, c := range eventCases() {
			there := offered || !ledger.Instant(c.event)
			check(there, fmt.Sprintf("carrierhook_push_duration_seconds_count{event=%q}", c.event))
			for f, m := range everyWay {
				check(there, fmt.Sprintf("carrierhook_pushes_total{account=\"main\",event=%q,format=%q,mode=%q,result=\"0\"}", c.event, f, m))
			}
		}
	}
}
