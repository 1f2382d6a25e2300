package waybill

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// NumberRange is a range of waybill numbers: Prefix, the serial number in Width digits, and
// the check digit if there is one. Serial numbers go from First to Last, both included.
type NumberRange struct {
	Name        string // for people
	Prefix      string
	Width       int
	Check       CheckDigit
	First, Last int64
	WeChats     bool // WeChat gives the numbers; otherwise the carrier
}

// maxWidth is how many digits always fit into an int64.
const maxWidth = 18

// Number is the waybill number of a serial number; an error if the range is invalid or does
// not have it.
func (r NumberRange) Number(serial int64) (string, error) {
	if err := r.Validate(); err != nil {
		return "", err
	}
	if serial < r.First || serial > r.Last {
		return "", fmt.Errorf("serial number %d is not in %d to %d", serial, r.First, r.Last)
	}
	return r.format(serial), nil
}

// Serial is the serial number of a waybill number; false if the number is not in the range,
// or its check digit is wrong.
func (r NumberRange) Serial(number string) (int64, bool) {
	if r.Validate() != nil || len(number) < len(r.Prefix)+r.Width {
		return 0, false
	}
	serial, err := strconv.ParseInt(number[len(r.Prefix):len(r.Prefix)+r.Width], 10, 64)
	if err != nil || serial < r.First || serial > r.Last || r.format(serial) != number {
		return 0, false
	}
	return serial, true
}

func (r NumberRange) format(serial int64) string {
	digits := fmt.Sprintf("%0*d", r.Width, serial)
	return r.Prefix + digits + r.Check.of(digits)
}

// Validate refuses a range that cannot have numbers. A prefix has characters of bar codes:
// printable ASCII. Mod11 is defined for eight digits.
func (r NumberRange) Validate() error {
	switch {
	case strings.ContainsFunc(r.Prefix, func(c rune) bool { return c <= ' ' || c > '~' }):
		return errors.New("the prefix has characters that a bar code cannot show")
	case !slices.Contains(CheckDigits(), r.Check):
		return fmt.Errorf("unknown check digit %q; known are %v", r.Check, CheckDigits())
	case r.Width < 1 || r.Width > maxWidth:
		return fmt.Errorf("the width is %d, not 1 to %d", r.Width, maxWidth)
	case len(r.Prefix)+r.Width+r.Check.width() > MaxID:
		return fmt.Errorf("the numbers are longer than %d bytes", MaxID)
	case r.Check == Mod11 && r.Width != mod11Width:
		return fmt.Errorf("the width is %d, and the check digit %s is for %d", r.Width, Mod11, mod11Width)
	case r.First < 0 || r.First > r.Last:
		return fmt.Errorf("serial numbers from %d to %d are none", r.First, r.Last)
	case len(strconv.FormatInt(r.Last, 10)) > r.Width:
		return fmt.Errorf("serial number %d has more than %d digits", r.Last, r.Width)
	case r.format(r.First) == CarrierGives:
		return fmt.Errorf("the number %s says that there is none", CarrierGives)
	}
	return nil
}
