//go:build prove

package main

import (
	"testing"
	"time"

	"carrierhook/internal/wechat"
)

// TestProveConformance: our own server fails no case, and no reply of it comes later
// than WeChat waits.
func TestProveConformance(t *testing.T) {
	for _, mode := range wechat.Modes() {
		if late := conforms(t, mode); len(late) > 0 {
			t.Errorf("%v: %q", mode, late)
		}
	}
}

// TestProveConformanceCalls: our own server's calls fail no case, also where WeChat's limits
// are used up, at the times that it chooses itself.
func TestProveConformanceCalls(t *testing.T) { callsConform(t, true, 10*time.Second) }
