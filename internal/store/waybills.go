package store

import (
	"errors"
	"fmt"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

// waybillColumns are those of a waybill w, in the order of waybillFields.
const waybillColumns = `w.biz_id, w.waybill_id, w.order_id, w.shop_app_id, w.service, w.status::text AS status,
	w.booked_at, w.collected_at, w.charged_at, w.signed_at, w.cancelled_at, w.cancel_push, w.from_quota, w.first_scan_at`

// heldColumns are what is told of a waybill that somebody else has locked: nothing
// but its ids.
const lockedColumns = `w.biz_id, w.waybill_id, '', '', '', 'held', w.booked_at, NULL, NULL, NULL, NULL, NULL, false, NULL`

// held is the status of a waybill that somebody else has locked.
const held waybill.Status = "held"

// Nobody is waited for: a waybill that somebody else has locked comes back as
// held. So a set cannot be delayed by one of its waybills, and two sets cannot
// wait for each other, in whatever order they lock.
const (
	lockWaybills = `WITH locked AS MATERIALIZED (
			SELECT ` + waybillColumns + `
			FROM waybill w
			JOIN unnest($1::text[], $2::text[]) AS q (biz_id, waybill_id)
				ON w.biz_id = q.biz_id AND w.waybill_id = q.waybill_id
			ORDER BY w.biz_id, w.waybill_id
			FOR UPDATE OF w SKIP LOCKED),
		missing AS MATERIALIZED (
			SELECT q.biz_id, q.waybill_id
			FROM unnest($1::text[], $2::text[]) AS q (biz_id, waybill_id)
			WHERE (q.biz_id, q.waybill_id) NOT IN (SELECT l.biz_id, l.waybill_id FROM locked l))
		SELECT * FROM locked
		UNION ALL
		SELECT ` + lockedColumns + `
		FROM missing q
		JOIN waybill w ON w.biz_id = q.biz_id AND w.waybill_id = q.waybill_id`

	// The same by number alone, for numbers are unique for the carrier.
	lockNumbered = `WITH locked AS MATERIALIZED (
			SELECT ` + waybillColumns + `
			FROM waybill w
			JOIN unnest($1::text[]) AS q (waybill_id) ON w.waybill_id = q.waybill_id
			ORDER BY w.biz_id, w.waybill_id
			FOR UPDATE OF w SKIP LOCKED),
		missing AS MATERIALIZED (
			SELECT q.waybill_id
			FROM unnest($1::text[]) AS q (waybill_id)
			WHERE q.waybill_id NOT IN (SELECT l.waybill_id FROM locked l))
		SELECT * FROM locked
		UNION ALL
		SELECT ` + lockedColumns + `
		FROM missing q
		JOIN waybill w ON w.waybill_id = q.waybill_id`
)

type waybillKey struct{ bizID, id string }

func keyOf(w *waybill.Waybill) waybillKey { return waybillKey{w.BizID, w.ID} }

// scanWaybills reads the next answer of a batch, whose columns are waybillColumns.
func loadWaybills(res pgx.BatchResults, each func(*waybill.Waybill)) error {
	err := eachRow(res, func(rows pgx.Rows) error {
		w := new(waybill.Waybill)
		if err := rows.Scan(waybillFields(w)...); err != nil {
			return err
		}
		each(w)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read waybills: %w", err)
	}
	return nil
}

// waybillFields are the places for waybillColumns.
func waybillFields(w *waybill.Waybill) []any {
	zero := func(t *time.Time) any { return (*zeronull.Timestamptz)(t) }
	return []any{
		&w.BizID, &w.ID, &w.OrderID, &w.ShopAppID, &w.Service, &w.Status,
		&w.BookedAt, zero(&w.CollectedAt), zero(&w.ChargedAt), zero(&w.SignedAt), zero(&w.CancelledAt),
		(*identity)(&w.CancelledBy), &w.FromQuota, zero(&w.ScannedAt),
	}
}

// identity scans a nullable identity of a push.
type identity ledger.PushID

func (id *identity) ScanBytes(b []byte) error {
	*id = identity{}
	if b != nil && copy(id[:], b) != len(id) {
		return errors.New("identity of a push is not 32 bytes")
	}
	return nil
}
