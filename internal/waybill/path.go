package waybill

import (
	"time"

	"carrierhook/internal/redacted"
)

// PathNode is a scan as WeChat's updatePath takes it. Its message may have a courier's
// telephone number, and its Token opens the order at WeChat.
type PathNode struct {
	redacted.Struct
	Token     string // of the booking
	WaybillID string
	Action    Action    // one of WeChat's nine
	At        time.Time // in whole seconds
	Message   string    // never empty
}

// PathAction is which of its nine actions WeChat takes for an action. ok is false for one
// that has no counterpart, of which WeChat is told nothing.
func PathAction(a Action) (to Action, ok bool) {
	to = actions[a].path
	return to, to != 0
}

// PathMessage is what WeChat's users read of an action that the carrier gave no message
// with.
func PathMessage(a Action) string { return actions[a].chinese }

// KeptBack reports whether WeChat is never told of a scan, which found its waybill in a
// status and left it in another: there is no counterpart to its action, or nobody had
// collected the parcel. With any node of a parcel WeChat refuses a merchant's cancel by
// itself, so that a parcel that is still with its merchant could not be cancelled any more.
func KeptBack(a Action, before, after Status) bool {
	if _, ok := PathAction(a); !ok {
		return true
	}
	if after == Cancelled {
		return before == Booked
	}
	return after == Booked
}
