package express

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// MerchantRow is a merchant with its password in clear, to be stored hashed. It has to
// have one.
type MerchantRow struct {
	BizID         string
	Password      waybill.Password
	CancelAllowed bool
	Quota         *int64 // what is left to one that pays in advance; nil: a monthly account
}

// Replace puts merchants and waybills as they are given, whatever was there:
// for samples, never for a carrier's own rows. The ledger stays, and so do other
// waybills of the merchants.
func (s *Store) Replace(ctx context.Context, merchants []MerchantRow, waybills []waybill.Waybill) error {
	return s.replace(ctx, merchants, waybills, false)
}

// BookedToken is the Token with which WeChat booked a waybill.
type BookedToken struct{ BizID, WaybillID, Token string }

// ReplaceTokens makes waybills ones that WeChat booked, for samples: it is called about them
// with these. A waybill that is not there stays so.
func (s *Store) ReplaceTokens(ctx context.Context, tokens []BookedToken) error {
	tokens = slices.SortedFunc(slices.Values(tokens), func(a, b BookedToken) int {
		return cmp.Or(strings.Compare(a.BizID, b.BizID), strings.Compare(a.WaybillID, b.WaybillID))
	})
	err := s.pool.Transact(ctx, func(tx pgx.Tx) error {
		for _, t := range tokens {
			if _, err := tx.Exec(ctx, replaceToken, t.BizID, t.WaybillID, t.Token); err != nil {
				return fmt.Errorf("waybill %s: %w", t.WaybillID, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("replace tokens: %w", err)
	}
	return nil
}

// The identity of a push that never was is made of the Token.
const replaceToken = `WITH booked AS (
		UPDATE waybill SET book_push = sha256(convert_to($3, 'UTF8')) WHERE biz_id = $1 AND waybill_id = $2 RETURNING biz_id, waybill_id)
	INSERT INTO booking (biz_id, waybill_id, token, label, grams, length_mm, width_mm, height_mm, pieces, insured_fen)
	SELECT biz_id, waybill_id, $3, '', 1000, 0, 0, 0, 1, 0 FROM booked
	ON CONFLICT (biz_id, waybill_id) DO UPDATE SET token = excluded.token`

// Reset is Replace with nothing else left of the merchants' waybills: what they
// have booked since goes, with all that is known of it.
func (s *Store) Reset(ctx context.Context, merchants []MerchantRow, waybills []waybill.Waybill) error {
	return s.replace(ctx, merchants, waybills, true)
}

func (s *Store) replace(ctx context.Context, merchants []MerchantRow, waybills []waybill.Waybill, clear bool) error {
	merchants = slices.SortedFunc(slices.Values(merchants), func(a, b MerchantRow) int { return strings.Compare(a.BizID, b.BizID) })
	err := s.pool.Transact(ctx, func(tx pgx.Tx) error {
		if clear {
			if err := clearMerchants(ctx, tx, merchants); err != nil {
				return err
			}
		}
		for i := range waybills {
			if err := replaceWaybill(ctx, tx, &waybills[i]); err != nil {
				return fmt.Errorf("waybill %s: %w", waybills[i].ID, err)
			}
		}
		for _, m := range merchants {
			if err := replaceMerchant(ctx, tx, m); err != nil {
				return fmt.Errorf("merchant %s: %w", m.BizID, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("replace: %w", err)
	}
	return nil
}

// clearMerchants deletes the merchants' waybills in the order of their key, and
// what hangs on them.
func clearMerchants(ctx context.Context, tx pgx.Tx, merchants []MerchantRow) error {
	var ids []string
	for _, m := range merchants {
		ids = append(ids, m.BizID)
	}
	for _, sql := range []string{
		`SELECT FROM waybill WHERE biz_id = ANY ($1) ORDER BY biz_id, waybill_id FOR UPDATE`,
		`DELETE FROM waybill WHERE biz_id = ANY ($1)`,
		`DELETE FROM booking WHERE biz_id = ANY ($1)`,
		`DELETE FROM booking_contact WHERE biz_id = ANY ($1)`,
		`DELETE FROM scan WHERE biz_id = ANY ($1)`,
	} {
		if _, err := tx.Exec(ctx, sql, ids); err != nil {
			return fmt.Errorf("clear: %w", err)
		}
	}
	return nil
}

func replaceMerchant(ctx context.Context, tx pgx.Tx, m MerchantRow) error {
	hash, err := hashPassword(string(m.Password))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO merchant (biz_id, password_hash, cancel_allowed) VALUES ($1, $2, $3)
		ON CONFLICT (biz_id) DO UPDATE SET password_hash = $2, cancel_allowed = $3, services = NULL, updated_at = now()`,
		m.BizID, hash, m.CancelAllowed)
	if err != nil {
		return err
	}
	if m.Quota == nil {
		_, err = tx.Exec(ctx, `DELETE FROM quota WHERE biz_id = $1`, m.BizID)
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO quota (biz_id, remaining) VALUES ($1, $2)
		ON CONFLICT (biz_id) DO UPDATE SET remaining = $2`, m.BizID, *m.Quota)
	return err
}

// replaceWaybill keeps nothing of what was booked under the same number, or scanned.
func replaceWaybill(ctx context.Context, tx pgx.Tx, w *waybill.Waybill) error {
	for _, table := range []string{"waybill", "booking", "booking_contact", "scan"} {
		if _, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE biz_id = $1 AND waybill_id = $2", w.BizID, w.ID); err != nil {
			return err
		}
	}
	var push []byte
	if w.CancelledBy != (ledger.PushID{}) {
		push = w.CancelledBy[:]
	}
	_, err := tx.Exec(ctx, `INSERT INTO waybill (biz_id, waybill_id, order_id, shop_app_id, service, status,
			booked_at, collected_at, charged_at, signed_at, cancelled_at, cancel_push, from_quota, account)
		VALUES ($1, $2, $3, $4, $5, $6::text::waybill_status, $7, $8, $9, $10, $11, $12, $13, $14)`,
		w.BizID, w.ID, w.OrderID, w.ShopAppID, w.Service, string(w.Status),
		w.BookedAt, orNull(w.CollectedAt), orNull(w.ChargedAt), orNull(w.SignedAt), orNull(w.CancelledAt), push, w.FromQuota, w.Account)
	return err
}

// orNull makes a time that has not come NULL.
func orNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}
