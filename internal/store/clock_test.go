package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/store"
)

const day = 24 * time.Hour

// The database's clock is in doubt when it is more than an hour from the server's, or
// more than 45 days past what is on record, unless somebody has said of late that it
// is right.
func TestClockRule(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	at := func(ago time.Duration) time.Time { return now.Add(-ago) }
	for _, tt := range []struct {
		name                     string
		ahead                    time.Duration // the database's clock, of the server's
		took                     time.Duration // for the answer
		newest, checked, trusted time.Time
		difference               time.Duration
		doubt                    string // a part of it; empty: none
	}{
		{name: "the same clock"},
		{name: "with rows", newest: at(time.Minute), checked: at(time.Hour)},
		{name: "within the hour", ahead: time.Hour, difference: time.Hour},
		{name: "ahead", ahead: time.Hour + 1, difference: time.Hour + 1, doubt: "1h0m0s ahead of this server's"},
		{name: "behind within the hour", ahead: -time.Hour, difference: -time.Hour},
		{name: "behind", ahead: -time.Hour - 1, difference: -time.Hour - 1, doubt: "1h0m0s behind this server's"},
		{name: "a slow answer", ahead: time.Hour + time.Minute, took: time.Minute, difference: time.Hour},
		{name: "a slow answer, within it", ahead: 30 * time.Second, took: time.Minute},
		{name: "a slow answer, ahead", ahead: time.Hour + time.Minute + 1, took: time.Minute, difference: time.Hour + 1, doubt: "ahead of"},
		{name: "a slow answer, behind", ahead: -time.Hour - 1, took: time.Minute, difference: -time.Hour - 1, doubt: "behind"},
		{name: "100 days ahead", ahead: 100 * day, difference: 100 * day, newest: at(100 * day), doubt: "2400h0m0s ahead of this server's"},
		{name: "further than a Duration goes", ahead: 1<<63 - 1, difference: 1<<63 - 1, doubt: "ahead of"},
		{name: "a row 45 days old", newest: at(45 * day)},
		{name: "a row older than that", newest: at(45*day + 1), doubt: "45 days after the newest row"},
		{name: "a row 100 days old", newest: at(100 * day), checked: at(time.Hour), doubt: "100 days after the newest row"},
		{name: "a row to come", newest: at(-100 * day)},
		{name: "checked 45 days ago", newest: at(0), checked: at(45 * day)},
		{name: "checked before that", newest: at(0), checked: at(45*day + 1), doubt: "45 days after the time until which"},
		{name: "checked in an empty database", checked: at(46 * day), doubt: "46 days after the time until which"},
		{name: "checked in a time to come", newest: at(0), checked: at(-100 * day)},
		{name: "trusted", ahead: 100 * day, difference: 100 * day, newest: at(100 * day), checked: at(100 * day), trusted: at(0)},
		{name: "trusted for 45 days", newest: at(100 * day), trusted: at(45 * day)},
		{name: "trusted for too long", newest: at(100 * day), trusted: at(45*day + 1), doubt: "100 days after"},
		{name: "trusted, apart, too long", ahead: 2 * time.Hour, difference: 2 * time.Hour, trusted: at(46 * day), doubt: "ahead of"},
		{name: "another clock was trusted", newest: at(100 * day), trusted: at(-1), doubt: "100 days after"},
		{name: "trusted, and all is well since", newest: at(time.Minute), checked: at(time.Hour), trusted: at(400 * day)},
	} {
		before := now.Add(-tt.ahead)
		if tt.name == "further than a Duration goes" {
			before = before.AddDate(-1, 0, 0)
		}
		c := store.Clock{Database: now, Before: before, After: before.Add(tt.took), Newest: tt.newest, Checked: tt.checked, Trusted: tt.trusted}
		err := store.DoubtOfClock(c)
		if c.Difference() != tt.difference {
			t.Errorf("%s: the difference is %s, want %s", tt.name, c.Difference(), tt.difference)
		}
		if (err != nil) != (tt.doubt != "") || err != nil && (!errors.Is(err, store.ErrClockNotTrusted) || !strings.Contains(err.Error(), tt.doubt)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.doubt)
		}
	}
}
