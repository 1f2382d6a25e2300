package main

import (
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
	if n := p.metric(t, "carrierhook_remaining_waybill_numbers"); n != 99999999 {
		t.Errorf("ready, and %v numbers were read", n)
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
	return time.Duration(p.metric(t, "carrierhook_catalogue_age_seconds") * float64(time.Second))
}
