package waybill

import (
	"carrierhook/internal/input"

	"carrierhook/internal/ledger"
)

// AccountRequest asks whether a merchant has an account here, and how many
// waybills are left to it.
type AccountRequest struct {
	Push      ledger.Push
	BizID     string
	Password  Password
	Malformed bool // the id cannot be one; nothing is looked up
}

// NewAccountRequest trims the id of a request and checks that it can be one.
func NewAccountRequest(p ledger.Push, bizID string, pwd Password) AccountRequest {
	id, err := input.CleanID(bizID, MaxID)
	return AccountRequest{Push: p, BizID: id, Password: pwd, Malformed: err != nil}
}

// AccountDecision is the answer to an AccountRequest.
type AccountDecision struct {
	Reason Reason
	Quota  int64 // 0 for a merchant without one
}

// DecideAccount decides about an account. The merchant is nil when there is none;
// passwordRight says whether the request's password opens the merchant's hash.
func DecideAccount(r AccountRequest, m *Merchant, passwordRight bool) AccountDecision {
	if r.Malformed {
		return AccountDecision{Reason: BadIDs}
	}
	if why, bad := stranger(m, passwordRight); bad {
		return AccountDecision{Reason: why}
	}
	if !m.Prepaid {
		return AccountDecision{Reason: Accepted}
	}
	return AccountDecision{Reason: Accepted, Quota: m.Quota}
}
