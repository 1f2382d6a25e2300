package store

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

// ErrNoDeliveryKey says that a shop's secret can be neither sealed nor opened,
// because instant delivery is not configured.
var ErrNoDeliveryKey = errors.New("shops' secrets are kept sealed, and there is no key for it: set delivery.key")

// Always one row at least, for the time, which comes after the locks as in
// readMerchants.
const readShops = `SELECT clock_timestamp(), coalesce(s.shop_id, ''), s.secret, coalesce(s.active, false)
	FROM (VALUES (1)) AS one (row)
	LEFT JOIN shop s ON s.shop_id = ANY ($1::text[])`

// shopRead is a shop as it was read. err says that its secret does not open: that
// is the affair of its own pushes, and of nobody else's.
type shopRead struct {
	shop *delivery.Shop
	err  error
}

// scanShops reads the answer to readShops.
func (s *Store) loadShops(res pgx.BatchResults, clock *batch.Clock) (map[string]shopRead, error) {
	shops := map[string]shopRead{}
	err := pg.EachRow(res, func(rows pgx.Rows) error {
		shop, sealed := new(delivery.Shop), []byte(nil)
		if err := rows.Scan(&clock.Now, &shop.ID, &sealed, &shop.Active); err != nil || shop.ID == "" {
			return err
		}
		r := shopRead{shop: shop}
		if shop.Active { // else nobody is let in with it
			var ok bool
			if shop.Secret, _, ok = s.seals.open(shop.ID, sealed); !ok {
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

// ReplaceShops puts shops as they are given, whatever was there: for samples,
// never for a carrier's own rows. Orders stay. It is ErrNoDeliveryKey without
// Options.Delivery.
func (s *Store) ReplaceShops(ctx context.Context, shops []ShopRow) error {
	return s.replaceShops(ctx, shops, nil)
}

// ResetShops is ReplaceShops with none of the shops' orders left, and nothing that
// hangs on them. The record of pushes stays. Meanwhile no order is placed or changed,
// of whichever shop.
func (s *Store) ResetShops(ctx context.Context, shops []ShopRow) error {
	return s.replaceShops(ctx, shops, []string{
		`DELETE FROM delivery_order WHERE shop_id = ANY ($1)`,
		`DELETE FROM delivery_attempt WHERE shop_id = ANY ($1)`,
		`DELETE FROM delivery_step WHERE shop_id = ANY ($1)`,
		`DELETE FROM delivery_details WHERE shop_id = ANY ($1)`,
	})
}

func (s *Store) replaceShops(ctx context.Context, shops []ShopRow, clear []string) error {
	if s.seals == nil {
		return ErrNoDeliveryKey
	}
	shops = slices.SortedFunc(slices.Values(shops), func(a, b ShopRow) int { return strings.Compare(a.ID, b.ID) })
	var ids []string
	for _, shop := range shops {
		ids = append(ids, shop.ID)
	}
	err := s.pool.Transact(ctx, func(tx pgx.Tx) error {
		if len(clear) > 0 {
			// Who is placing an order has done so before all of it, or does it after.
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
				shop.ID, s.seals.seal(shop.ID, shop.Secret), !shop.Inactive)
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
