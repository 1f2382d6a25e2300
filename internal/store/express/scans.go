package express

import (
	"fmt"
	"time"

	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

const (
	// A statement of its own after the locks: what was recorded while they were
	// waited for is seen. All scans of a waybill stand in the one month that the
	// waybill names; left to itself the planner would rather read all months and
	// look for the waybills among them.
	readKnownScans = `SELECT q.waybill_id, t.key, t.action, t.at, t.message
		FROM unnest($1::text[], $2::text[]) AS q (waybill_id, key)
		JOIN waybill w ON w.waybill_id = q.waybill_id
		CROSS JOIN LATERAL (
			SELECT s.key, s.action, s.at, s.message
			FROM scan s
			WHERE s.biz_id = w.biz_id AND s.waybill_id = w.waybill_id AND s.first_scan_at = w.first_scan_at AND s.key = q.key
			OFFSET 0) AS t`

	insertScans = `INSERT INTO scan (biz_id, waybill_id, first_scan_at, key, action, at, message, recorded_at, recorded_by)
		SELECT biz_id, waybill_id, first_scan_at, key, action, at, message, $1, recorded_by
		FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::integer[], $7::timestamptz[], $8::text[], $9::text[])
			AS q (biz_id, waybill_id, first_scan_at, key, action, at, message, recorded_by)`
)

// A time that has not come is Go's zero, the first moment of the year 1.
var moveWaybills = batch.WriteAll(`UPDATE waybill w
		SET status = q.status::waybill_status, from_quota = q.from_quota, first_scan_at = q.first_scan_at,
			collected_at = nullif(q.collected_at, '0001-01-01 00:00:00+00'),
			signed_at = nullif(q.signed_at, '0001-01-01 00:00:00+00'),
			cancelled_at = nullif(q.cancelled_at, '0001-01-01 00:00:00+00')
		FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[], $8::boolean[])
			AS q (biz_id, waybill_id, status, collected_at, signed_at, cancelled_at, first_scan_at, from_quota)
		WHERE w.biz_id = q.biz_id AND w.waybill_id = q.waybill_id`, `$1::text[]`)

// loadKnown reads the answer to readKnownScans.
func (tx *scanTransaction) loadKnown(res pgx.BatchResults) error {
	tx.recorded = map[scanKey]*waybill.RecordedScan{}
	err := pg.EachRow(res, func(rows pgx.Rows) error {
		var waybillID string
		t := new(waybill.RecordedScan)
		err := rows.Scan(&waybillID, &t.Key, &t.Action, &t.At, &t.Message)
		tx.recorded[scanKey{waybillID, t.Key}] = t
		return err
	})
	if err != nil {
		return fmt.Errorf("read scans: %w", err)
	}
	return nil
}

// queueScans writes the scans that are to be recorded.
func (tx *scanTransaction) queueScans(b *pgx.Batch, fresh []*scanJob) {
	var recorded []*scanJob
	for _, j := range fresh {
		if j.Writes() {
			recorded = append(recorded, j)
		}
	}
	n := len(recorded)
	if n == 0 {
		return
	}
	bizIDs, waybillIDs, keys := make([]string, n), make([]string, n), make([]string, n)
	scannedAt, at := make([]time.Time, n), make([]time.Time, n)
	actions, messages, by := make([]int32, n), make([]string, n), make([]string, n)
	for i, j := range recorded {
		w := &j.decision.Waybill
		bizIDs[i], waybillIDs[i], keys[i] = w.BizID, w.ID, j.req.Key
		scannedAt[i], at[i] = w.ScannedAt, j.req.At
		actions[i], messages[i], by[i] = int32(j.req.Action), j.req.Message, j.req.By
	}
	b.Queue(insertScans, tx.Now, bizIDs, waybillIDs, scannedAt, keys, actions, at, messages, by)
}
