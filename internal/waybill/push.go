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

	Binding *Binding // of a push whose signature covers no body; nil: its signature does
}

// Binding holds a signature to the first body that came with it. Both are hashes.
type Binding struct {
	Signature [16]byte
	Body      [16]byte
}

// ErrOutcomeUnknown says that an answer was decided and sent to be kept, and
// that nobody could find out in time whether it was. The asker is told of a
// failure, and gets the truth when it asks again.
var ErrOutcomeUnknown = errors.New("whether the decision was committed is unknown")

// ErrOverloaded says that a request was turned away before anything was looked up
// for it, because more came than could be decided in time.
var ErrOverloaded = errors.New("turned away before it was looked up: more came than can be decided in time")

// ErrTooManyPasswords says that the merchant's password was not compared, because
// more were under way than can be compared in time: somebody guesses. Nothing was
// decided and nothing kept.
var ErrTooManyPasswords = errors.New("the password was not compared: too many are compared for this merchant, or for all")

// ErrReplayed says that the signature of a push is bound to another body, so that
// nobody can tell who sends this one. Nothing was done or kept.
var ErrReplayed = errors.New("the signature was used for another body before")

// ErrNoNumbers says that an order was fit to be booked and that the ranges which
// the carrier gives waybill numbers from are used up. Nothing was kept.
var ErrNoNumbers = errors.New("the carrier's own waybill numbers are used up")
