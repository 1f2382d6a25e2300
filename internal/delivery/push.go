package delivery

import "time"

// Push is what is remembered of a question that was asked: enough to explain an
// answer later, nothing personal.
type Push struct {
	ID       [32]byte  // equal for a push and its repeats; zero: nobody's
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

// Ask is what a push asks for.
type Ask string

// The asks. Precreate, Add and Readd carry an order; the others are about one
// that is there. Precreate, Precancel and Query change nothing.
const (
	Precreate     Ask = "precreate"      // what would it cost?
	Add           Ask = "add"            // place it
	Readd         Ask = "readd"          // place it again, after it ended without delivery
	Cancel        Ask = "cancel"         //
	Precancel     Ask = "precancel"      // what would cancelling cost?
	Query         Ask = "query"          // how far is it?
	Tip           Ask = "tip"            // the rider gets more
	ConfirmReturn Ask = "confirm_return" // the goods are back at the shop
)

// Asks lists every ask.
func Asks() []Ask {
	return []Ask{Precreate, Add, Readd, Cancel, Precancel, Query, Tip, ConfirmReturn}
}
