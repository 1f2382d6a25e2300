package waybill

import (
	"strings"

	"carrierhook/internal/input"
)

// The figures of an order come from the merchant as texts. A figure is one to
// nine digits, and where a fraction makes sense a point with one to six more:
// 2, 1.2, 15.0, 0.125. White space around it is dropped. A minus would make it
// wrong in any case.
//
// A fraction finer than a gram or a millimetre is rounded half up: 0.0005 kg is
// a gram, 0.00049 kg nothing, which no parcel weighs.
var (
	kilograms   = input.Decimal{Whole: 9, Places: 3, Finer: 3}
	centimetres = input.Decimal{Whole: 9, Places: 1, Finer: 5}
	integer     = input.Decimal{Whole: 9} // that has no fraction, not even .0
)

// grams reads kilograms.
func grams(s string) (int64, bool) { return kilograms.Parse(strings.TrimSpace(s)) }

// millimetres reads centimetres; a side that was left out is 0.
func millimetres(s string) (int64, bool) {
	if s = strings.TrimSpace(s); s == "" {
		return 0, true
	}
	return centimetres.Parse(s)
}

// whole reads a whole number.
func whole(s string) (int64, bool) { return integer.Parse(strings.TrimSpace(s)) }
