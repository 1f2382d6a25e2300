package instant

import (
	"errors"
	"slices"

	"carrierhook/internal/delivery"
)

// errUnresolved says that what a commit in doubt would have written is overwritten by
// now, so that nothing shows whether it happened.
var errUnresolved = errors.New("a later tip hides whether this one was taken")

// isOwn tells whether the change that the rule calls a repeat was made by this very
// request, and not by the same push at another server: where it placed an attempt the
// number shows it.
func (tx *pushTransaction) isOwn(j *pushJob) bool {
	return j.newAttempt.WaybillID == "" || j.decision.Attempt.WaybillID == j.newAttempt.WaybillID
}

// hasChangeOf tells whether the order has the change that the job was to make, whether
// or not its shop would be accepted by now.
func (p *loadedOrder) hasChangeOf(j *pushJob) bool {
	if p == nil {
		return false
	}
	return slices.ContainsFunc(p.Attempts, func(a delivery.Attempt) bool {
		switch j.req.Kind {
		case delivery.Add, delivery.Readd:
			return a.Push == j.req.Push.ID && a.WaybillID == j.newAttempt.WaybillID
		case delivery.Cancel:
			return a.CancelPush == j.req.Push.ID
		case delivery.Tip:
			return a.TipPush == j.req.Push.ID
		case delivery.ConfirmReturn:
			return a.ReturnPush == j.req.Push.ID
		}
		return false
	})
}

// hidesTipOf tells whether a later tip would have overwritten the job's: an attempt
// stores only its last and highest tip, with the push that raised it.
func (p *loadedOrder) hidesTipOf(j *pushJob) bool {
	return p != nil && j.req.Kind == delivery.Tip && slices.ContainsFunc(p.Attempts, func(a delivery.Attempt) bool {
		return a.TipPush != [32]byte{} && a.TipsNow > j.req.Tips
	})
}
