package delivery

// Kind is what a push wants.
type Kind string

// The kinds. Precreate, Add and Readd carry an order; the others are about one
// that is there. Precreate, Precancel and Query change nothing.
const (
	Precreate     Kind = "precreate"      // what would it cost?
	Add           Kind = "add"            // place it
	Readd         Kind = "readd"          // place it again, after it ended without delivery
	Cancel        Kind = "cancel"         //
	Precancel     Kind = "precancel"      // what would cancelling cost?
	Query         Kind = "query"          // how far is it?
	Tip           Kind = "tip"            // the rider gets more
	ConfirmReturn Kind = "confirm_return" // the goods are back at the shop
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{Precreate, Add, Readd, Cancel, Precancel, Query, Tip, ConfirmReturn}
}
