package delivery

import (
	"time"

	"carrierhook/internal/redacted"
)

// Step is a status that an attempt came to. Its message may hold a rider's telephone
// number.
type Step struct {
	redacted.Struct
	Status     Status
	At         time.Time // when it happened
	Message    string
	RecordedAt time.Time
	RecordedBy string // the name of a token, or "push"
}

// AttemptHistory is an attempt with its steps, in the order in which they were recorded.
type AttemptHistory struct {
	redacted.Struct
	Attempt
	Steps []Step
}

// OrderHistory is all that is on record of an order, but for who sends what to whom.
type OrderHistory struct {
	ShopID, OrderID, ShopNo string
	Attempts                []AttemptHistory // oldest first
	Erased                  bool             // who sends what to whom is no longer kept
	StepsCut                bool             // there are more steps than an order can have: the oldest are left out
}
