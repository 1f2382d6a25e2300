package instant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

// ErrNoKey says that instant delivery is not configured: a shop's secret can
// be neither sealed nor opened.
var ErrNoKey = errors.New("shops' secrets are kept sealed, and there is no key for it: set delivery.key")

// There is one row at least, for the time. It is read after the locks: a decision that
// had to wait is made by the clock of its own moment.
const readShops = `SELECT clock_timestamp(), coalesce(s.shop_id, ''), s.secret, coalesce(s.active, false)
	FROM (VALUES (1)) AS one (row)
	LEFT JOIN shop s ON s.shop_id = ANY ($1::text[])`

// shopRead is a shop as it was read. err says that its secret does not open, which
// fails the pushes of this shop only.
type shopRead struct {
	shop *delivery.Shop
	err  error
}

// loadShops reads the result of readShops.
func (s *Store) loadShops(res pgx.BatchResults, clock *batch.Clock) (map[string]shopRead, error) {
	shops := map[string]shopRead{}
	err := pg.EachRow(res, func(rows pgx.Rows) error {
		shop, sealed := new(delivery.Shop), []byte(nil)
		if err := rows.Scan(&clock.Now, &shop.ID, &sealed, &shop.Active); err != nil || shop.ID == "" {
			return err
		}
		r := shopRead{shop: shop}
		if shop.Active { // the rule refuses any other
			var ok bool
			if shop.Secret, _, ok = s.Seals.Open(shop.ID, sealed); !ok {
				r.err = fmt.Errorf("the secret of shop %q opens with neither delivery.key nor delivery.previous_key: "+
					"it was sealed under another key; give that one back or import the shop again", shop.ID)
			}
		}
		shops[shop.ID] = r
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read shops: %w", err)
	}
	return shops, nil
}

// ShopRow is a shop with its secret in clear, to be stored sealed.
type ShopRow struct {
	ID       string
	Secret   delivery.Secret
	Inactive bool
}

// ReplaceShops inserts or overwrites shops: for samples, never for a carrier's own
// rows. Orders stay. The error is ErrNoKey without Options.Policy.
func (s *Store) ReplaceShops(ctx context.Context, shops []ShopRow) error {
	return s.replaceShops(ctx, shops, nil)
}

// ResetShops is ReplaceShops that deletes the shops' orders too, with their attempts,
// steps and details. The ledger stays. Meanwhile no order of any shop is placed or
// changed.
func (s *Store) ResetShops(ctx context.Context, shops []ShopRow) error {
	return s.replaceShops(ctx, shops, []string{
		`DELETE FROM delivery_order WHERE shop_id = ANY ($1)`,
		`DELETE FROM delivery_attempt WHERE shop_id = ANY ($1)`,
		`DELETE FROM delivery_step WHERE shop_id = ANY ($1)`,
		`DELETE FROM delivery_details WHERE shop_id = ANY ($1)`,
	})
}

func (s *Store) replaceShops(ctx context.Context, shops []ShopRow, clear []string) error {
	if s.Seals == nil {
		return ErrNoKey
	}
	shops = slices.SortedFunc(slices.Values(shops), func(a, b ShopRow) int { return strings.Compare(a.ID, b.ID) })
	var ids []string
	for _, shop := range shops {
		ids = append(ids, shop.ID)
	}
	err := s.pool.Transact(ctx, func(tx pgx.Tx) error {
		if len(clear) > 0 {
			// A push that places an order commits before this, or waits until it is over.
			if _, err := tx.Exec(ctx, `LOCK TABLE delivery_order IN EXCLUSIVE MODE`); err != nil {
				return fmt.Errorf("lock: %w", err)
			}
		}
		for _, sql := range clear {
			if _, err := tx.Exec(ctx, sql, ids); err != nil {
				return fmt.Errorf("clear: %w", err)
			}
		}
		for _, shop := range shops {
			_, err := tx.Exec(ctx, `INSERT INTO shop (shop_id, secret, active) VALUES ($1, $2, $3)
				ON CONFLICT (shop_id) DO UPDATE SET secret = excluded.secret, active = excluded.active, updated_at = now()`,
				shop.ID, s.Seals.Seal(shop.ID, shop.Secret), !shop.Inactive)
			if err != nil {
				return fmt.Errorf("shop %s: %w", shop.ID, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("replace shops: %w", err)
	}
	return nil
}
