package delivery

import (
	"errors"
	"time"
	"unicode/utf8"

	"carrierhook/internal/input"
)

// What is finer than the unit is rounded half up, as WeChat's page says of the cargo:
// 0.005 yuan is one fen, 0.00499 is 0. Half a millionth of a degree is rounded away from
// the equator and from Greenwich. White space around a figure is dropped.
//
// An optional figure that is 0 is not given, as one that is empty or missing: programs in
// Go, Java and C# write every member of an object, also those that nobody set.
var (
	hundredths = input.Figure{Places: 2}
	degrees    = input.Figure{Places: 6}
	integer    = input.Figure{Whole: true}
)

// reader reads the fields of one part of a push, which are called as the push spells them.
type reader struct{ input.Fields }

var errPart = errors.New("is invalid")

func (r *reader) need(field string, ok bool) {
	if !ok {
		r.Fault(field, errPart)
	}
}

func (r *reader) failed() bool { return r.Err != nil }

// neededLine is line of a text that must not be empty.
func (r *reader) neededLine(field, s string, max int) string {
	return r.Needed(field, r.line(field, s, max))
}

// line reads a text of at most max characters as one line.
func (r *reader) line(field, s string, max int) string {
	s = r.Line(field, s, utf8.UTFMax*max)
	r.need(field, utf8.RuneCountInString(s) <= max)
	return s
}

// positive reads a figure with two decimals, which must be there, from one hundredth to max.
func (r *reader) positive(field, s string, max int64) int64 {
	return r.Number(field, r.Needed(field, s), hundredths, 1, max)
}

// size reads an optional figure with two decimals, to max.
func (r *reader) size(field, s string, max int64) int64 {
	return r.Number(field, s, hundredths, 0, max)
}

// amount reads yuan from 0 to max.
func (r *reader) amount(field, s string, max Fen) Fen { return Fen(r.size(field, s, int64(max))) }

// coordinate reads degrees from -max to max, which must not be empty.
func (r *reader) coordinate(field, s string, max int64) int64 {
	return r.Number(field, r.Needed(field, s), degrees, -max, max)
}

// count reads a whole number from 0 to max.
func (r *reader) count(field, s string, max int64) int64 {
	return r.Number(field, s, integer, 0, max)
}

// flag reads 0 or 1.
func (r *reader) flag(field, s string) bool { return r.count(field, s, 1) == 1 }

// moment reads seconds since 1970; 0 stands for no time.
func (r *reader) moment(field, s string) time.Time {
	n := r.count(field, s, input.LastSecond)
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

// latest is the last of some times, zero if there is none.
func latest(times ...time.Time) time.Time {
	var last time.Time
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}
