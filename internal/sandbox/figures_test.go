package sandbox

import (
	"testing"

	"carrierhook/internal/input"
)

// A figure is written as it was read.
func TestDecimalText(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 1: "0.01", -5: "-0.05", 10: "0.1", 1000: "10", -12345: "-123.45"} {
		if got := DecimalText(n, 2); got != want {
			t.Errorf("%d is written as %s", n, got)
		}
	}
	for _, n := range []int64{0, 1, -1, 99, -100, 123_456_789, MaxFigure} {
		for _, decimals := range []int{0, 2, 6} {
			if back, ok := (input.Figure{Places: decimals}).Parse(DecimalText(n, decimals)); !ok || back != n {
				t.Errorf("%d is written as %s", n, DecimalText(n, decimals))
			}
		}
	}
	if got := DecimalText(7, 0); got != "7" {
		t.Errorf("without decimals: %s", got)
	}
}
