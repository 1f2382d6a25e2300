package delivery

import (
	"strings"

	"carrierhook/internal/input"
)

// The figures of an order come from the merchant as texts, of JSON numbers and
// of XML. A figure is one to twelve digits, and where a fraction makes sense a
// point with one to twenty more: 2, 1.2, 15.0. That many, because there are
// merchants who count in floats and send 30.299999999999997 for 30.3. White space
// around it is dropped; only a coordinate may have a minus.
//
// What is finer than the unit is rounded half up, as WeChat's page says of the
// cargo: 0.005 yuan is a fen, 0.00499 is nothing. Of a coordinate half a millionth
// is rounded away from the equator and from Greenwich.
var (
	hundredths = input.Decimal{Whole: 12, Places: 2, Finer: 18}
	degrees    = input.Decimal{Whole: 12, Places: 6, Finer: 14, Signed: true}
	integer    = input.Decimal{Whole: 12, Finer: 20}
)

// decimal reads a figure in hundredths.
func decimal(s string) (int64, bool) { return hundredths.Parse(strings.TrimSpace(s)) }

// whole reads a figure whose fraction is nothing: 1, and 1.0 of those who have
// only floats.
func whole(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	_, fraction, _ := strings.Cut(s, ".")
	n, ok := integer.Parse(s)
	return n, ok && strings.Trim(fraction, "0") == ""
}

// coordinate reads degrees in millionths.
func coordinate(s string) (int64, bool) { return degrees.Parse(strings.TrimSpace(s)) }
