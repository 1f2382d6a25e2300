//go:build prove

package main

import (
	"testing"

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
