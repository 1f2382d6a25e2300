package api

import (
	"regexp"
	"time"
)

// moment is a time as the API shows it: RFC 3339, in UTC.
type moment time.Time

// IsZero is for omitzero: the time has not come.
func (m moment) IsZero() bool { return time.Time(m).IsZero() }

// MarshalJSON writes the time.
func (m moment) MarshalJSON() ([]byte, error) { return time.Time(m).UTC().MarshalJSON() }

const noMoment = "is not a time since 1970 such as 2006-01-02T15:04:05Z"

// rfc3339 is RFC 3339: time.Parse alone takes commas, hours of one digit and zones of any
// size.
var rfc3339 = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

func parseMoment(s string) (time.Time, bool) {
	if !rfc3339.MatchString(s) {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, s)
	return t.UTC(), err == nil
}
