package input

import (
	"strconv"
	"strings"
)

// Decimal says how a number may be written in a file or a setting: digits, and after a
// point, if there is one, more digits. Nothing else is a number: no exponent, no point
// without digits on both sides, no comma, no white space, no digits of other scripts.
type Decimal struct {
	Whole  int  // maximum of digits before the point; 0: as many as fit into 64 bits
	Places int  // maximum of digits after it, at most 6: 1.5 with 3 places is 1500
	Signed bool // a minus may stand in front
}

// Parse reads a number in units of 10^-Places. False: not a number, or too large.
func (d Decimal) Parse(s string) (int64, bool) {
	rest, minus := strings.CutPrefix(s, "-")
	whole, fraction, point := strings.Cut(rest, ".")
	if minus && !d.Signed || !digits(whole) || point && !digits(fraction) ||
		d.Whole > 0 && len(whole) > d.Whole || len(fraction) > d.Places {
		return 0, false
	}
	n, err := strconv.ParseInt(s[:len(s)-len(rest)]+whole+(fraction + "000000")[:d.Places], 10, 64)
	return n, err == nil
}

// digits tells whether s is ASCII digits, at least one.
func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
