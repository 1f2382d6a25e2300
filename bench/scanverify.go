package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// What the replies said, beside what is on record. The states are those of the
// furthest stage, whatever came first.
const (
	makeReplies = `CREATE TEMP TABLE IF NOT EXISTS reply (biz_id text COLLATE "C", waybill_id text COLLATE "C",
		key text COLLATE "C", action int, at timestamptz, message text, recorded bool)`

	lostScans = `SELECT count(*) FROM reply t LEFT JOIN scan s USING (biz_id, waybill_id, key)
		WHERE t.recorded AND (s.action, s.at, s.message) IS DISTINCT FROM (t.action, t.at, t.message)`

	strangeScans = `SELECT count(*) FROM scan s LEFT JOIN reply t USING (biz_id, waybill_id, key) WHERE t.key IS NULL`

	wrongStates = `SELECT count(*) FROM (
			SELECT biz_id, waybill_id, max(action) AS action, min(at) AS collected_at,
				min(at) FILTER (WHERE action = 300003) AS signed_at
			FROM reply GROUP BY biz_id, waybill_id HAVING bool_and(recorded)
		) AS t LEFT JOIN waybill w USING (biz_id, waybill_id)
		WHERE w.status::text IS DISTINCT FROM CASE t.action WHEN 100001 THEN 'collected' WHEN 200001 THEN 'in_transit'
				WHEN 300002 THEN 'out_for_delivery' WHEN 300003 THEN 'signed' END
			OR w.collected_at IS DISTINCT FROM t.collected_at OR w.signed_at IS DISTINCT FROM t.signed_at
			OR w.first_scan_at IS NULL`

	strayStates = `SELECT count(*) FROM waybill w
		WHERE (status NOT IN ('booked', 'cancelled') OR collected_at IS NOT NULL OR first_scan_at IS NOT NULL)
			AND NOT EXISTS (SELECT FROM reply t WHERE (t.biz_id, t.waybill_id) = (w.biz_id, w.waybill_id))`

	unscan = `UPDATE waybill SET status = 'booked', collected_at = NULL, signed_at = NULL, first_scan_at = NULL
		WHERE status NOT IN ('booked', 'cancelled') OR first_scan_at IS NOT NULL`
)

// verifyScans compares the scans and the waybills in the database with the replies:
// every scan that was answered recorded is there as it was sent, nothing else is,
// and each waybill is as far as its scans say.
func (w *database) verifyScans(ctx context.Context) error {
	if err := w.exec(ctx, makeReplies, "TRUNCATE reply"); err != nil {
		return err
	}
	rows := pgx.CopyFromSlice(len(w.scanned), func(i int) ([]any, error) {
		s := w.scanned[i]
		return []any{
			strconv.Itoa(firstBiz + s.waybill%merchants), strconv.Itoa(firstWaybill + s.waybill), s.key(),
			stages[s.stage].action, s.when, stages[s.stage].message, s.recorded,
		}, nil
	})
	columns := []string{"biz_id", "waybill_id", "key", "action", "at", "message", "recorded"}
	if _, err := w.conn.CopyFrom(ctx, pgx.Identifier{"reply"}, columns, rows); err != nil {
		return err
	}
	// Nothing is known of the scans' table yet, and Postgres may take it for empty.
	if err := w.exec(ctx, "ANALYZE reply", "SET enable_nestloop = off"); err != nil {
		return err
	}
	var wrong error
	for _, check := range []struct{ sql, what string }{
		{lostScans, "scans were answered recorded, and are not on record as they were sent"},
		{strangeScans, "scans are on record that nobody sent"},
		{wrongStates, "waybills are in another state than their scans say"},
		{strayStates, "waybills have moved without a scan"},
	} {
		var n int
		if err := w.conn.QueryRow(ctx, check.sql).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			wrong = errors.Join(wrong, fmt.Errorf("%d %s", n, check.what))
		}
	}
	return wrong
}

// sent is what a reply said of a scan, and when that was said to have happened.
type sent struct {
	scanReply
	when time.Time
}

// noteScans notes what replies to scans of one beginning said.
func (w *database) noteScans(began time.Time, t tally) {
	for _, s := range t.scans {
		w.scanned = append(w.scanned, sent{s, s.at(began)})
	}
}

// unscanned puts the waybills back that scans have moved, after a check that
// they are where they should be.
func (w *database) unscanned(ctx context.Context) error {
	if len(w.scanned) == 0 {
		return nil
	}
	if err := w.verifyScans(ctx); err != nil {
		return err
	}
	w.scanned = nil
	return w.exec(ctx, unscan, "TRUNCATE scan")
}
