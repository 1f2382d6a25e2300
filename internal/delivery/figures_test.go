package delivery

import (
	"math/big"
	"regexp"
	"strings"
	"testing"
)

func TestFigures(t *testing.T) {
	const none = -1
	for _, tt := range []struct {
		in          string
		hundredth   int64
		number, lng int64
	}{
		{"5", 500, 5, 5_000_000},
		{"5.0", 500, 5, 5_000_000},
		{" 5\n", 500, 5, 5_000_000},
		{"\u30005.00\u3000", 500, 5, 5_000_000},
		{"0", 0, 0, 0},
		{"007", 700, 7, 7_000_000},
		{"0.01", 1, none, 10_000},
		{"0.005", 1, none, 5000},
		{"0.00499", 0, none, 4990},
		{"0.00499999999999999999", 0, none, 5000},
		{"4.995", 500, none, 4_995_000},
		{"30.299999999999997", 3030, none, 30_300_000},
		{"1.0000004", 100, none, 1_000_000},
		{"1.0000005", 100, none, 1_000_001},
		{"999999999999", 99_999_999_999_900, 999_999_999_999, 999_999_999_999_000_000},
		{"999999999999.9999995", 100_000_000_000_000, none, 1_000_000_000_000_000_000},
		{"1000000000000", none, none, none},
		{"0000000000001", none, none, none},
		{"1.000000000000000000000", none, none, none}, // 21 digits of a fraction
		{"1.00000000000000000000", 100, 1, 1_000_000},
		{"", none, none, none},
		{" ", none, none, none},
		{"+1", none, none, none},
		{"5e0", none, none, none},
		{"5E0", none, none, none},
		{"0x10", none, none, none},
		{"1_000", none, none, none},
		{"1,000", none, none, none},
		{".5", none, none, none},
		{"5.", none, none, none},
		{".", none, none, none},
		{"1.2.3", none, none, none},
		{"1. 2", none, none, none},
		{"1 2", none, none, none},
		{"１２", none, none, none},
		{"NaN", none, none, none},
		{"5元", none, none, none},
		{"1\x00", none, none, none},
	} {
		for name, read := range map[string]struct {
			f    func(string) (int64, bool)
			want int64
		}{"hundredths": {func(s string) (int64, bool) { return decimal(s, 2) }, tt.hundredth}, "whole": {whole, tt.number}, "coordinate": {coordinate, tt.lng}} {
			got, ok := read.f(tt.in)
			if ok != (read.want != none) || ok && got != read.want {
				t.Errorf("%s(%q) = %d, %t, want %d", name, tt.in, got, ok, read.want)
			}
		}
	}
}

// Only a coordinate may be below nothing, and what is rounded goes away from it.
func TestMinus(t *testing.T) {
	for in, want := range map[string]int64{"-1": -1_000_000, " -0.0000005 ": -1, "-0.0000004": 0, "-180.000000": -180_000_000, "-0": 0} {
		if got, ok := coordinate(in); !ok || got != want {
			t.Errorf("%q: %d, %t, want %d", in, got, ok, want)
		}
		if _, ok := decimal(in, 2); ok {
			t.Errorf("%q is a figure", in)
		}
		if _, ok := whole(in); ok {
			t.Errorf("%q is a whole number", in)
		}
	}
	for _, in := range []string{"- 1", "--1", "-", "-+1", "1-", "−1"} {
		if got, ok := coordinate(in); ok {
			t.Errorf("%q is %d", in, got)
		}
	}
}

// FuzzFigures compares with exact arithmetic: a figure is what the pattern says,
// its value the nearest unit, and the higher of two that are as near.
func FuzzFigures(f *testing.F) {
	for _, s := range []string{"1.2", "15.0", "0.005", "0.00499", "999999999999.9999995", " 7 ", "-1.0000005", "1e3", ".5", "5.", "", "30.299999999999997"} {
		f.Add(s)
	}
	figure := regexp.MustCompile(`^[0-9]{1,12}(\.[0-9]{1,20})?$`)
	f.Fuzz(func(t *testing.T, s string) {
		trimmed := strings.TrimSpace(s)
		nearest(t, s, 2, trimmed, figure.MatchString(trimmed), func(s string) (int64, bool) { return decimal(s, 2) })
		magnitude := strings.TrimPrefix(trimmed, "-")
		nearest(t, s, 6, magnitude, figure.MatchString(magnitude), func(s string) (int64, bool) {
			n, ok := coordinate(s)
			if magnitude != trimmed {
				n = -n
			}
			return n, ok
		})
		if n, ok := whole(s); ok {
			exact, isFigure := new(big.Rat).SetString(trimmed)
			if !isFigure || exact.Cmp(new(big.Rat).SetInt64(n)) != 0 {
				t.Fatalf("%q is %d", s, n)
			}
		}
	})
}

func nearest(t *testing.T, s string, places int64, magnitude string, want bool, read func(string) (int64, bool)) {
	t.Helper()
	got, ok := read(s)
	if ok != want {
		t.Fatalf("%q with %d places: %t", s, places, ok)
	}
	if !ok {
		return
	}
	exact, _ := new(big.Rat).SetString(magnitude)
	exact.Mul(exact, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(places), nil)))
	off := exact.Sub(exact, new(big.Rat).SetInt64(got)) // in (-1/2 .. +1/2), the lower end included
	if off.Cmp(big.NewRat(-1, 2)) < 0 || off.Cmp(big.NewRat(1, 2)) >= 0 {
		t.Fatalf("%q with %d places: %d is off by %v", s, places, got, off)
	}
}
