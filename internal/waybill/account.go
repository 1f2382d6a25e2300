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
}

// NewAccountRequest cleans the id of a request.
func NewAccountRequest(p ledger.Push, bizID string, pwd Password) AccountRequest {
	var f input.Fields
	r := AccountRequest{Push: p, BizID: f.ID("BizID", bizID, MaxID), Password: pwd}
	r.Malformed, r.Field = f.Err != nil, f.Field()
	return r
}

// AccountDecision is the answer to an AccountRequest.
type AccountDecision struct {
	Reason Reason
	Quota  int64 // 0 for a merchant without one
}

// DecideAccount decides an account request. The merchant is nil if there is none;
// passwordRight says whether the request's password matches the merchant's hash.
func DecideAccount(r AccountRequest, m *Merchant, passwordRight bool) AccountDecision {
	if r.Malformed {
		return AccountDecision{Reason: BadIDs}
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
