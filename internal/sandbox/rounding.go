package sandbox

import (
	"strconv"
	"strings"
)

// CentsDecimals are those of a yuan.
const CentsDecimals = 2

// Of figures: the longest text of one that is read, and more than any can mean.
const (
	maxDigits = 40
	MaxFigure = 1_000_000_000_000
)

// Rounded is a JSON number in units of its last decimal, halves away from zero. It
// reports false for one that no figure of ours can be. No float is in between: 1.005
// is to be 1.01.
func Rounded(text string, decimals int) (int64, bool) {
	if len(text) > maxDigits {
		return 0, false
	}
	text, negative := strings.CutPrefix(text, "-")
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	whole, part, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+part, "0")
	shift := decimals - len(part)
	if exponent != "" {
		e, err := strconv.Atoi(exponent)
		if err != nil || e < -1000 || e > 1000 {
			return 0, false
		}
		shift += e
	}
	up := int64(0)
	if digits != "" && shift > 0 {
		digits += strings.Repeat("0", min(shift, maxDigits))
	}
	if shift < 0 {
		cut := len(digits) + shift
		if cut >= 0 && digits[cut:] != "" && digits[cut] >= '5' {
			up = 1
		}
		digits = digits[:max(cut, 0)]
	}
	if digits == "" {
		digits = "0"
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > MaxFigure {
		return 0, false
	}
	if n += up; negative {
		n = -n
	}
	return n, true
}

// DecimalText writes n units of the last decimal as a number, without zeros at its
// end.
func DecimalText(n int64, decimals int) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	s := strconv.FormatInt(n, 10)
	if len(s) <= decimals {
		s = strings.Repeat("0", decimals+1-len(s)) + s
	}
	at := len(s) - decimals
	return strings.TrimSuffix(sign+s[:at]+"."+strings.TrimRight(s[at:], "0"), ".")
}
