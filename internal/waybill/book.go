package waybill

import (
	"carrierhook/internal/input"

	"carrierhook/internal/ledger"
)

// PriorBooking is what an order got when it was booked, or what is known of its
// waybill.
type PriorBooking struct {
	WaybillID string
	Status    Status
	Label     string        // WaybillData as it was answered
	Push      ledger.PushID // that booked it; zero: it was imported
}

// BookingDecision is the answer to a BookingRequest.
type BookingDecision struct {
	Reason    Reason
	Repeat    bool   // the order had been booked before: it keeps what it got
	WaybillID string // of an order that was accepted; "" when a number is still to be given
	Label     string // WaybillData
	Service   string // the carrier's own code
	FromQuota bool   // it takes one from the merchant's quota
}

// Changes reports whether a waybill must now be written.
func (d BookingDecision) Changes() bool { return d.Reason == Accepted && !d.Repeat }

// DecideBooking decides a booking. The merchant is nil when there is none; passwordRight
// says whether the request's password opens the merchant's hash; known is what
// the merchant's order has already, or nil; numberTaken says that WeChat's
// number is another order's; the catalogue says what is offered where.
//
// An order that is known keeps its number and label, whatever the push says now:
// WeChat wants the same number for the same order, and the merchant may have
// printed it. That comes before every check of what could have changed since.
func DecideBooking(r BookingRequest, m *Merchant, passwordRight bool, known *PriorBooking, numberTaken bool, c *Catalogue) BookingDecision {
	if r.Malformed {
		return BookingDecision{Reason: r.malformed()}
	}
	if why, bad := stranger(m, passwordRight); bad {
		return BookingDecision{Reason: why}
	}
	if known != nil {
		return known.repeated()
	}
	service, offered := c.Service(r.Service.Type, r.Service.Name)
	if why, bad := r.wrong(m, service, offered, numberTaken, c); bad {
		return BookingDecision{Reason: why}
	}
	if m.Prepaid && m.Quota < 1 {
		return BookingDecision{Reason: QuotaUsedUp}
	}
	return BookingDecision{
		Reason: Accepted, WaybillID: r.WaybillID, Label: c.Label(r.Receiver.Location()),
		Service: service.Code, FromQuota: m.Prepaid,
	}
}

// malformed tells what of a malformed request cannot be one: who asks, or what
// for. WeChat has a result code for the first only.
func (r BookingRequest) malformed() Reason {
	if _, err := input.CleanID(r.BizID, MaxID); err != nil {
		return BadIDs
	}
	return BadRequest
}

// stranger tells whether there is no such merchant, or somebody else says to be
// it.
func stranger(m *Merchant, passwordRight bool) (Reason, bool) {
	switch {
	case m == nil:
		return UnknownMerchant, true
	case m.PasswordHash != "" && !passwordRight:
		return WrongPassword, true
	}
	return "", false
}

// repeated is the answer to an order that is known. A waybill that was imported
// without a label has the empty one.
func (b *PriorBooking) repeated() BookingDecision {
	if b.Status == Cancelled {
		return BookingDecision{Reason: OrderCancelled}
	}
	d := BookingDecision{Reason: Accepted, Repeat: true, WaybillID: b.WaybillID, Label: b.Label}
	if d.Label == "" {
		d.Label = emptyLabel
	}
	return d
}

// wrong tells what of a new order cannot be had; offered is false when its
// service does not exist.
func (r BookingRequest) wrong(m *Merchant, s Service, offered, numberTaken bool, c *Catalogue) (Reason, bool) {
	hasNumber := r.WaybillID != "" || r.NumberMalformed
	switch {
	case hasNumber && (r.NumberMalformed || !c.WeChatNumber(r.WaybillID)):
		return NumberOutOfRange, true
	case hasNumber && numberTaken:
		return NumberTaken, true
	case !r.Sender.complete():
		return SenderIncomplete, true
	case r.Sender.abroad() || !c.Collects(r.Sender.Location()):
		return SenderNotServed, true
	case !r.Receiver.complete():
		return ReceiverIncomplete, true
	case r.Receiver.abroad() || !c.Delivers(r.Receiver.Location()):
		return ReceiverNotServed, true
	case r.Service.Malformed || !offered:
		return UnknownService, true
	case !m.covers(s.Code):
		return ServiceNotCovered, true
	case !r.Parcel.fits(s):
		return BadCargo, true
	case !r.Insurance.fits(s):
		return BadInsurance, true
	}
	return "", false
}
