package sandbox

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// maxMoment is in the year 5138: what is later is in milliseconds.
const maxMoment = 100_000_000_000

// Number reads a whole number, 0 where it is absent.
func (f *Fields) Number(name string) (n int64) {
	f.read(name, &n, "must be a whole number")
	return n
}

// Figure is Number as an event has it: in digits.
func (f *Fields) Figure(name string) string { return strconv.FormatInt(f.Number(name), 10) }

// figure is Figure, "" where it is absent. hint is for a number that is not good.
func (f *Fields) figure(name, hint string, good func(int64) bool) string {
	if !f.Has(name) {
		return ""
	}
	n := f.Number(name)
	if !good(n) {
		f.Fail(f.args, name+" "+hint)
	}
	return strconv.FormatInt(n, 10)
}

// Choice reads a whole number that is one of a few, "" where it is absent.
func (f *Fields) Choice(name string, of ...int64) string {
	return f.figure(name, "is none of its values", func(n int64) bool { return slices.Contains(of, n) })
}

// Moment reads a time in seconds since 1970, "" where it is absent.
func (f *Fields) Moment(name string) string {
	return f.figure(name, "is no time in seconds", func(n int64) bool { return n >= 0 && n <= maxMoment })
}

// Count reads how many there are, one or more, "" where it is absent.
func (f *Fields) Count(name string) string {
	return f.figure(name, "is out of its range", func(n int64) bool { return n > 0 && n <= MaxFigure })
}

// Decimal reads a number as it is written, 0 where it is absent.
func (f *Fields) Decimal(name string) string {
	if n := 0.0; !f.read(name, &n, "must be a number") {
		return "0"
	}
	return string(f.members[name])
}

// Amount reads a number with so many decimals, to which it is Rounded, that is more
// than over and no more than upTo (both in units of the last decimal). It returns it as an
// event has it: "" where it is absent, and without zeros at its end.
func (f *Fields) Amount(name string, decimals int, over, upTo int64) string {
	if !f.Has(name) {
		return ""
	}
	var text json.Number
	raw := f.members[name]
	if raw[0] == '"' || json.Unmarshal(raw, &text) != nil {
		f.Fail(CodeFormat, name+" must be a number")
		return ""
	}
	n, ok := Rounded(string(text), decimals)
	if !ok || n <= over || n > upTo {
		f.Fail(f.args, name+" is out of its range")
		return ""
	}
	return DecimalText(n, decimals)
}

// NumberOrID is ID for what may be a number as well.
func (f *Fields) NumberOrID(name string, limit int) string {
	var n json.Number
	if raw := f.members[name]; f.Has(name) && raw[0] != '"' && json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return f.ID(name, limit)
}

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
