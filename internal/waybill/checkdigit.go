package waybill

import (
	"fmt"
	"slices"
	"strconv"
)

// CheckDigit is how the last digit of a waybill number is computed, from the
// digits of its serial number alone.
type CheckDigit string

// The check digits.
const (
	NoCheckDigit CheckDigit = "none"
	Mod10        CheckDigit = "mod10" // Luhn
	Mod11        CheckDigit = "mod11" // as of the Universal Postal Union's S10
)

// CheckDigits lists every kind.
func CheckDigits() []CheckDigit { return []CheckDigit{NoCheckDigit, Mod10, Mod11} }

// ParseCheckDigit reads a kind by its name.
func ParseCheckDigit(name string) (CheckDigit, error) {
	if c := CheckDigit(name); slices.Contains(CheckDigits(), c) {
		return c, nil
	}
	return "", fmt.Errorf("unknown check digit %q; known are %v", name, CheckDigits())
}

// width is the number of check digits.
func (c CheckDigit) width() int {
	if c == Mod10 || c == Mod11 {
		return 1
	}
	return 0
}

// of is the check digit of digits; "" for NoCheckDigit.
func (c CheckDigit) of(digits string) string {
	switch c {
	case Mod10:
		return strconv.Itoa(luhn(digits))
	case Mod11:
		return strconv.Itoa(s10(digits))
	}
	return ""
}

// luhn doubles every other digit, from the last one on, and adds up the digits of the
// results.
func luhn(digits string) int {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return (10 - sum%10) % 10
}

// mod11Width is the number of digits that S10 has weights for.
const mod11Width = 8

var s10Weights = [mod11Width]int{8, 6, 4, 2, 3, 5, 9, 7}

// s10 adds up the weighted digits. It is 11 less the sum modulo 11, with 0 for 10 and 5
// for 11.
func s10(digits string) int {
	sum := 0
	for i, weight := range s10Weights {
		sum += weight * int(digits[i]-'0')
	}
	return [...]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 5}[11-sum%11]
}
