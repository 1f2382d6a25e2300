package store

import (
	"regexp"
	"time"
)

// period is what a partition holds of time, in UTC.
type period struct {
	months, days int // one of them is 1
	suffix       string
	names        *regexp.Regexp // of suffixes
	ahead        int            // partitions that are kept ready after the current one
}

var (
	monthly = &period{months: 1, suffix: "_2006_01", names: regexp.MustCompile(`^_\d{4}_\d{2}$`), ahead: 24}
	daily   = &period{days: 1, suffix: "_2006_01_02", names: regexp.MustCompile(`^_\d{4}_\d{2}_\d{2}$`), ahead: 14}
)

// of is the first instant of the period that a time is in.
func (p *period) of(t time.Time) time.Time {
	t = t.UTC()
	day := t.Day()
	if p.months > 0 {
		day = 1
	}
	return time.Date(t.Year(), t.Month(), day, 0, 0, 0, 0, time.UTC)
}

// add is the first instant of the period n after that one.
func (p *period) add(first time.Time, n int) time.Time { return first.AddDate(0, n*p.months, n*p.days) }

// left counts the periods after now's that follow each other in have, which is sorted. It
// is -1 when the current one itself is missing.
func (p *period) left(have []time.Time, now time.Time) int {
	left, next := -1, p.of(now)
	for _, first := range have {
		if first.Equal(next) {
			left, next = left+1, p.add(next, 1)
		}
	}
	return left
}

func bound(t time.Time) string { return t.Format("2006-01-02 00:00:00+00") }
