package waybill

import (
	"strconv"
	"strings"
)

// The figures of an order come from the merchant as texts. A figure is one to
// nine digits, and where a fraction makes sense a point with one to six more:
// 2, 1.2, 15.0, 0.125. White space around it is dropped. Everything else is
// none: signs, exponents, a point without digits on both sides, commas, digits
// of other scripts. A minus would make it wrong in any case.
//
// A fraction finer than a gram or a millimetre is rounded half up: 0.0005 kg is
// a gram, 0.00049 kg nothing, which no parcel weighs.
const (
	maxWholeDigits    = 9
	maxFractionDigits = 6
)

// grams reads kilograms.
func grams(kilograms string) (int64, bool) { return decimal(kilograms, 3) }

// millimetres reads centimetres; a side that was left out is 0.
func millimetres(centimetres string) (int64, bool) {
	if strings.TrimSpace(centimetres) == "" {
		return 0, true
	}
	return decimal(centimetres, 1)
}

// whole reads a figure that has no fraction, not even .0.
func whole(s string) (int64, bool) {
	if strings.Contains(s, ".") {
		return 0, false
	}
	return decimal(s, 0)
}

// decimal reads a figure in units of 10^-places.
func decimal(s string, places int) (int64, bool) {
	integer, fraction, point := strings.Cut(strings.TrimSpace(s), ".")
	if !areDigits(integer, maxWholeDigits) || point && !areDigits(fraction, maxFractionDigits) {
		return 0, false
	}
	fraction += strings.Repeat("0", maxFractionDigits-len(fraction))
	millionths, err := strconv.ParseInt(integer+fraction, 10, 64)
	unit := int64(1)
	for range maxFractionDigits - places {
		unit *= 10
	}
	return (millionths + unit/2) / unit, err == nil
}

// areDigits tells whether s is one to most ASCII digits.
func areDigits(s string, most int) bool {
	return s != "" && len(s) <= most && strings.Trim(s, "0123456789") == ""
}
