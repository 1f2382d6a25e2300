package sandbox

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
)

// A figure is rounded as exact arithmetic has it.
func FuzzRounded(f *testing.F) {
	for _, s := range []string{"0", "-0", "1.005", "0.004999", "5e3", "5000e-3", "12345678901234567890", "1e-900", "1e+2", "-116.3830755", "0.0000005", "9e999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) || strings.Trim(text, "-+.eE0123456789") != "" {
			return
		}
		for _, decimals := range []int{0, 2, 6} {
			n, ok := Rounded(text, decimals)
			if !ok {
				continue
			}
			exact, good := new(big.Rat).SetString(text)
			if !good {
				t.Fatalf("%s is read as %d", text, n)
			}
			scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil))
			off := new(big.Rat).Sub(exact.Mul(exact, scale), new(big.Rat).SetInt64(n))
			half := big.NewRat(1, 2)
			// Halves are away from zero: n is beyond the exact number then.
			if c := new(big.Rat).Abs(off).Cmp(half); c > 0 || c == 0 && off.Sign() == exact.Sign() {
				t.Errorf("%s with %d decimals is read as %d", text, decimals, n)
			}
			if back, ok := Rounded(DecimalText(n, decimals), decimals); !ok || back != n {
				t.Errorf("%d is written as %s", n, DecimalText(n, decimals))
			}
		}
	})
}

// What a figure of ours can be at all.
func TestRoundedBounds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"1000000000000": true, "1000000000001": false, "1e12": true, "1e13": false, "1e-1000": true, "1e-1001": false, "1e1001": false,
		"0e1000": true, "0." + strings.Repeat("0", maxDigits-3) + "1": true, "0." + strings.Repeat("0", maxDigits-2) + "1": false,
		"1e99999999999999999999": false,
	} {
		if _, ok := Rounded(text, 0); ok != want {
			t.Errorf("%s: %v", text, ok)
		}
	}
	for n, want := range map[int64]string{0: "0", 1: "0.01", -5: "-0.05", 10: "0.1", 1000: "10", -12345: "-123.45"} {
		if got := DecimalText(n, 2); got != want {
			t.Errorf("%d is written as %s", n, got)
		}
	}
	if got := DecimalText(7, 0); got != "7" {
		t.Errorf("without decimals: %s", got)
	}
}
