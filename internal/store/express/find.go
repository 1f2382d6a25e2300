package express

import (
	"context"
	"fmt"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// maxFound is the maximum number of waybills in an answer: many merchants may number
// their orders alike.
const maxFound = 1000

const (
	findNumbered = `SELECT ` + waybillColumns + ` FROM waybill w
		WHERE w.waybill_id = $1 AND ($2 = '' OR w.biz_id = $2) AND ($3 = '' OR w.order_id = $3)`

	findOrdered = `SELECT ` + waybillColumns + ` FROM waybill w WHERE w.biz_id = $1 AND w.order_id = $2`

	// There is no index by order alone, for each push would have to write to it.
	// The one by merchant and order is searched for each merchant: OFFSET keeps
	// Postgres from reading the waybills instead.
	findOrderedByAny = `SELECT ` + waybillColumns + `
		FROM merchant m
		CROSS JOIN LATERAL (SELECT * FROM waybill o WHERE o.biz_id = m.biz_id AND o.order_id = $1 OFFSET 0) AS w
		ORDER BY w.biz_id
		LIMIT $2`
)

// Waybills finds waybills by number, of which there is at most one, or by order: of
// one merchant, or of all, by merchant and at most 1000. It is empty when there is
// none. An order of all merchants is searched merchant by merchant: the time grows with
// their number, and the statement timeout bounds it.
func (s *Store) Waybills(ctx context.Context, q waybill.WaybillQuery) ([]waybill.Waybill, error) {
	if !pg.CanStore(q.BizID, q.WaybillID, q.OrderID) {
		return nil, nil
	}
	var found []waybill.Waybill
	slow := q.WaybillID == "" && q.BizID == ""
	err := s.pool.Read(ctx, slow, func(b *pgx.Batch) { queueFind(b, q) }, func(res pgx.BatchResults) error {
		found = nil
		return loadWaybills(res, func(w *waybill.Waybill) { found = append(found, *w) })
	})
	if err != nil {
		return nil, fmt.Errorf("find waybills: %w", err)
	}
	return found, nil
}

func queueFind(b *pgx.Batch, q waybill.WaybillQuery) {
	switch {
	case q.WaybillID != "":
		b.Queue(findNumbered, q.WaybillID, q.BizID, q.OrderID)
	case q.BizID != "":
		b.Queue(findOrdered, q.BizID, q.OrderID)
	default:
		b.Queue(findOrderedByAny, q.OrderID, maxFound)
	}
}

// Merchant returns a merchant and what is left of its quota. It is ledger.ErrNotFound
// when there is none.
func (s *Store) Merchant(ctx context.Context, bizID string) (waybill.Merchant, error) {
	var g loaded
	if pg.CanStore(bizID) {
		err := s.pool.Read(ctx, false, func(b *pgx.Batch) { b.Queue(readAccounts, []string{bizID}) }, g.loadMerchants)
		if err != nil {
			return waybill.Merchant{}, err
		}
	}
	m := g.merchants[bizID]
	if m == nil {
		return waybill.Merchant{}, fmt.Errorf("merchant %q: %w", bizID, ledger.ErrNotFound)
	}
	return *m, nil
}
