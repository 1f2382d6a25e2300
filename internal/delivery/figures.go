package delivery

import (
	"strconv"
	"strings"
)

// The figures of an order come from the merchant as texts, of JSON numbers and
// of XML. A figure is one to twelve digits, and where a fraction makes sense a
// point with one to twenty more: 2, 1.2, 15.0. That many, because there are
// merchants who count in floats and send 30.299999999999997 for 30.3. White space
// around it is dropped. Everything else is none: signs (but for the minus of a
// coordinate), exponents, a point without digits on both sides, commas, digits of
// other scripts.
//
// What is finer than the unit is rounded half up, as WeChat's page says of the
// cargo: 0.005 yuan is a fen, 0.00499 is nothing.
const (
	maxWholeDigits    = 12
	maxFractionDigits = 20
)

// lastSecond is the end of the year 9999: later is a mistake, such as a time in
// milliseconds.
const lastSecond = 253_402_300_799

// decimal reads a figure in units of 10^-places, at most six places.
func decimal(s string, places int) (int64, bool) {
	integer, fraction, point := strings.Cut(strings.TrimSpace(s), ".")
	if !areDigits(integer, maxWholeDigits) || point && !areDigits(fraction, maxFractionDigits) {
		return 0, false
	}
	up := len(fraction) > places && fraction[places] >= '5'
	fraction = (fraction + "000000")[:places]
	n, err := strconv.ParseInt(integer+fraction, 10, 64)
	if up {
		n++
	}
	return n, err == nil
}

// whole reads a figure whose fraction is nothing: 1, and 1.0 of those who have
// only floats.
func whole(s string) (int64, bool) {
	_, fraction, _ := strings.Cut(strings.TrimSpace(s), ".")
	n, ok := decimal(s, 0)
	return n, ok && strings.Trim(fraction, "0") == ""
}

// coordinate reads degrees in millionths. Half a millionth is rounded away from
// the equator and from Greenwich.
func coordinate(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	rest, minus := strings.CutPrefix(s, "-")
	if minus && strings.TrimSpace(rest) != rest {
		return 0, false
	}
	n, ok := decimal(rest, 6)
	if minus {
		n = -n
	}
	return n, ok
}

// areDigits tells whether s is one to most ASCII digits.
func areDigits(s string, most int) bool {
	return s != "" && len(s) <= most && strings.Trim(s, "0123456789") == ""
}
