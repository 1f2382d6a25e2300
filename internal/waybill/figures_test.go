package waybill

import "testing"

func TestFigures(t *testing.T) {
	const none = -1
	tests := []struct {
		in                  string
		gram, millimetre, n int64
	}{
		{"1.2", 1200, 12, none},
		{"15.0", 15000, 150, none},
		{"2", 2000, 20, 2},
		{"0", 0, 0, 0},
		{" 2\n", 2000, 20, 2},
		{"\u30002\u3000", 2000, 20, 2},
		{"007", 7000, 70, 7},
		{"0.0005", 1, 0, none},
		{"0.00049", 0, 0, none},
		{"0.000499", 0, 0, none},
		{"0.05", 50, 1, none},
		{"0.049999", 50, 0, none},
		{"2.9995", 3000, 30, none},
		{"999999999", 999_999_999_000, 9_999_999_990, 999_999_999},
		{"999999999.999999", 1_000_000_000_000, 10_000_000_000, none},
		{"1.123456", 1123, 11, none},
		{"1.1234567", none, none, none},
		{"1234567890", none, none, none},
		{"0000000001", none, none, none},
		{"", none, 0, none}, // a side that was left out is not measured
		{" ", none, 0, none},
		{"-0", none, none, none},
		{"-1.2", none, none, none},
		{"+1", none, none, none},
		{"1e3", none, none, none},
		{"1E3", none, none, none},
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
		{"Inf", none, none, none},
		{"two", none, none, none},
		{"1kg", none, none, none},
		{"1\x00", none, none, none},
	}
	for _, tt := range tests {
		for name, read := range map[string]struct {
			f    func(string) (int64, bool)
			want int64
		}{"grams": {grams, tt.gram}, "millimetres": {millimetres, tt.millimetre}, "whole": {whole, tt.n}} {
			got, ok := read.f(tt.in)
			if ok != (read.want != none) || ok && got != read.want {
				t.Errorf("%s(%q) = %d, %t, want %d", name, tt.in, got, ok, read.want)
			}
		}
	}
}
