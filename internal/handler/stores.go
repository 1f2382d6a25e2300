package handler

import (
	"context"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

// ExpressStore decides the pushes about express waybills and keeps the decisions.
// A decision that comes with an error is none.
type ExpressStore interface {
	Cancel(context.Context, waybill.CancelRequest) (waybill.CancelDecision, error)
	Book(context.Context, waybill.BookingRequest) (waybill.BookingDecision, error)
	Account(context.Context, waybill.AccountRequest) (waybill.AccountDecision, error)
}

// InstantStore does the same for pushes about orders of instant delivery. *instant.Store
// is one.
type InstantStore interface {
	DecidePush(context.Context, delivery.Request) (delivery.Decision, error)
}

// Ledger keeps the pushes about which nothing is decided.
type Ledger interface {
	// Write keeps a push and the reason; code is the result code of the reply, nil
	// where it has none.
	Write(ctx context.Context, p ledger.Push, reason string, code *int) error
}
