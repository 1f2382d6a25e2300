package store

import (
	"context"

	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// PlanForValues is what is said of plans before a question.
const PlanForValues = planForValues

// ReadTrace is how a waybill's scans are read.
const ReadTrace = readTrace

// LookStatement is what a question about the record asks of Postgres.
func AskedStatement(q ledger.Filter) *pgx.QueuedQuery {
	var b pgx.Batch
	queueAsked(&b, q)
	return b.QueuedQueries[0]
}

// FindStatement is the same of a question about waybills.
func FindStatement(q waybill.WaybillQuery) *pgx.QueuedQuery {
	var b pgx.Batch
	queueFind(&b, q)
	return b.QueuedQueries[0]
}

// HistoryStatements are those of a waybill's history.
func HistoryStatements(bizID, waybillID string) []*pgx.QueuedQuery {
	var b pgx.Batch
	queueHistory(&b, ledger.Filter{BizID: bizID, WaybillID: waybillID, Limit: 100})
	return b.QueuedQueries
}

// TakeSlowPlaces leaves none to questions that may take long.
func (s *Store) TakeSlowReads(ctx context.Context) (giveBack func(), err error) {
	var all []func()
	giveBack = func() {
		for _, one := range all {
			one()
		}
	}
	for range cap(s.slowReads) {
		one, err := s.slowReads.acquire(ctx)
		if err != nil {
			giveBack()
			return nil, err
		}
		all = append(all, one)
	}
	return giveBack, nil
}
