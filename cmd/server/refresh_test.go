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
	p := start(t, cfg)
	p.waitReady(t)
	_, metrics := get(t, p.internal, "/metrics")
	if !strings.Contains(metrics, "\ncarrierhook_numbers_left 9.9999999e+07\n") {
		t.Error("ready, and the ranges of numbers were not read")
	}
	time.Sleep(1100 * time.Millisecond)
	age := func() float64 {
		_, metrics := get(t, p.internal, "/metrics")
		var seconds float64
		_, rest, _ := strings.Cut(metrics, "\ncarrierhook_catalogue_age_seconds ")
		if _, err := fmt.Sscan(rest, &seconds); err != nil {
			t.Error(err)
		}
		return seconds
	}
	if got := age(); got < 1 || got > 60 {
		t.Errorf("a catalogue that nobody looked at since is %v s old", got)
	}
	cfg.Booking.Refresh = 100 * time.Millisecond
	p = start(t, cfg)
	p.waitReady(t)
	time.Sleep(1100 * time.Millisecond)
	for range 50 {
		if age() < 1 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("a catalogue that is looked at all the time is %v s old", age())
}
