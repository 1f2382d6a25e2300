// Package ledger is what is kept of a push: what identifies it, what it was answered,
// and how its entries are looked for. It knows no event's rules and no SQL.
package ledger

import (
	"errors"
	"strings"
	"time"
)

// PushID is the identity of a push: equal for a push and its repeats, different
// for two pushes that mean two requests. Zero: no push's.
type PushID [32]byte

// Push is what is remembered of a push: enough to explain an answer later, nothing
// personal.
type Push struct {
	ID       PushID
	Account  string    // the user name of the mini program that it is for
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

// Entry is a push with its answer, as the ledger has it.
type Entry struct {
	At         time.Time
	Serial     int64 // distinguishes entries of the same time; no order
	Event      string
	Format     string
	Mode       string
	BizID      string // of an instant delivery, the shop's
	OrderID    string
	WaybillID  string
	Push       PushID
	ResultCode *int // in the reply; nil: the event has no result code
	Reason     string
	Repeat     bool
	Took       time.Duration
	Account    string // the user name of the mini program that it was for
}

// The reasons of pushes that nothing is decided about.
const (
	Ignored    = "ignored"     // the event is documented nowhere
	NotOffered = "not_offered" // WeChat documents the event, and this server does not offer it
	Unreadable = "unreadable"  // the event is offered, and what it must say cannot be told from the push
)

// Cursor is a position in the ledger: the next page has older entries.
type Cursor struct {
	At     time.Time
	Serial int64
}

// AnyInstant stands for all events of instant delivery.
const AnyInstant = "transport_*"

// Instant tells whether an event is one of instant delivery, offered or not: whether
// AnyInstant stands for it, and which family's reasons its entries have.
func Instant(event string) bool {
	switch event {
	case "get_pre_auth_code", "get_auth_info", "cancel_auth_account", "mock_update_order_status":
		return true
	}
	return strings.HasPrefix(event, "transport_")
}

// Filter says which entries are looked for. What is zero does not matter.
type Filter struct {
	From, To  time.Time // from is included, to is not
	BizID     string
	WaybillID string
	OrderID   string
	Event     string // AnyInstant: each of them
	Reason    string
	Account   string
	Result    *int
	Repeat    *bool

	Before *Cursor // only what is older
	Limit  int     // at least 1
}

// ErrNotFound says that there is nothing of the kind on record.
var ErrNotFound = errors.New("not found")

// ErrOutcomeUnknown says that an answer was decided and sent to be kept, and
// that nobody could find out in time whether it was. WeChat is told of a failure,
// and gets the truth when it pushes again.
var ErrOutcomeUnknown = errors.New("whether the decision was committed is unknown")

// ErrReplayed says that the signature of a push is bound to another body, so that
// nobody can tell who sends this one. Nothing was done or kept.
var ErrReplayed = errors.New("the signature was used for another body before")
