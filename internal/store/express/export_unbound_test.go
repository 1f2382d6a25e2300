package express

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"carrierhook/internal/store/pushlog"
	"carrierhook/internal/waybill"
)

// UnboundCost is how many statements and allocations it costs a batch of pushes whose
// signatures cover their bodies that those of others are bound.
func UnboundCost() (statements int, allocated float64) {
	set := make([]*cancelJob, 256)
	for i := range set {
		set[i] = &cancelJob{decision: waybill.CancelDecision{Reason: waybill.Accepted}}
	}
	var b pgx.Batch
	var s pushlog.Signatures[*cancelJob] // part of the transaction
	allocated = testing.AllocsPerRun(10, func() {
		s.QueueSignatures(&b, set)
		s.QueueBindings(&b, s.Admit(set))
	})
	return b.Len(), allocated
}
