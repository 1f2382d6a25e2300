package waybill

import (
	"slices"
	"time"

	"carrierhook/internal/input"
	"carrierhook/internal/ledger"
)

// Policy is what the carrier's configuration says about cancelling.
type Policy struct {
	Window      time.Duration // since booking; 0: no limit
	SignedGrace time.Duration // since signing: later a signed parcel counts as closed
	NoCancel    []string      // services without cancelling
}

// CancelRequest is a merchant's wish to cancel a waybill. The ids are clean
// when NewCancelRequest made it and Malformed is false.
type CancelRequest struct {
	Push      ledger.Push
	BizID     string
	Password  Password
	ShopAppID string
	OrderID   string
	WaybillID string
	Malformed bool // an id cannot be one; nothing is looked up
}

// NewCancelRequest trims the ids of a request and checks that they can be ids.
func NewCancelRequest(p ledger.Push, bizID string, pwd Password, shopAppID, orderID, waybillID string) CancelRequest {
	var f input.Fields
	r := CancelRequest{
		Push: p, Password: pwd, BizID: f.ID("biz_id", bizID, MaxID), OrderID: f.ID("order_id", orderID, MaxOrderID),
		WaybillID: f.ID("waybill_id", waybillID, MaxID), ShopAppID: f.Text("shop_app_id", shopAppID, MaxID),
	}
	r.Malformed = f.Err != nil
	return r
}

// CancelDecision is the answer to a cancel.
type CancelDecision struct {
	Reason Reason
	Repeat bool // the same push had been answered with this before
}

// Changes reports whether the waybill must now be written as cancelled.
func (d CancelDecision) Changes() bool { return d.Reason == Accepted && !d.Repeat }

// DecideCancel decides a cancel request. The merchant and the waybill are nil when
// there are none; passwordRight says whether the request's password opens the
// merchant's hash; now is the time of the decision, after the row was locked.
//
// A push that won gets the same answer again: the merchant may never have seen the first
// answer. That comes before every check of the waybill's state, so that what
// happened since cannot turn a cancel that worked into a failure.
func DecideCancel(r CancelRequest, m *Merchant, passwordRight bool, w *Waybill, p Policy, now time.Time) CancelDecision {
	if why, bad := r.unknown(m, passwordRight, w); bad {
		return CancelDecision{Reason: why}
	}
	if w.Status == Cancelled && w.CancelledBy == r.Push.ID && r.Push.ID != (ledger.PushID{}) {
		return CancelDecision{Reason: Accepted, Repeat: true}
	}
	if why, late := w.tooLate(p, now); late {
		return CancelDecision{Reason: why}
	}
	if !m.CancelAllowed {
		return CancelDecision{Reason: MerchantContract}
	}
	if slices.Contains(p.NoCancel, w.Service) {
		return CancelDecision{Reason: ServiceContract}
	}
	return CancelDecision{Reason: Accepted}
}

// unknown tells whether the request names something that does not exist, or
// things that do not belong together.
func (r CancelRequest) unknown(m *Merchant, passwordRight bool, w *Waybill) (Reason, bool) {
	switch {
	case r.Malformed:
		return BadIDs, true
	case m == nil:
		return UnknownMerchant, true
	case m.PasswordHash != "" && !passwordRight:
		return WrongPassword, true
	case w == nil:
		return UnknownWaybill, true
	case w.OrderID != r.OrderID:
		return IDsMismatch, true
	case w.ShopAppID != "" && w.ShopAppID != r.ShopAppID:
		return ShopMismatch, true
	}
	return "", false
}

// tooLate tells whether what happened to the parcel rules cancelling out.
func (w *Waybill) tooLate(p Policy, now time.Time) (Reason, bool) {
	switch {
	case w.Status == Cancelled:
		return AlreadyCancelled, true
	case w.Status == Signed && now.Sub(w.SignedAt) > p.SignedGrace:
		return SignedLongAgo, true
	case w.Status == Signed:
		return SignedRecently, true
	case w.Status != Booked:
		return NotBooked, true
	case !w.ChargedAt.IsZero():
		return Charged, true
	case p.Window > 0 && now.Sub(w.BookedAt) > p.Window:
		return WindowPassed, true
	}
	return "", false
}
