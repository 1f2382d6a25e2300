package delivery

import "testing"

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
		}{"hundredths": {func(s string) (int64, bool) { return decimal(s) }, tt.hundredth}, "whole": {whole, tt.number}, "coordinate": {coordinate, tt.lng}} {
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
		if _, ok := decimal(in); ok {
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
