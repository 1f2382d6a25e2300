package express

import (
	"context"
	"fmt"

	"carrierhook/internal/event"
	"carrierhook/internal/ledger"
	"carrierhook/internal/redacted"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

const readTokenByNumber = `SELECT w.account, w.book_push IS NOT NULL, coalesce(b.token, '')
	FROM waybill w
	LEFT JOIN booking b ON b.biz_id = w.biz_id AND b.waybill_id = w.waybill_id
	WHERE w.waybill_id = $1`

// Token reads what WeChat takes calls about a waybill by, and the user name of the mini
// program that it was booked for. The error is ledger.ErrNotFound where WeChat has not
// booked it, and event.ErrTokenErased where it has and the Token is gone.
func (s *Store) Token(ctx context.Context, waybillID string) (account string, token redacted.String, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var booked bool
	var text string
	if !pg.CanStore(waybillID) {
		return "", "", ledger.ErrNotFound
	}
	err = s.pool.Read(ctx, false, func(b *pgx.Batch) { b.Queue(readTokenByNumber, waybillID) }, func(res pgx.BatchResults) error {
		return pg.EachRow(res, func(rows pgx.Rows) error { return rows.Scan(&account, &booked, &text) })
	})
	switch {
	case err != nil:
		return "", "", fmt.Errorf("read the Token of waybill %q: %w", waybillID, err)
	case !booked:
		return "", "", ledger.ErrNotFound
	case text == "":
		return "", "", event.ErrTokenErased
	}
	return account, redacted.String(text), nil
}
