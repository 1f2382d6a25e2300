package input

import (
	"math"
	"math/big"
	"regexp"
	"strings"
	"testing"
)

// What merchants' programs write for the same figure, and what is none.
func TestFigure(t *testing.T) {
	t.Parallel()
	const none = math.MinInt64
	for s, want := range map[string][3]int64{ // in thousandths, in hundredths, as a whole number
		"13.740000000000002": {13740, 1374, none}, "30.299999999999997": {30300, 3030, none}, "110.00000000000001": {110_000, 11_000, 110}, "2.9999999999999996": {3000, 300, 3},
		"1.0": {1000, 100, 1}, "0.0": {0, 0, 0}, "-0.0": {0, 0, 0}, "007": {7000, 700, 7}, "1.0E7": {10_000_000_000, 1_000_000_000, 10_000_000}, "1e0": {1000, 100, 1}, "1.5E+1": {15_000, 1500, 15}, "5e-1": {500, 50, none},
		"1.005": {1005, 101, none}, "0.0005": {1, 0, none}, "0.00049": {0, 0, none}, "0.005": {5, 1, none}, "-0.005": {-5, -1, none}, "1.0000004": {1000, 100, 1}, "1.0000005": {1000, 100, none}, "1e-900": {0, 0, 0},
		"0e1000": {0, 0, 0}, "9e18": {none, none, none}, "1e1001": {none, none, none}, "1e99999999999999999999": {none, none, none},
		"0." + strings.Repeat("0", maxFigure-3) + "1": {0, 0, 0}, "0." + strings.Repeat("0", maxFigure-2) + "1": {none, none, none},
		"": {none, none, none}, "x": {none, none, none}, "1.": {none, none, none}, ".5": {none, none, none}, "+1": {none, none, none}, "--1": {none, none, none}, "1e": {none, none, none}, "1e+-2": {none, none, none}, "1e1.5": {none, none, none},
		"1,5": {none, none, none}, " 1": {none, none, none}, "１": {none, none, none}, "0x10": {none, none, none}, "1_0": {none, none, none}, "1e1_0": {none, none, none}, "NaN": {none, none, none}, "Infinity": {none, none, none}, "1\x00": {none, none, none}, "\x7f": {none, none, none},
	} {
		for i, g := range []Figure{{Places: 3}, {Places: 2}, {Whole: true}} {
			if got, ok := g.Parse(s); ok != (want[i] != none) || ok && got != want[i] {
				t.Errorf("%q by %+v: %d, %t, want %d", s, g, got, ok, want[i])
			}
		}
	}
}

// FuzzFigure compares with exact arithmetic: a figure is what the pattern says and fits into
// 64 bits, its value the nearest unit, and of two that are as near the one further from
// zero; a whole one is no further from its value than noise.
func FuzzFigure(f *testing.F) {
	for _, s := range []string{
		"1.2", "0.0005", "30.299999999999997", "13.740000000000002", "1.0E7", "-0.0000005", "-0.0000004", "007", "9223372036854775807", "9223372036854775807.5", "92233720368547758.07", "-92233720368547758.08",
		"5000e-3", "1e-900", "9e999999999", "1e+2", "-116.3830755", "", " 7", "+1", ".5", "5.", "1.2.3", "1e1e1", "e5", "-e5", "1_000", "１２",
	} {
		f.Add(s)
	}
	pattern := regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?([eE][-+]?0*[0-9]{1,4})?$`)
	f.Fuzz(func(t *testing.T, s string) {
		for _, g := range []Figure{{}, {Places: 1}, {Places: 3}, {Places: 6}, {Whole: true}} {
			n, ok := g.Parse(s)
			if !ok {
				continue
			}
			if len(s) > maxFigure || !pattern.MatchString(s) {
				t.Fatalf("%q is %d", s, n)
			}
			exact, _ := new(big.Rat).SetString(s)
			exact.Mul(exact, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(g.Places)), nil)))
			off, half := new(big.Rat).Sub(exact, new(big.Rat).SetInt64(n)), big.NewRat(1, 2)
			if g.Whole {
				half = big.NewRat(1, 2*noise)
			}
			if c := new(big.Rat).Abs(off).Cmp(half); c > 0 || c == 0 && (g.Whole || off.Sign() == exact.Sign()) {
				t.Fatalf("%+v: %q is %d", g, s, n)
			}
		}
	})
}
