package express

import (
	"maps"
	"slices"
	"time"

	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/events"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// The rows are locked in the order of their key, and locked from here to the
// COMMIT, which is in the same round trip. What has become of a row while it was
// waited for counts, and the schema refuses to go below zero.
const writeQuotas = `WITH locked AS MATERIALIZED (
		SELECT q.biz_id, d.change
		FROM quota q
		JOIN unnest($1::text[], $2::bigint[]) AS d (biz_id, change) ON q.biz_id = d.biz_id
		ORDER BY q.biz_id
		FOR NO KEY UPDATE OF q),
	written AS (
		UPDATE quota q
		SET remaining = q.remaining + l.change
		FROM locked l
		WHERE q.biz_id = l.biz_id
		RETURNING q.biz_id, q.remaining, l.change)`

var (
	changeQuotas = writeQuotas + countQuotas

	// Only the database knows whether a booking takes a quota below the mark: batches
	// change one at the same time.
	changeQuotasWithEvents = writeQuotas + `,
	low AS (
		INSERT INTO event (at, kind, parcel, id, body)
		SELECT $3, 'merchant.quota_low', e.parcel, e.id, e.before || w.remaining || e.after
		FROM written w
		JOIN unnest($1::text[], $5::text[], $6::uuid[], $7::text[], $8::text[]) AS e (biz_id, parcel, id, before, after) ON e.biz_id = w.biz_id
		WHERE w.remaining < $4::bigint AND w.remaining - w.change >= $4::bigint
		ORDER BY w.biz_id)` + countQuotas

	countQuotas = batch.CountWritten(`(SELECT count(*) FROM locked)`)
)

// queueQuotas adds to what is left to merchants, or takes from it. One without a
// row has a monthly account, and stays without.
func queueQuotas(b *pgx.Batch, changes map[string]int64) {
	if len(changes) == 0 {
		return
	}
	bizIDs, by := sortedChanges(changes)
	b.Queue(changeQuotas, bizIDs, by)
}

// queueQuotasWithEvents is queueQuotas with the event of a merchant whose quota gets low.
func queueQuotasWithEvents(b *pgx.Batch, changes map[string]int64, w *events.Writer, low func(bizID string) events.QuotaLow) {
	if len(changes) == 0 {
		return
	}
	bizIDs, by := sortedChanges(changes)
	n := len(bizIDs)
	var now time.Time
	parcels, ids, before, after := make([]string, n), make([]pgtype.UUID, n), make([]string, n), make([]string, n)
	for i, id := range bizIDs {
		e := low(id)
		now, parcels[i], ids[i], before[i], after[i] = e.At, e.Parcel, e.ID, e.Before, e.After
	}
	b.Queue(changeQuotasWithEvents, bizIDs, by, now, w.QuotaMark, parcels, ids, before, after)
	w.Written()
}

func sortedChanges(changes map[string]int64) (bizIDs []string, by []int64) {
	bizIDs = slices.Sorted(maps.Keys(changes))
	by = make([]int64, len(bizIDs))
	for i, id := range bizIDs {
		by[i] = changes[id]
	}
	return bizIDs, by
}
