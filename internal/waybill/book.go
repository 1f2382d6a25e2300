package waybill

import (
	"carrierhook/internal/input"
	"carrierhook/internal/ledger"
)

// PriorBooking is what an order got when it was booked or imported.
type PriorBooking struct {
	WaybillID string
	Status    Status
	Label     string        // WaybillData as it was answered
	Push      ledger.PushID // the one that booked it; zero: it was imported
}

// BookingDecision is the answer to a BookingRequest.
type BookingDecision struct {
	Reason    Reason
	Field     string // of a refused order, the first member that is invalid, as the push spells it
	Repeat    bool   // the order was booked before, and keeps what it got
	WaybillID string // of an accepted order; "" if it still needs a number
	Label     string // WaybillData
	Service   string // the carrier's own code
	FromQuota bool   // it takes one from the merchant's quota
}

// Changes reports whether a waybill must now be written.
func (d BookingDecision) Changes() bool { return d.Reason == Accepted && !d.Repeat }

// DecideBooking decides a booking. The merchant is nil if there is none; passwordRight says
// whether the request's password matches the merchant's hash; prior is what the merchant's
// order got before, or nil; numberTaken says that WeChat's number belongs to another order;
// the catalogue says what is offered where.
//
// An order that was booked keeps its number and label, whatever the push says now: WeChat
// wants the same number for the same order, and the merchant may have printed it. This is
// checked before everything that may have changed since.
func DecideBooking(r BookingRequest, m *Merchant, passwordRight bool, prior *PriorBooking, numberTaken bool, c *Catalogue) BookingDecision {
	if r.Malformed {
		return BookingDecision{Reason: r.malformed(), Field: r.Field}
	}
	if why := stranger(m, passwordRight); why != "" {
		return BookingDecision{Reason: why}
	}
	if prior != nil {
		return prior.repeated()
	}
	service, offered := c.Service(r.Service.Type, r.Service.Name)
	if why, field := r.wrong(m, service, offered, numberTaken, c); why != "" {
		return BookingDecision{Reason: why, Field: field}
	}
	if m.Prepaid && m.Quota < 1 {
		return BookingDecision{Reason: QuotaUsedUp}
	}
	return BookingDecision{
		Reason: Accepted, WaybillID: r.WaybillID, Label: c.Label(r.Receiver.Location()),
		Service: service.Code, FromQuota: m.Prepaid,
	}
}

// malformed tells an invalid merchant id from another invalid field. WeChat has a result
// code for the first only.
func (r BookingRequest) malformed() Reason {
	if _, err := input.CleanID(r.BizID, MaxID); err != nil {
		return BadIDs
	}
	return BadRequest
}

// repeated is the answer to an order that was booked before. A waybill that was imported
// without a label has the empty label.
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

// wrong is why a new order cannot be booked, whatever the merchant's quota, and the member
// that is invalid if it is for one; "": it can. Its service exists if offered is true.
func (r BookingRequest) wrong(m *Merchant, s Service, offered, numberTaken bool, c *Catalogue) (why Reason, field string) {
	hasNumber := r.WaybillID != ""
	switch {
	case r.NumberMalformed:
		return NumberOutOfRange, "WayBillID"
	case hasNumber && !c.WeChatNumber(r.WaybillID):
		return NumberOutOfRange, ""
	case hasNumber && numberTaken:
		return NumberTaken, ""
	}
	if field := r.Sender.fault(); field != "" {
		return SenderIncomplete, "Sender." + field
	}
	if r.Sender.abroad() || !c.Collects(r.Sender.Location()) {
		return SenderNotServed, ""
	}
	if field := r.Receiver.fault(); field != "" {
		return ReceiverIncomplete, "Receiver." + field
	}
	switch {
	case r.Receiver.abroad() || !c.Delivers(r.Receiver.Location()):
		return ReceiverNotServed, ""
	case r.Service.Field != "" || !offered:
		return UnknownService, r.Service.Field
	case !m.covers(s.Code):
		return ServiceNotCovered, ""
	}
	if field := r.Parcel.fault(s); field != "" {
		return BadCargo, field
	}
	if field := r.Insurance.fault(s); field != "" {
		return BadInsurance, field
	}
	return "", ""
}
