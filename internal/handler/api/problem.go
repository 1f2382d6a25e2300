package api

import (
	"cmp"
	"errors"
	"net/http"

	"carrierhook/internal/delivery"
	"carrierhook/internal/event"
	"carrierhook/internal/input"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

// problem is the answer to a request that failed: RFC 9457, with members for programs
// to read. No detail shows a password, a token or a message.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`

	// Of verdicts.
	BizID       string         `json:"biz_id,omitempty"`
	WaybillID   string         `json:"waybill_id,omitempty"`
	State       waybill.Status `json:"state,omitempty"`
	CancelledAt moment         `json:"cancelled_at,omitzero"`
	SignedAt    moment         `json:"signed_at,omitzero"`

	// Of verdicts about instant delivery, beside WaybillID.
	ShopID      string          `json:"shop_id,omitempty"`
	ShopOrderID string          `json:"shop_order_id,omitempty"`
	OrderStatus delivery.Status `json:"order_status,omitempty"`
	StatusAt    moment          `json:"status_at,omitzero"`

	Errors []fieldError `json:"errors,omitempty"` // of invalid
	Kept   string       `json:"kept,omitempty"`   // of unavailable and tooMany
	Scope  string       `json:"scope,omitempty"`  // of forbidden: the one that is needed

	name  string
	cause error // for the log only
}

// fieldError says what is wrong with a member or parameter. It does not show its
// value.
type fieldError struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

func (p *problem) Error() string { return p.name + ": " + p.Detail }

// The names of problems that are no verdicts.
const (
	malformed            = "malformed"
	unauthorized         = "unauthorized"
	forbidden            = "forbidden"
	notFound             = "not_found"
	methodNotAllowed     = "method_not_allowed"
	tooLarge             = "too_large"
	unsupportedMediaType = "unsupported_media_type"
	invalid              = "invalid"
	cursorGone           = "cursor_gone"
	tooMany              = "too_many_requests"
	unavailable          = "unavailable"
	internal             = "internal"
)

// kind is the status and the title of the problems of a name. Without a title it is
// that of the status.
type kind struct {
	status int
	title  string
}

// kinds has each problem, the verdicts that refuse among them.
var kinds = map[string]kind{
	malformed:            {status: http.StatusBadRequest},
	unauthorized:         {status: http.StatusUnauthorized},
	forbidden:            {status: http.StatusForbidden},
	notFound:             {status: http.StatusNotFound},
	methodNotAllowed:     {status: http.StatusMethodNotAllowed},
	tooLarge:             {status: http.StatusRequestEntityTooLarge},
	unsupportedMediaType: {status: http.StatusUnsupportedMediaType},
	invalid:              {status: http.StatusUnprocessableEntity},
	cursorGone:           {http.StatusGone, "Cursor Gone"},
	tooMany:              {status: http.StatusTooManyRequests},
	unavailable:          {status: http.StatusServiceUnavailable},
	internal:             {status: http.StatusInternalServerError},

	string(waybill.NoWaybill):        {http.StatusNotFound, "Unknown Waybill"},
	string(waybill.NoMerchant):       {http.StatusNotFound, "Unknown Merchant"},
	string(waybill.NoService):        {http.StatusUnprocessableEntity, "Unknown Service"},
	string(waybill.WaybillCancelled): {http.StatusConflict, "Waybill Cancelled"},
	string(waybill.WaybillSigned):    {http.StatusConflict, "Waybill Signed"},
	string(waybill.KeyReused):        {http.StatusUnprocessableEntity, "Idempotency Key Reused"},
	string(waybill.InFuture):         {http.StatusUnprocessableEntity, "Time In Future"},
	string(waybill.NumberInUse):      {http.StatusConflict, "Waybill Number Taken"},
	string(waybill.OrderInUse):       {http.StatusConflict, "Order Taken"},

	string(delivery.NoOrder):           {http.StatusNotFound, "Unknown Order"},
	string(delivery.UnknownAttempt):    {http.StatusNotFound, "Unknown Attempt"},
	string(delivery.AttemptSuperseded): {http.StatusConflict, "Attempt Superseded"},
	string(delivery.AttemptEnded):      {http.StatusConflict, "Attempt Ended"},
	string(delivery.NotAllowed):        {http.StatusConflict, "Status Not Allowed"},
}

