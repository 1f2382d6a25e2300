package delivery

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"carrierhook/internal/input"
	"carrierhook/internal/redacted"
)

// MaxMessage is how many bytes a status report's message may have at most.
const MaxMessage = 1024

// StatusReport is the status of an attempt as the carrier's systems report it.
// NewStatusReport makes one. Its message may have a rider's telephone number, and its agent
// has one.
type StatusReport struct {
	redacted.Struct
	ShopID, OrderID string
	WaybillID       string // of the attempt
	Status          Status
	At              time.Time // when it happened, in whole seconds
	Message         string    // for the merchant to read
	Agent           *Agent    // the rider; nil: not named
	ExpectedAt      time.Time // when the carrier expects to deliver, in whole seconds; zero: not said
	By              string    // the name of the reporter's token
}

// ErrStatusUnknown says that a status does not exist.
var ErrStatusUnknown = errors.New("is none of WeChat's order statuses")

// NewStatusReport cleans a status report. The error is a *input.FieldError.
func NewStatusReport(r StatusReport) (StatusReport, error) {
	var f input.Fields
	r.ShopID = f.ID("shop_id", r.ShopID, MaxID)
	r.OrderID = f.ID("shop_order_id", r.OrderID, MaxOrderID)
	r.WaybillID = f.ID("waybill_id", r.WaybillID, MaxID)
	if !r.Status.Valid() {
		f.Fault("order_status", ErrStatusUnknown)
	}
	r.At = f.Time("action_time", r.At)
	r.Message = f.Line("action_msg", r.Message, MaxMessage)
	r.Agent = newAgent(&f, r.Agent)
	r.ExpectedAt = f.OptionalTime("expected_delivery_time", r.ExpectedAt)
	return input.Read(f, r)
}

// Cause identifies a report about an order where nothing personal may be found out: two
// bytes of the message's hash tell apart reports of one second, and no more. The agent and
// the expected time are no part of it: reports that differ in them alone are the same one.
func (r StatusReport) Cause() string {
	return fmt.Sprintf("%s %d %d %.2x", r.WaybillID, r.Status, r.At.Unix(), sha256.Sum256([]byte(r.Message)))
}

// Verdict is the decision about a status report.
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

var verdictTexts = map[Verdict]string{
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

// Good reports whether the status report is recorded.
func (v Verdict) Good() bool { return v == Recorded || v == Repeated }

// Text is the verdict in a sentence.
func (v Verdict) Text() string { return verdictTexts[v] }
