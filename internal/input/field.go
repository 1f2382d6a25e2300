package input

import (
	"errors"
	"strings"
	"time"
)

// FieldError says which field is invalid, and why. It does not show the value.
type FieldError struct {
	Field string // as its sender calls it: waybill_id, or in a push Cargo.Weight
	Err   error
}

func (e *FieldError) Error() string { return e.Field + " " + e.Err.Error() }

// Unwrap is the reason.
func (e *FieldError) Unwrap() error { return e.Err }

// Fields reads fields one after another and keeps the first error. The value that it
// returns for an invalid field is of no use.
type Fields struct {
	Err error // nil, or a *FieldError
}

// Read is what was read into v, or the error of the first field that is invalid.
func Read[T any](f Fields, v T) (T, error) {
	if f.Err != nil {
		var none T
		return none, f.Err
	}
	return v, nil
}

// Field is the first field that is invalid; "": none is.
func (f Fields) Field() string {
	if e, ok := errors.AsType[*FieldError](f.Err); ok {
		return e.Field
	}
	return ""
}

// Fault keeps err as that of a field, unless it is nil.
func (f *Fields) Fault(field string, err error) {
	if f.Err == nil && err != nil {
		f.Err = &FieldError{field, err}
	}
}

// ID is CleanID.
func (f *Fields) ID(field, s string, limit int) string {
	s, err := CleanID(s, limit)
	f.Fault(field, err)
	return s
}

// OptionalID is CleanOptionalID.
func (f *Fields) OptionalID(field, s string, limit int) string {
	s, err := CleanOptionalID(s, limit)
	f.Fault(field, err)
	return s
}

// Text is CleanText, and not for ids.
func (f *Fields) Text(field, s string, limit int) string {
	s, err := CleanText(s, limit)
	f.Fault(field, err)
	return s
}

// Line is OneLine of at most limit bytes.
func (f *Fields) Line(field, s string, limit int) string {
	s = OneLine(s)
	f.Fault(field, CheckText(s, limit))
	return s
}

// Needed returns s, and notes a text that is empty.
func (f *Fields) Needed(field, s string) string {
	if strings.TrimSpace(s) == "" {
		f.Fault(field, ErrEmpty)
	}
	return s
}

// ErrNumber says that a text is not a number, or not one within the limits.
var ErrNumber = errors.New("is not a number within the limits")

// Number reads a figure from min to max; 0 for an empty text.
func (f *Fields) Number(field, s string, g Figure, min, max int64) int64 {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0
	}
	n, ok := g.Parse(s)
	if !ok || n < min || n > max {
		f.Fault(field, ErrNumber)
	}
	return n
}

// LastSecond is the end of the year 9999. A later time is an error, such as one in
// milliseconds; a far later one overflows and would seem to be in the past.
const LastSecond = 253_402_300_799

// ClockSkew is how far the clocks of the carrier's systems may be ahead of ours: of
// the later of the server's and the database's.
const ClockSkew = 5 * time.Minute

// ErrTime says that a time is invalid.
var ErrTime = errors.New("is no time in seconds since 1970")

// Time drops the parts of a second.
func (f *Fields) Time(field string, t time.Time) time.Time {
	if t.Unix() <= 0 || t.Unix() > LastSecond {
		f.Fault(field, ErrTime)
	}
	return t.Truncate(time.Second).UTC()
}

// OptionalTime is Time for one that may be zero.
func (f *Fields) OptionalTime(field string, t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return f.Time(field, t)
}
