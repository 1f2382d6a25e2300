package waybill

import (
	"carrierhook/internal/input"
	"carrierhook/internal/ledger"
)

// AccountRequest is a push that wants to know whether a merchant has an account, and how
// many waybills are left to it.
type AccountRequest struct {
	Push      ledger.Push
	BizID     string
	Password  Password
	Malformed bool   // the id is invalid; nothing is looked up
	Field     string // the id then, as the push spells it

	// Of a bind, which wants an account for one of the merchant's mini programs. Only a
	// review reads which: "" is one whose id is invalid.
	Binds     bool
	ShopAppID string
}

// NewAccountRequest cleans the id of a request.
func NewAccountRequest(p ledger.Push, bizID string, pwd Password) AccountRequest {
	var f input.Fields
	r := AccountRequest{Push: p, BizID: f.ID("BizID", bizID, MaxID), Password: pwd}
	r.Malformed, r.Field = f.Err != nil, f.Field()
	return r
}

// NewBindRequest is NewAccountRequest for a merchant that binds its account.
func NewBindRequest(p ledger.Push, bizID, shopAppID string, pwd Password) AccountRequest {
	var f input.Fields
	r := NewAccountRequest(p, bizID, pwd)
	r.Binds = true
	if id := f.ID(shopField, shopAppID, MaxID); f.Err == nil {
		r.ShopAppID = id
	}
	return r
}

// shopField is how a push calls the merchant's mini program.
const shopField = "ShopAppID"

// AccountDecision is the answer to an AccountRequest.
type AccountDecision struct {
	Reason Reason
	Quota  int64  // 0 for a merchant without one
	Field  string // that is wrong, as the push spells it; "" if it is none
}

// Pending reports whether the review of the merchant has to be pending from now on.
func (d AccountDecision) Pending() bool { return d.Reason == UnderReview }

// DecideAccount decides an account request. The merchant is nil if there is none;
// passwordRight says whether the request's password matches the merchant's hash.
func DecideAccount(r AccountRequest, m *Merchant, passwordRight bool) AccountDecision {
	if r.Malformed {
		return AccountDecision{Reason: BadIDs, Field: r.Field}
	}
	if why := stranger(m, passwordRight); why != "" {
		return AccountDecision{Reason: why}
	}
	d := AccountDecision{Reason: Accepted}
	if m.Prepaid {
		d.Quota = m.Quota
	}
	return d
}

// DecideBind decides a bind where merchants are reviewed; d is the decision about the
// account alone, before the review that there is, nil if there is none. Who was passed stays
// so. A review that failed is pending again with the next bind, and not with the push that is
// repeated because its answer was lost.
func DecideBind(r AccountRequest, d AccountDecision, before *Review) AccountDecision {
	switch {
	case d.Reason == BadIDs:
		return d
	case r.ShopAppID == "":
		return AccountDecision{Reason: BadIDs, Field: shopField}
	case d.Reason != Accepted:
		return d
	case before == nil || before.State == ReviewPending:
		return AccountDecision{Reason: UnderReview}
	case before.State == ReviewPassed:
		return d
	case before.Push == r.Push.ID:
		return AccountDecision{Reason: FailedReview}
	}
	return AccountDecision{Reason: UnderReview}
}
