package api

import (
	"errors"
	"net/http"

	"carrierhook/internal/delivery"
	"carrierhook/internal/input"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

// problem is what a request gets in place of an answer: RFC 9457, with members
// for programs to read. No detail shows a password, a token or a message.
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
func (p *problem) Unwrap() error { return p.cause }

// The names of problems that no verdict has.
const (
	malformed            = "malformed"
	unauthorized         = "unauthorized"
	forbidden            = "forbidden"
	missing              = "not_found"
	methodNotAllowed     = "method_not_allowed"
	tooLarge             = "too_large"
	unsupportedMediaType = "unsupported_media_type"
	invalid              = "invalid"
	tooMany              = "too_many_requests"
	unavailable          = "unavailable"
	internal             = "internal"
)

// kind is what all problems of a name have in common.
type kind struct {
	status int
	title  string
}

// kinds is the one table from problems, verdicts among them, to statuses.
var kinds = map[string]kind{
	malformed:            {http.StatusBadRequest, "The request cannot be read"},
	unauthorized:         {http.StatusUnauthorized, "A token is needed"},
	forbidden:            {http.StatusForbidden, "This is not allowed"},
	missing:              {http.StatusNotFound, "There is no such thing"},
	methodNotAllowed:     {http.StatusMethodNotAllowed, "The method is not for this path"},
	tooLarge:             {http.StatusRequestEntityTooLarge, "The body is too large"},
	unsupportedMediaType: {http.StatusUnsupportedMediaType, "The body must be JSON"},
	invalid:              {http.StatusUnprocessableEntity, "A value cannot be right"},
	tooMany:              {http.StatusTooManyRequests, "Too many requests"},
	unavailable:          {http.StatusServiceUnavailable, "Not now"},
	internal:             {http.StatusInternalServerError, "The server made a mistake"},

	string(waybill.NoWaybill):        {http.StatusNotFound, "Unknown waybill"},
	string(waybill.NoMerchant):       {http.StatusNotFound, "Unknown merchant"},
	string(waybill.WaybillCancelled): {http.StatusConflict, "The waybill was cancelled"},
	string(waybill.WaybillSigned):    {http.StatusConflict, "The parcel was signed for"},
	string(waybill.KeyReused):        {http.StatusUnprocessableEntity, "The idempotency key was used before"},
	string(waybill.InFuture):         {http.StatusUnprocessableEntity, "The time has not come yet"},
	string(waybill.NumberInUse):      {http.StatusConflict, "The waybill number is taken"},
	string(waybill.OrderInUse):       {http.StatusConflict, "The order is taken"},

	string(delivery.NoOrder):           {http.StatusNotFound, "Unknown order"},
	string(delivery.UnknownAttempt):    {http.StatusNotFound, "Unknown attempt"},
	string(delivery.AttemptSuperseded): {http.StatusConflict, "The order was placed again"},
	string(delivery.AttemptEnded):      {http.StatusConflict, "The attempt has ended"},
	string(delivery.NotAllowed):        {http.StatusConflict, "The status cannot follow"},
}

func problemOf(name, detail string) *problem {
	k := kinds[name]
	return &problem{Type: "urn:carrierhook:problem:" + name, Title: k.title, Status: k.status, Detail: detail, name: name}
}

func notFound(detail string) *problem { return problemOf(missing, detail) }

// wrong is the problem of one value that cannot be right.
func wrong(field, detail string) *problem {
	p := problemOf(invalid, field+" "+detail)
	p.Errors = []fieldError{{field, detail}}
	return p
}

// refusal is the problem of a verdict that refuses. The waybill w may be nil; bizID and
// waybillID are those of the request.
func refusal(v waybill.Verdict, bizID, waybillID string, w *waybill.Waybill) *problem {
	p := problemOf(string(v), v.Words())
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
func deliveryRefusal(s delivery.Report, d delivery.ReportDecision) *problem {
	p := problemOf(string(d.Verdict), d.Verdict.Words())
	p.ShopID, p.ShopOrderID, p.WaybillID = s.ShopID, s.OrderID, s.WaybillID
	p.OrderStatus, p.StatusAt = d.Attempt.Status, moment(d.Attempt.StatusAt)
	return p
}

// problemFor is the one translation of errors. What it does not know is a dull
// failure, whose text goes to the log only.
func problemFor(err error) *problem {
	var p *problem
	if field, ok := errors.AsType[*input.FieldError](err); ok {
		return wrong(field.Field, field.Err.Error())
	}
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, ledger.ErrNotFound):
		return notFound("nothing of the kind is on record")
	case errors.Is(err, ledger.ErrOutcomeUnknown):
		p = problemOf(unavailable, "whether it was recorded cannot be found out now; send it again")
		p.Kept = "unknown"
	default:
		p = problemOf(unavailable, "it cannot be done now, and nothing was recorded; send it again")
		p.Kept = "nothing"
	}
	p.cause = err
	return p
}
