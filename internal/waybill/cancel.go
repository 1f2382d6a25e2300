package waybill

import (
	"slices"
	"strings"
	"time"

	"carrierhook/internal/input"
	"carrierhook/internal/ledger"
)

// Policy is the carrier's configuration of cancels and binds.
type Policy struct {
	Window      time.Duration // since booking; 0: no limit
	SignedGrace time.Duration // since signing: a cancel is refused as collected, later as of a closed waybill
	NoCancel    []string      // codes of services without cancelling; capitals make no difference

	Review bool // a merchant binds its account once the carrier's people have let it pass
}

// CancelRequest is a merchant's request to cancel a waybill. NewCancelRequest makes one:
// its ids are clean unless Malformed.
type CancelRequest struct {
	Push      ledger.Push
	BizID     string
	Password  Password
	ShopAppID string
	OrderID   string
	WaybillID string
	Malformed bool   // an id is invalid; nothing is looked up
	Field     string // the first that is, as the push spells it
}

// NewCancelRequest cleans the ids of a request.
func NewCancelRequest(p ledger.Push, bizID string, pwd Password, shopAppID, orderID, waybillID string) CancelRequest {
	var f input.Fields
	r := CancelRequest{
		Push: p, Password: pwd, BizID: f.ID("BizID", bizID, MaxID), OrderID: f.ID("OrderID", orderID, MaxOrderID),
		WaybillID: f.ID("WayBillID", waybillID, MaxID), ShopAppID: f.OptionalID("ShopAppID", shopAppID, MaxID),
	}
	r.Malformed, r.Field = f.Err != nil, f.Field()
	return r
}

// CancelDecision is the answer to a cancel.
type CancelDecision struct {
	Reason Reason
	Repeat bool // the same push had been answered with this before
}

// Changes reports whether the waybill must now be written as cancelled.
func (d CancelDecision) Changes() bool { return d.Reason == Accepted && !d.Repeat }

// OfWaybill reports whether the decision is about a waybill of the merchant's, and not
// about ids or a password that are wrong.
func (d CancelDecision) OfWaybill() bool {
	switch d.Reason {
	case BadIDs, UnknownMerchant, WrongPassword, UnknownWaybill, IDsMismatch, ShopMismatch:
		return false
	}
	return true
}

// DecideCancel decides a cancel request. The merchant and the waybill are nil if there are
// none; passwordRight says whether the request's password matches the merchant's hash; now
// is the time of the decision, after the row was locked.
//
// The push that cancelled gets the same answer again: the merchant may never have seen the
// first one. This is checked before the waybill's status, so that later events cannot turn
// a successful cancel into a failure.
func DecideCancel(r CancelRequest, m *Merchant, passwordRight bool, w *Waybill, p Policy, now time.Time) CancelDecision {
	if why := r.unknown(m, passwordRight, w); why != "" {
		return CancelDecision{Reason: why}
	}
	if w.Status == Cancelled && w.CancelledBy == r.Push.ID && r.Push.ID != (ledger.PushID{}) {
		return CancelDecision{Reason: Accepted, Repeat: true}
	}
	if why := w.tooLate(p, now); why != "" {
		return CancelDecision{Reason: why}
	}
	if !m.CancelAllowed {
		return CancelDecision{Reason: MerchantContract}
	}
	if slices.ContainsFunc(p.NoCancel, func(code string) bool { return strings.EqualFold(code, w.Service) }) {
		return CancelDecision{Reason: ServiceContract}
	}
	return CancelDecision{Reason: Accepted}
}

// unknown is why the ids of the request lead to no waybill of the merchant's; "": they do.
func (r CancelRequest) unknown(m *Merchant, passwordRight bool, w *Waybill) Reason {
	if r.Malformed {
		return BadIDs
	}
	if why := stranger(m, passwordRight); why != "" {
		return why
	}
	switch {
	case w == nil:
		return UnknownWaybill
	case w.OrderID != r.OrderID:
		return IDsMismatch
	case w.ShopAppID != "" && w.ShopAppID != r.ShopAppID:
		return ShopMismatch
	}
	return ""
}

// stranger is why the request is not from a merchant of the carrier's; "": it is.
func stranger(m *Merchant, passwordRight bool) Reason {
	switch {
	case m == nil:
		return UnknownMerchant
	case m.PasswordHash != "" && !passwordRight:
		return WrongPassword
	}
	return ""
}

// tooLate is why the waybill can no longer be cancelled; "": it can.
func (w *Waybill) tooLate(p Policy, now time.Time) Reason {
	switch {
	case w.Status == Cancelled:
		return AlreadyCancelled
	case w.Status == Signed && now.Sub(w.SignedAt) > p.SignedGrace:
		return SignedLongAgo
	case w.Status == Signed:
		return SignedRecently
	case w.Status != Booked:
		return NotBooked
	case !w.ChargedAt.IsZero():
		return Charged
	case p.Window > 0 && now.Sub(w.BookedAt) > p.Window:
		return WindowPassed
	}
	return ""
}
