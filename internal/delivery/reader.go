package delivery

import (
	"strings"
	"time"
	"unicode/utf8"

	"carrierhook/internal/input"
)

// reader reads texts, one after another, and remembers whether one of them could
// not be read. What it gives for that one is of no use.
type reader struct{ failed bool }

func (r *reader) need(ok bool) { r.failed = r.failed || !ok }

// id reads an id of at most max bytes.
func (r *reader) id(s string, max int) string {
	id, err := input.CleanID(s, max)
	r.need(err == nil)
	return id
}

// optionalID is id for one that may be left out.
func (r *reader) optionalID(s string, max int) string {
	if strings.TrimSpace(s) == "" {
		return ""
	}
	return r.id(s, max)
}

// line reads a text of at most max characters on one line.
func (r *reader) line(s string, max int) string {
	s, err := input.CleanText(input.OneLine(s), utf8.UTFMax*max)
	r.need(err == nil && utf8.RuneCountInString(s) <= max)
	return s
}

// someLine is line for a text that must not be empty.
func (r *reader) someLine(s string, max int) string {
	s = r.line(s, max)
	r.need(s != "")
	return s
}

// lines reads a text of at most max characters, with breaks and tabs.
func (r *reader) lines(s string, max int) string {
	s, err := input.CleanLines(s, utf8.UTFMax*max)
	r.need(err == nil && utf8.RuneCountInString(s) <= max)
	return s
}

// measure reads a figure with two decimals, which must be there and be more than
// nothing and at most max hundredths.
func (r *reader) measure(s string, max int64) int64 {
	n, ok := decimal(s)
	r.need(ok && n > 0 && n <= max)
	return n
}

// side is measure for one that may be left out.
func (r *reader) side(s string, max int64) int64 {
	if strings.TrimSpace(s) == "" {
		return 0
	}
	return r.measure(s, max)
}

// amount reads yuan, at most max; what is left out is nothing, if it may be.
func (r *reader) amount(s string, max Fen, needed bool) Fen {
	if strings.TrimSpace(s) == "" {
		r.need(!needed)
		return 0
	}
	n, ok := decimal(s)
	r.need(ok && n <= int64(max))
	return Fen(n)
}

// count reads a whole number from 0 to max; what is left out is 0.
func (r *reader) count(s string, max int64) int64 {
	if strings.TrimSpace(s) == "" {
		return 0
	}
	n, ok := whole(s)
	r.need(ok && n <= max)
	return n
}

// flag reads 0 or 1; what is left out is 0.
func (r *reader) flag(s string) bool { return r.count(s, 1) == 1 }

// moment reads seconds since 1970; 0, and what is left out, is no time.
func (r *reader) moment(s string) time.Time {
	n := r.count(s, input.LastSecond)
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}
