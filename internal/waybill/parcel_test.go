package waybill

import (
	"testing"

	"carrierhook/internal/input"
)

// How a figure is rounded; TestBookEdges has the rest.
func TestFigures(t *testing.T) {
	for in, want := range map[string][3]int64{ // in grams, in millimetres, as a whole number; -9: not one
		"1.2": {1200, 12, -9}, "15.0": {15000, 150, 15}, "2": {2000, 20, 2}, "1.5E1": {15000, 150, 15}, "13.740000000000002": {13_740, 137, -9},
		"0.0005": {1, 0, -9}, "0.00049": {0, 0, -9}, "0.05": {50, 1, -9}, "0.049999": {50, 0, -9}, "x": {-9, -9, -9},
	} {
		for i, unit := range []input.Figure{kilograms, centimetres, integer} {
			if got, ok := unit.Parse(in); ok != (want[i] != -9) || ok && got != want[i] {
				t.Errorf("%q in unit %d: %d, %t, want %d", in, i, got, ok, want[i])
			}
		}
	}
}