func problemOf(name, detail string) *problem {
	k := kinds[name]
	return &problem{
		Type: "urn:carrierhook:problem:" + name, Title: cmp.Or(k.title, http.StatusText(k.status)), Status: k.status, Detail: detail, name: name,
	}
}

// invalidField is the problem of one invalid value.
func invalidField(field, detail string) *problem {
	p := problemOf(invalid, field+" "+detail)
	p.Errors = []fieldError{{field, detail}}
	return p
}

// refusal is the problem of a verdict that refuses. The waybill w may be nil; bizID and
// waybillID are those of the request.
func refusal(v waybill.Verdict, bizID, waybillID string, w *waybill.Waybill) *problem {
	p := problemOf(string(v), v.Text())
	p.BizID, p.WaybillID = bizID, waybillID
	if w == nil || v == waybill.NoWaybill {
		return p
	}
	p.BizID, p.WaybillID, p.State = w.BizID, w.ID, w.Status
	switch v {
	case waybill.WaybillCancelled:
		p.CancelledAt = moment(w.CancelledAt)
	case waybill.WaybillSigned:
		p.SignedAt = moment(w.SignedAt)
	}
	return p
}

// deliveryRefusal is the same of a status report, with the attempt's status if there is
// such an attempt.
func deliveryRefusal(s delivery.StatusReport, d delivery.StatusDecision) *problem {
	p := problemOf(string(d.Verdict), d.Verdict.Text())
	p.ShopID, p.ShopOrderID, p.WaybillID = s.ShopID, s.OrderID, s.WaybillID
	p.OrderStatus, p.StatusAt = d.Attempt.Status, moment(d.Attempt.StatusAt)
	return p
}

// unknownKept is what is kept where nobody knows.
const unknownKept = "unknown"

// problemFor translates errors. An unknown one is unavailable, and its text goes to the
// log only.
func problemFor(err error) *problem {
	var p *problem
	for _, why := range []error{event.ErrNoEndpoint, event.ErrNoEvent, event.ErrNotSent, event.ErrDone} {
		if errors.Is(err, why) {
			return problemOf(notFound, why.Error())
		}
	}
	if field, ok := errors.AsType[*input.FieldError](err); ok {
		return invalidField(field.Field, field.Err.Error())
	}
	switch {
	case errors.Is(err, event.ErrTokenErased):
		return invalidField("cursor", "is that of a call that cannot be made: "+event.ErrTokenErased.Error())
	case errors.As(err, &p):
		return p
	case errors.Is(err, event.ErrOtherEpoch), errors.Is(err, event.ErrDropped), errors.Is(err, event.ErrAhead):
		return problemOf(cursorGone, cursorProblem(err))
	case errors.Is(err, ledger.ErrNotFound):
		return problemOf(notFound, "no such resource")
	case errors.Is(err, ledger.ErrOutcomeUnknown):
		return retryable(unavailable, unknownKept, "it is unknown whether it was recorded; send it again", err)
	}
	return retryable(unavailable, "nothing", "temporarily unavailable; nothing was recorded, send it again", err)
}

// cursorProblem says of a cursor that leads nowhere what to do.
func cursorProblem(err error) string {
	if errors.Is(err, event.ErrDropped) {
		return event.ErrDropped.Error() + ": events were missed; begin again without after, and ask for the state of what may have changed meanwhile"
	}
	for _, why := range []error{event.ErrOtherEpoch, event.ErrAhead} {
		if errors.Is(err, why) {
			err = why
		}
	}
	return err.Error() + ": begin again without after, and compare what was handed out before with what there is"
}

// retryable is the problem of a request that may be sent again: kept says whether it may have
// been recorded, cause is for the log.
func retryable(name, kept, detail string, cause error) *problem {
	p := problemOf(name, detail)
	p.Kept, p.cause = kept, cause
	return p
}
