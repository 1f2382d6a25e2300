package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/wechat"
)

// What the carrier offers was read when a server says that it is ready; how long
// ago that was seen to be the newest is a metric.
func TestCatalogueBeforeReady(t *testing.T) {
	t.Parallel()
	cfg := testConfig(withSamples(t), wechat.Secure)
	cfg.Booking.Refresh = time.Hour
	begun := time.Now()
	p := start(t, cfg)
	p.waitReady(t)
	ready := time.Now()
	_, metrics := get(t, p.internal, "/metrics")
	if !strings.Contains(metrics, "\ncarrierhook_remaining_waybill_numbers 9.9999999e+07\n") {
		t.Error("ready, and the ranges of numbers were not read")
	}
	for range 10 {
		min := time.Since(ready)
		got := catalogueAge(t, p)
		if max := time.Since(begun); got < min || got > max {
			t.Errorf("a catalogue that nobody looked at since is %v old, want %v to %v", got, min, max)
		}
	}
	cfg.Booking.Refresh = 10 * time.Millisecond
	p = start(t, cfg)
	p.waitReady(t)
	ready = time.Now()
	eventually(t, "a catalogue is looked at again", func() bool {
		min := time.Since(ready)
		return catalogueAge(t, p) < min
	})
}

// catalogueAge is what the metrics say.
func catalogueAge(t *testing.T, p *program) time.Duration {
	t.Helper()
	_, metrics := get(t, p.internal, "/metrics")
	var seconds float64
	_, rest, _ := strings.Cut(metrics, "\ncarrierhook_catalogue_age_seconds ")
	if _, err := fmt.Sscan(rest, &seconds); err != nil {
		t.Fatal(err)
	}
	return time.Duration(seconds * float64(time.Second))
}
