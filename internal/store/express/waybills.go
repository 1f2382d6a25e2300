package express

import (
	"fmt"
	"slices"
	"time"

	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

// waybillColumns are those of a waybill w, in the order of waybillFields.
const waybillColumns = `w.biz_id, w.waybill_id, w.order_id, w.shop_app_id, w.service, w.status::text AS status,
	w.booked_at, w.collected_at, w.charged_at, w.signed_at, w.cancelled_at, w.cancel_push, w.from_quota, w.first_scan_at, w.account`

// No lock is waited for: of a waybill that another transaction has locked the ids come
// back in the last two columns, and nothing else. So a batch is not delayed by one of its
// waybills, and two batches cannot wait for each other, in whatever order they lock.
const (
	lockWaybills = `SELECT own.*, CASE WHEN own.ctid IS NULL THEN q.biz_id END, CASE WHEN own.ctid IS NULL THEN q.waybill_id END
		FROM unnest($1::text[], $2::text[]) AS q (biz_id, waybill_id)
		LEFT JOIN LATERAL (
			SELECT ` + waybillColumns + `, w.ctid
			FROM waybill w
			WHERE w.biz_id = q.biz_id AND w.waybill_id = q.waybill_id
			FOR UPDATE SKIP LOCKED) own ON true
		WHERE own.ctid IS NOT NULL
			OR (SELECT w.ctid FROM waybill w WHERE w.biz_id = q.biz_id AND w.waybill_id = q.waybill_id) IS NOT NULL`

	// The same by number alone, for numbers are unique for the carrier.
	lockNumbered = `SELECT own.*, '', CASE WHEN own.ctid IS NULL THEN q.waybill_id END
		FROM unnest($1::text[]) AS q (waybill_id)
		LEFT JOIN LATERAL (
			SELECT ` + waybillColumns + `, w.ctid
			FROM waybill w
			WHERE w.waybill_id = q.waybill_id
			FOR UPDATE SKIP LOCKED) own ON true
		WHERE own.ctid IS NOT NULL
			OR (SELECT w.ctid FROM waybill w WHERE w.waybill_id = q.waybill_id) IS NOT NULL`
)

// touchWaybills writes to the waybills of resolved jobs: see batch.QueueTouch.
var touchWaybills = batch.WriteAll(`UPDATE waybill w
		SET status = w.status
		FROM unnest($1::text[], $2::text[]) AS q (biz_id, waybill_id)
		WHERE w.biz_id = q.biz_id AND w.waybill_id = q.waybill_id`, `$1::text[]`)

// touchFound writes to the waybills of resolved jobs but those that the batch itself is
// about to make.
func touchFound[J any](b *pgx.Batch, made, resolved []J, key func(J) batch.RowKey) {
	isMade := map[batch.RowKey]bool{}
	for _, j := range made {
		isMade[key(j)] = true
	}
	batch.QueueTouch(b, touchWaybills, slices.DeleteFunc(resolved, func(j J) bool { return isMade[key(j)] }), key)
}

type waybillKey struct{ bizID, id string }

// loadedWaybill is a waybill as lockWaybills or lockNumbered found it.
type loadedWaybill struct {
	waybill.Waybill
	tid             pgtype.TID // where the row is for as long as it is locked
	lockedElsewhere bool       // by another transaction: only its ids are known
	moved           bool       // by a scan of the batch: it has to be written
}

// orNil is the waybill for the rules; nil where there is none.
func (w *loadedWaybill) orNil() *waybill.Waybill {
	if w == nil {
		return nil
	}
	return &w.Waybill
}

// loadLocked reads the answer to lockWaybills or lockNumbered.
func loadLocked(res pgx.BatchResults, each func(*loadedWaybill)) error {
	return eachWaybill(res, func(rows pgx.Rows) error {
		w := new(loadedWaybill)
		fields := append(waybillFields(&w.Waybill), &w.tid, nil, nil)
		if w.lockedElsewhere = rows.RawValues()[len(fields)-1] != nil; w.lockedElsewhere {
			clear(fields)
			fields[len(fields)-2], fields[len(fields)-1] = &w.BizID, &w.ID
		}
		if err := rows.Scan(fields...); err != nil {
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
	return append(make([]any, 0, 18), // room for what loadLocked reads besides
		&w.BizID, &w.ID, &w.OrderID, &w.ShopAppID, &w.Service, &w.Status,
		&w.BookedAt, zero(&w.CollectedAt), zero(&w.ChargedAt), zero(&w.SignedAt), zero(&w.CancelledAt),
		(*pushlog.Identity)(&w.CancelledBy), &w.FromQuota, zero(&w.ScannedAt), &w.Account,
	)
}
