package express

import (
	"fmt"
	"time"

	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

// waybillColumns are those of a waybill w, in the order of waybillFields.
const waybillColumns = `w.biz_id, w.waybill_id, w.order_id, w.shop_app_id, w.service, w.status::text AS status,
	w.booked_at, w.collected_at, w.charged_at, w.signed_at, w.cancelled_at, w.cancel_push, w.from_quota, w.first_scan_at`

// lockedColumns are what is known of a waybill that another transaction has locked:
// its ids.
const lockedColumns = `w.biz_id, w.waybill_id, '', '', '', '', w.booked_at, NULL, NULL, NULL, NULL, NULL, false, NULL`

// No lock is waited for: a waybill that another transaction has locked comes back
// with true in the last column. So a batch is not delayed by one of its waybills, and
// two batches cannot wait for each other, in whatever order they lock.
const (
	lockWaybills = `WITH own AS MATERIALIZED (
			SELECT ` + waybillColumns + `
			FROM waybill w
			JOIN unnest($1::text[], $2::text[]) AS q (biz_id, waybill_id)
				ON w.biz_id = q.biz_id AND w.waybill_id = q.waybill_id
			ORDER BY w.biz_id, w.waybill_id
			FOR UPDATE OF w SKIP LOCKED),
		missing AS MATERIALIZED (
			SELECT q.biz_id, q.waybill_id
			FROM unnest($1::text[], $2::text[]) AS q (biz_id, waybill_id)
			WHERE (q.biz_id, q.waybill_id) NOT IN (SELECT l.biz_id, l.waybill_id FROM own l))
		SELECT own.*, false FROM own
		UNION ALL
		SELECT ` + lockedColumns + `, true
		FROM missing q
		JOIN waybill w ON w.biz_id = q.biz_id AND w.waybill_id = q.waybill_id`

	// The same by number alone, for numbers are unique for the carrier.
	lockNumbered = `WITH own AS MATERIALIZED (
			SELECT ` + waybillColumns + `
			FROM waybill w
			JOIN unnest($1::text[]) AS q (waybill_id) ON w.waybill_id = q.waybill_id
			ORDER BY w.biz_id, w.waybill_id
			FOR UPDATE OF w SKIP LOCKED),
		missing AS MATERIALIZED (
			SELECT q.waybill_id
			FROM unnest($1::text[]) AS q (waybill_id)
			WHERE q.waybill_id NOT IN (SELECT l.waybill_id FROM own l))
		SELECT own.*, false FROM own
		UNION ALL
		SELECT ` + lockedColumns + `, true
		FROM missing q
		JOIN waybill w ON w.waybill_id = q.waybill_id`
)

// touchWaybills writes to the waybills of resolved jobs: see batch.QueueTouch.
const touchWaybills = `UPDATE waybill w
		SET status = w.status
		FROM unnest($1::text[], $2::text[]) AS q (biz_id, waybill_id)
		WHERE w.biz_id = q.biz_id AND w.waybill_id = q.waybill_id`

type waybillKey struct{ bizID, id string }

// loadedWaybill is a waybill as lockWaybills or lockNumbered found it.
type loadedWaybill struct {
	waybill.Waybill
	lockedElsewhere bool // by another transaction: only its ids are known
	moved           bool // by a scan of the batch: it has to be written
}

// known is the waybill for the rules; nil where there is none.
func (w *loadedWaybill) known() *waybill.Waybill {
	if w == nil {
		return nil
	}
	return &w.Waybill
}

// loadLocked reads the answer to lockWaybills or lockNumbered.
func loadLocked(res pgx.BatchResults, each func(*loadedWaybill)) error {
	return eachWaybill(res, func(rows pgx.Rows) error {
		w := new(loadedWaybill)
		if err := rows.Scan(append(waybillFields(&w.Waybill), &w.lockedElsewhere)...); err != nil {
			return err
		}
		each(w)
		return nil
	})
}

// loadWaybills reads the next answer of a batch, whose columns are waybillColumns.
func loadWaybills(res pgx.BatchResults, each func(*waybill.Waybill)) error {
	return eachWaybill(res, func(rows pgx.Rows) error {
		w := new(waybill.Waybill)
		if err := rows.Scan(waybillFields(w)...); err != nil {
			return err
		}
		each(w)
		return nil
	})
}

func eachWaybill(res pgx.BatchResults, row func(pgx.Rows) error) error {
	if err := pg.EachRow(res, row); err != nil {
		return fmt.Errorf("read waybills: %w", err)
	}
	return nil
}

// waybillFields are what waybillColumns are scanned into.
func waybillFields(w *waybill.Waybill) []any {
	zero := func(t *time.Time) any { return (*zeronull.Timestamptz)(t) }
	return append(make([]any, 0, 15), // room for whether it is locked
		&w.BizID, &w.ID, &w.OrderID, &w.ShopAppID, &w.Service, &w.Status,
		&w.BookedAt, zero(&w.CollectedAt), zero(&w.ChargedAt), zero(&w.SignedAt), zero(&w.CancelledAt),
		(*pushlog.Identity)(&w.CancelledBy), &w.FromQuota, zero(&w.ScannedAt),
	)
}
