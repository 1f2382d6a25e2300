package input

import (
	"errors"
	"time"
)

// FieldError says which part of a report cannot be one, and why. It does not show
// the part.
type FieldError struct {
	Field string // as the carrier's systems call it, such as waybill_id
	Err   error
}

func (e *FieldError) Error() string { return e.Field + " " + e.Err.Error() }

// Unwrap is the reason.
func (e *FieldError) Unwrap() error { return e.Err }

// Fields reads the parts of a report, one after another, and keeps the first error.
type Fields struct {
	Err error // nil, or a *FieldError
}

// Fault keeps err, nil or not, as that of a field.
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

// Text is CleanText.
func (f *Fields) Text(field, s string, limit int) string {
	s, err := CleanText(s, limit)
	f.Fault(field, err)
	return s
}

// Lines is CleanLines.
func (f *Fields) Lines(field, s string, limit int) string {
	s, err := CleanLines(s, limit)
	f.Fault(field, err)
	return s
}

// LastSecond is the end of the year 9999: later is a mistake, such as a time in
// milliseconds. Far later ones run over, and come out before now.
const LastSecond = 253_402_300_799

// ClockSkew is how far the clocks of the carrier's systems may be ahead of ours: of
// the later of the server's and the database's.
const ClockSkew = 5 * time.Minute

// ErrTime says that a time is none.
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
