package store

import (
	"context"
	"fmt"
	"time"

	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// MerchantRow is a merchant with its password in clear, to be stored hashed.
type MerchantRow struct {
	BizID         string
	Password      waybill.Password
	CancelAllowed bool
}

// Replace puts merchants and waybills as they are given, whatever was there:
// for samples, never for a carrier's own rows. The ledger stays.
func (s *Store) Replace(ctx context.Context, merchants []MerchantRow, waybills []waybill.Waybill) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		for _, m := range merchants {
			hash, err := hashPassword(string(m.Password))
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `INSERT INTO merchant (biz_id, password_hash, cancel_allowed) VALUES ($1, $2, $3)
				ON CONFLICT (biz_id) DO UPDATE SET password_hash = $2, cancel_allowed = $3, updated_at = now()`,
				m.BizID, hash, m.CancelAllowed)
			if err != nil {
				return fmt.Errorf("merchant %s: %w", m.BizID, err)
			}
		}
		for i := range waybills {
			if err := replaceWaybill(ctx, tx, &waybills[i]); err != nil {
				return fmt.Errorf("waybill %s: %w", waybills[i].ID, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("replace: %w", err)
	}
	return nil
}

func replaceWaybill(ctx context.Context, tx pgx.Tx, w *waybill.Waybill) error {
	if _, err := tx.Exec(ctx, "DELETE FROM waybill WHERE biz_id = $1 AND waybill_id = $2", w.BizID, w.ID); err != nil {
		return err
	}
	var push []byte
	if w.CancelledBy != (waybill.PushID{}) {
		push = w.CancelledBy[:]
	}
	_, err := tx.Exec(ctx, `INSERT INTO waybill (biz_id, waybill_id, order_id, shop_app_id, service, status,
			booked_at, collected_at, charged_at, signed_at, cancelled_at, cancel_push)
		VALUES ($1, $2, $3, $4, $5, $6::text::waybill_status, $7, $8, $9, $10, $11, $12)`,
		w.BizID, w.ID, w.OrderID, w.ShopAppID, w.Service, string(w.Status),
		w.BookedAt, orNull(w.CollectedAt), orNull(w.ChargedAt), orNull(w.SignedAt), orNull(w.CancelledAt), push)
	return err
}

// orNull makes a time that has not come NULL.
func orNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}
