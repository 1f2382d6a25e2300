package delivery

import (
	"time"

	"carrierhook/internal/redacted"
)

// Step is a status that an attempt had. Its message may have a rider's telephone number, and
// its agent has one.
type Step struct {
	redacted.Struct
	Status     Status
	At         time.Time // when it happened
	Message    string
	Agent      *Agent    // nil: not named
	ExpectedAt time.Time // zero: not said
	RecordedAt time.Time
	RecordedBy string // the name of a token, or "push"
}

// AttemptHistory is an attempt with its steps, in the order in which they were recorded.
type AttemptHistory struct {
	redacted.Struct
	Attempt
	Steps []Step
}

// OrderHistory is all that is stored of an order, without contacts and goods.
type OrderHistory struct {
	ShopID, OrderID, ShopNo string
	Attempts                []AttemptHistory // oldest first
	Erased                  bool             // contacts and goods were erased
	StepsCut                bool             // there are too many steps: the oldest are left out
}
