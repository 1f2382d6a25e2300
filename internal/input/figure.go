package input

import (
	"math"
	"strconv"
	"strings"
)

// Figure says how a figure of a merchant's order is read: a JSON number, or the same as
// text. Merchants' programs compute in binary floats and write what their language does:
// 13.740000000000002 for 13.74, 1.0 for 1, 1.0E7 for 10000000. So what is finer than the
// unit is rounded, half of it away from zero, and an exponent is read. No float is in
// between: 1.005 in hundredths is 101.
//
// Nothing else is a number: no point without digits on both sides, no comma, no plus in
// front, no white space, no digits of other scripts.
type Figure struct {
	Places int  // of the unit: 1.5 with 3 places is 1500
	Whole  bool // a count or a choice: only noise is rounded, 1.5 is none
}

// noisePlaces is from which place on the digits of a whole figure are noise: no merchant
// means them.
const noisePlaces, noise = 6, 1_000_000

// maxFigure is how many bytes the text of a figure may have, and maxExponent how far the
// point may move.
const maxFigure, maxExponent = 40, 1000

// Parse reads a figure in units of 10^-Places. False: not a number, or too large.
func (g Figure) Parse(s string) (int64, bool) {
	if !g.Whole {
		return rounded(s, g.Places)
	}
	n, ok := rounded(s, noisePlaces)
	return n / noise, ok && n%noise == 0
}

// rounded is a figure in units of 10^-places.
func rounded(s string, places int) (int64, bool) {
	rest, minus := strings.CutPrefix(s, "-")
	if i := strings.IndexAny(rest, "eE"); i >= 0 {
		e, err := strconv.Atoi(rest[i+1:])
		if err != nil || e < -maxExponent || e > maxExponent {
			return 0, false
		}
		rest, places = rest[:i], places+e
	}
	whole, fraction, point := strings.Cut(rest, ".")
	if len(s) > maxFigure || !digits(whole) || point && !digits(fraction) {
		return 0, false
	}
	all, up := strings.TrimLeft(whole+fraction, "0"), false
	if more := places - len(fraction); more >= 0 {
		if all != "" {
			all += strings.Repeat("0", min(more, maxFigure))
		}
	} else {
		cut := len(all) + more
		up = cut >= 0 && all[cut] >= '5'
		all = all[:max(cut, 0)]
	}
	n, err := strconv.ParseInt("0"+all, 10, 64)
	if err != nil || up && n == math.MaxInt64 {
		return 0, false
	}
	if up {
		n++
	}
	if minus {
		n = -n
	}
	return n, true
}
