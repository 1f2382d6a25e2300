package store

import (
	"errors"
	"slices"

	"carrierhook/internal/delivery"
)

// errOvertaken says that what a commit in doubt would have left is covered by now.
var errUnresolved = errors.New("a later tip hides whether this one was taken")

// own tells whether it was this very request that had done what it is told to be
// done: where an attempt was placed the number says so, and otherwise the push.
func (tx *deliverTransaction) own(j *deliverJob) bool {
	return j.fresh.WaybillID == "" || j.decision.Attempt.WaybillID == j.fresh.WaybillID
}

// doneBy tells whether the job's own deed is on record, whoever is let in by now.
func (p *placed) doneBy(j *deliverJob) bool {
	if p == nil {
		return false
	}
	return slices.ContainsFunc(p.Attempts, func(a delivery.Attempt) bool {
		switch j.req.Kind {
		case delivery.Add, delivery.Readd:
			return a.Push == j.req.Push.ID && a.WaybillID == j.fresh.WaybillID
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

// tippedMore tells whether the job's tip, had it been taken, would be covered by
// another: of an attempt's tips the last push alone is remembered, and has the
// highest.
func (p *placed) tippedMore(j *deliverJob) bool {
	return p != nil && j.req.Kind == delivery.Tip && slices.ContainsFunc(p.Attempts, func(a delivery.Attempt) bool {
		return a.TipPush != [32]byte{} && a.TipsNow > j.req.Tips
	})
}
