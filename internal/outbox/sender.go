package outbox

import (
	"context"
	"time"

	"carrierhook/internal/store/events"
)

// Sender sends events to one endpoint. It is safe for use by many goroutines.
type Sender interface {
	// Select gives what of a page a request is to be made for, and leaves the page as it is.
	// The rest is passed over, as are the kinds that the endpoint does not want.
	Select(ctx context.Context, page []events.Delivery) ([]events.Delivery, error)

	// Admit takes room for one request within the receiver's limits. Where there is none it
	// says when to try again, which is after now.
	Admit(now time.Time) (ok bool, again time.Time)

	// Send sends an event and says what became of it, within 15 seconds. cursor is empty for
	// an event that is not of the log.
	Send(ctx context.Context, d *events.Delivery, cursor string) Result

	// Leave says that this server has the endpoint no more: another one sends, and knows what
	// the receiver says. Nothing is under way.
	Leave()

	// Close closes what is open when nothing is under way any more.
	Close()
}

// Result is what became of an event that was sent. Without OK, Dead or Postponed it has
// failed.
type Result struct {
	OK        bool
	Dead      bool // it is not sent again: it never will be taken
	Refused   bool // it failed, and the endpoint works: it is sent again by its schedule
	Postponed bool // it is as if it had not been sent, and the endpoint waits for RetryAfter
	NoRequest bool // none was made: it says nothing of how the endpoint is
	Elsewhere bool // it is postponed, and might not be if another server had sent it

	Kind       string        // the label of the metric, one of a few
	Failure    string        // for people: one line, and nothing personal
	Slow       bool          // the endpoint asks for fewer
	Gone       bool          // the endpoint asks for none any more
	RetryAfter time.Duration // 0: it says nothing
}

// KindDelivered is the Kind of a success.
const KindDelivered = "delivered"
