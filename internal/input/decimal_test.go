package input

import (
	"fmt"
	"math/big"
	"regexp"
	"testing"
)

// FuzzDecimal compares with exact arithmetic: a number is what the pattern says and
// fits into 64 bits.
func FuzzDecimal(f *testing.F) {
	for _, s := range []string{
		"1.2", "15.0", "0.0005", "0.00049", "999999999.999999", "1.1234567", "1234567890", "999999999999.9999995", "30.299999999999997", "007", "-1.0000005",
		"1.0", "1.50", "1.500001", "-0", "-0.0000005", "-0.0000004", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "92233720368547758.07",
		"92233720368547758.08", "-92233720368547758.08", "000000000000000000000000001", "1.00000000000000000000", "", " 7", "7 ", "+1", "1e3", ".5", "5.", ".",
		"-", "--1", "-.5", "1.-1", "1.2.3", "1. 2", "0x10", "1_000", "1,000", "１２", "NaN", "Inf", "1\x00", "−1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, d := range []Decimal{
			{}, {Signed: true}, {Places: 2, Signed: true}, {Whole: 9}, {Whole: 9, Places: 3}, {Whole: 12, Places: 6, Signed: true}, {Whole: 15, Places: 2, Signed: true},
		} {
			pattern := fmt.Sprintf(`[0-9]{1,%d}`, d.Whole)
			if d.Whole == 0 {
				pattern = `[0-9]+`
			}
			if d.Signed {
				pattern = "-?" + pattern
			}
			if d.Places > 0 {
				pattern += fmt.Sprintf(`(\.[0-9]{1,%d})?`, d.Places)
			}
			got, ok := d.Parse(s)
			if !regexp.MustCompile(`^` + pattern + `$`).MatchString(s) {
				if ok {
					t.Fatalf("%+v: %q is %d", d, s, got)
				}
				continue
			}
			exact, _ := new(big.Rat).SetString(s)
			exact.Mul(exact, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Places)), nil)))
			want := exact.Num()
			if ok != want.IsInt64() || ok && got != want.Int64() {
				t.Fatalf("%+v: %q is %d, %t, want %v", d, s, got, ok, want)
			}
		}
	})
}
