//go:build prove

package conformance

import "testing"

// TestProveSameVerdicts: the kit, pointed ten times at a server with each of the
// deliberate defects, says the same ten times.
func TestProveSameVerdicts(t *testing.T) {
	t.Parallel()
	for _, d := range append(defects, defect{name: "none", inject: func(*carrier) {}}) {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			sameVerdicts(t, d, 10)
		})
	}
}
