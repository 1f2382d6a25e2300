package instanttest

import (
	"time"

	"carrierhook/internal/delivery"
)

// Answer is what the merchant gets, for a push and for its repeat alike.
type Answer struct {
	Reason                 delivery.Reason
	Number                 int
	WaybillID              string
	Status                 delivery.Status
	Quote                  delivery.Quote
	Tips                   delivery.Fen
	FinishCode, PickupCode int
	Dispatch               time.Duration
	Deduct                 delivery.Fen
	Desc                   delivery.DescKind
}

// AnswerOf is a decision's answer.
func AnswerOf(d delivery.Decision) Answer {
	a := d.Attempt
	return Answer{d.Reason, a.Number, a.WaybillID, a.Status, a.Quote, a.Tips, a.FinishCode, a.PickupCode, d.Dispatch, d.Deduct, d.Desc}
}
