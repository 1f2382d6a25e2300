package delivery

// Kind is what a push wants.
type Kind string

// The kinds. Precreate, Add and Readd carry an order; the others are about an existing one.
// Precreate, Precancel and Query change nothing.
const (
	Precreate     Kind = "precreate"      // quote the price
	Add           Kind = "add"            // place the order
	Readd         Kind = "readd"          // place it again after it ended without delivery
	Cancel        Kind = "cancel"         // cancel the attempt
	Precancel     Kind = "precancel"      // quote the cost of a cancel
	Query         Kind = "query"          // read the status
	Tip           Kind = "tip"            // raise the tip
	ConfirmReturn Kind = "confirm_return" // the goods are back at the shop
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{Precreate, Add, Readd, Cancel, Precancel, Query, Tip, ConfirmReturn}
}
