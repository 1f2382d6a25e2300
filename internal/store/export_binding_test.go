package store

import (
	"crypto/md5"
	"strconv"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/pushlog"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// bindingStatements are what plain pushes ask and write besides.
func bindingStatements(size int) func(*pgx.Batch) {
	return func(b *pgx.Batch) {
		var set []*cancelJob
		for i := range size {
			j := &cancelJob{decision: waybill.CancelDecision{Reason: waybill.Accepted}}
			j.req.Push.Binding = &ledger.Binding{Signature: md5.Sum([]byte(strconv.Itoa(i + 1)))}
			set = append(set, j)
		}
		var s pushlog.Signatures[*cancelJob]
		s.QueueSignatures(b, set)
		s.QueueBindings(b, set)
	}
}

// UnboundCost is how many statements and allocations it costs a batch of pushes whose
// signatures cover their bodies that those of others are bound.
func UnboundCost(allocations func(runs int, f func()) float64) (statements int, allocated float64) {
	set := make([]*cancelJob, 256)
	for i := range set {
		set[i] = &cancelJob{decision: waybill.CancelDecision{Reason: waybill.Accepted}}
	}
	var b pgx.Batch
	var s pushlog.Signatures[*cancelJob] // part of the transaction
	allocated = allocations(10, func() {
		s.QueueSignatures(&b, set)
		s.QueueBindings(&b, s.Admit(set))
	})
	return b.Len(), allocated
}
