package store

import (
	"errors"
	"fmt"
	"time"
)

// ErrClockNotTrusted says that the database's clock may be wrong, so that nothing is
// erased or dropped by it.
var ErrClockNotTrusted = errors.New("the database's clock is not trusted")

const (
	maxClockDifference = time.Hour           // between the server and the database
	maxClockGap        = 45 * 24 * time.Hour // between the clock and what is on record

	// clockTrust is how long the word of an operator holds, by the database's clock.
	clockTrust = 45 * 24 * time.Hour
)

// Clock is what the database's clock says, and what that is compared with.
type Clock struct {
	Database time.Time
	Before   time.Time // the server's time when it asked
	After    time.Time // and when it had the answer
	Newest   time.Time // the newest row of ledger and bookings; zero: there is none
	Checked  time.Time // until when the clock was right, as far as is known; zero: nothing is
	Trusted  time.Time // Database when an operator said that it is right; zero: nobody did
}

// Difference is how far the database's clock is ahead of the server's. The time that
// the answer took is no difference.
func (c Clock) Difference() time.Duration {
	switch {
	case c.Database.Before(c.Before):
		return c.Database.Sub(c.Before)
	case c.Database.After(c.After):
		return c.Database.Sub(c.After)
	}
	return 0
}

// TrustedUntil is when the operator's word ends.
func (c Clock) TrustedUntil() time.Time { return c.Trusted.Add(clockTrust) }

// doubt says why nothing may be erased by this clock, if that is so. A clock that
// jumped ahead makes everything look old at once. It shows against the server's own
// clock; where the two are one machine's, against what is on record: the newest row,
// and until when the clock was right.
func (c Clock) doubt() error {
	if !c.Trusted.IsZero() && !c.Database.Before(c.Trusted) && !c.Database.After(c.TrustedUntil()) {
		return nil
	}
	if d := c.Difference(); d.Abs() > maxClockDifference {
		way := "ahead of"
		if d < 0 {
			way = "behind"
		}
		return fmt.Errorf("%w: it is %s %s this server's", ErrClockNotTrusted, d.Abs().Round(time.Second), way)
	}
	for _, last := range []struct {
		what string
		at   time.Time
	}{{"newest row of ledger and bookings", c.Newest}, {"time until which it was right", c.Checked}} {
		if gap := c.Database.Sub(last.at); !last.at.IsZero() && gap > maxClockGap {
			return fmt.Errorf("%w: it is %d days after the %s", ErrClockNotTrusted, int(gap.Hours()/24), last.what)
		}
	}
	return nil
}

// lastSure is until when the clock was right at the least, for a clock that is in
// doubt. It is noted, for pushes go on: the first of them puts a row on record that
// is as far ahead as the clock is, and that must not end the doubt.
func (c Clock) lastSure() time.Time {
	if c.Checked.IsZero() || !c.Newest.IsZero() && c.Newest.Before(c.Checked) {
		return c.Newest
	}
	return c.Checked
}
