package delivery

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
