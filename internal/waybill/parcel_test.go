package waybill

import (
	"testing"

	"carrierhook/internal/input"
)

// How many digits a figure may have, and how it is rounded; TestBookEdges has the rest.
func TestFigures(t *testing.T) {
	for in, want := range map[string][3]int64{ // in grams, in millimetres, as a whole number; -9: not one
		"1.2": {1200, 12, -9}, "15.0": {15000, 150, -9}, "2": {2000, 20, 2}, "000000007": {7000, 70, 7}, "0000000007": {-9, -9, -9},
		"999999999": {999_999_999_000, 9_999_999_990, 999_999_999}, "999999999.999999": {1_000_000_000_000, 10_000_000_000, -9},
		"0.0005": {1, 0, -9}, "0.00049": {0, 0, -9}, "0.05": {50, 1, -9}, "0.049999": {50, 0, -9}, "1.123456": {1123, 11, -9}, "1.1234567": {-9, -9, -9}, "-1": {-9, -9, -9},
	} {
		for i, unit := range []input.Decimal{kilograms, centimetres, integer} {
			if got, ok := unit.Parse(in); ok != (want[i] != -9) || ok && got != want[i] {
				t.Errorf("%q in unit %d: %d, %t, want %d", in, i, got, ok, want[i])
			}
		}
	}
}
