package waybill

import (
	"errors"
	"time"
)

// PushID is the identity of a push: equal for a push and its repeats, different
// for two pushes that mean two requests.
type PushID [32]byte

// Push is what is remembered of a question that was asked: enough to explain an
// answer later, nothing personal.
type Push struct {
	ID       PushID
	Event    string    // the event's name
	Format   string    // xml or json
	Mode     string    // plain, compatible or secure
	Received time.Time // when its first byte came
}

// Password is a merchant's password in clear. It does not show itself when it
// is printed.
type Password string

// String hides the password.
func (Password) String() string { return "[redacted]" }

// GoString hides the password.
func (Password) GoString() string { return "[redacted]" }

// MarshalText hides the password.
func (Password) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

// ErrOutcomeUnknown says that an answer was decided and sent to be kept, and
// that nobody could find out in time whether it was. The asker is told of a
// failure, and gets the truth when it asks again.
var ErrOutcomeUnknown = errors.New("whether the decision was committed is unknown")
