package delivery

import (
	"errors"
	"time"

	"carrierhook/internal/redacted"
)

// MaxMessage is the most bytes that a report's message may have.
const MaxMessage = 1024

// clockSkew is how far the clocks of the carrier's systems may be ahead of ours: of
// the later of the server's and the database's.
const clockSkew = 5 * time.Minute

// Report is what the carrier's own systems say of an attempt. NewReport makes one.
// Its message may hold a rider's telephone number.
type Report struct {
	redacted.Struct
	ShopID, OrderID string
	WaybillID       string // of the attempt
	Status          Status
	At              time.Time // when it happened, in whole seconds
	Message         string    // for the merchant to read
	By              string    // who reported it
}

// Why a part of a report cannot be one.
var (
	ErrEmpty         = errors.New("is empty")
	ErrLong          = errors.New("is too long")
	ErrControl       = errors.New("has a control character")
	ErrNoText        = errors.New("is not UTF-8")
	ErrStatusUnknown = errors.New("is none of WeChat's order statuses")
	ErrTimeMissing   = errors.New("is no time in seconds since 1970")
)

// FieldError says which part of a report cannot be one, and why. It does not
// show the part.
type FieldError struct {
	Field string // as the carrier's systems call it, such as waybill_id
	Err   error
}

func (e *FieldError) Error() string { return e.Field + " " + e.Err.Error() }

func (e *FieldError) Unwrap() error { return e.Err }

// NewReport cleans what was reported, or says with a *FieldError what of it
// cannot be.
func NewReport(r Report) (Report, error) {
	var err error
	for _, id := range []struct {
		field string
		text  *string
		most  int
	}{{"shop_id", &r.ShopID, MaxID}, {"shop_order_id", &r.OrderID, MaxOrderID}, {"waybill_id", &r.WaybillID, MaxID}} {
		if *id.text, err = cleanID(*id.text, id.most); err != nil {
			return Report{}, &FieldError{id.field, err}
		}
	}
	if !r.Status.Known() {
		return Report{}, &FieldError{"order_status", ErrStatusUnknown}
	}
	if r.At.Unix() <= 0 || r.At.Unix() > lastSecond {
		return Report{}, &FieldError{"action_time", ErrTimeMissing}
	}
	r.At = r.At.Truncate(time.Second).UTC()
	if r.Message, err = cleanMessage(r.Message, MaxMessage); err != nil {
		return Report{}, &FieldError{"action_msg", err}
	}
	return r, nil
}

// Verdict is what became of a report.
type Verdict string

// The verdicts. Recorded and Repeated are the good ones.
const (
	UnknownAttempt    Verdict = "unknown_attempt"
	NoOrder           Verdict = "unknown_order"
	Repeated          Verdict = "repeated"
	AttemptSuperseded Verdict = "attempt_superseded"
	AttemptEnded      Verdict = "attempt_ended"
	NotAllowed        Verdict = "not_allowed"
	InFuture          Verdict = "in_future"
	Recorded          Verdict = "recorded"
)

var verdictWords = map[Verdict]string{
	NoOrder:           "there is no such order",
	UnknownAttempt:    "no attempt of the order has this waybill",
	Repeated:          "it had been recorded before",
	AttemptSuperseded: "the order was placed again since: a later attempt took this one's place",
	AttemptEnded:      "the attempt has ended",
	NotAllowed:        "this status cannot follow the one that the attempt is in",
	InFuture:          "its time has not come yet",
	Recorded:          "it is recorded now",
}

// Verdicts lists every verdict, in the order of the checks.
func Verdicts() []Verdict {
	return []Verdict{NoOrder, UnknownAttempt, Repeated, AttemptSuperseded, AttemptEnded, NotAllowed, InFuture, Recorded}
}

// Good tells whether what was reported is on record.
func (v Verdict) Good() bool { return v == Recorded || v == Repeated }

// Words says the verdict in a sentence.
func (v Verdict) Words() string { return verdictWords[v] }
