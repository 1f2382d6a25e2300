package delivery

import (
	"time"

	"carrierhook/internal/redacted"
)

// StatusCall is a reported status as WeChat's updateOrder takes it. Its message and its agent
// are personal, and its Token opens the order at WeChat.
type StatusCall struct {
	redacted.Struct
	Token                   string // of the push that placed the attempt
	ShopID, OrderID, ShopNo string
	WaybillID               string
	Status                  Status
	At                      time.Time // in whole seconds
	Message                 string    // may be empty
	Agent                   *Agent    // nil: none was named, or the name was erased
	ExpectedAt              time.Time // when the carrier expects to deliver; zero: it did not say
}
