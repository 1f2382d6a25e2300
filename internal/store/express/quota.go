package express

import (
	"maps"
	"slices"

	"carrierhook/internal/store/batch"

	"github.com/jackc/pgx/v5"
)

// The rows are locked in the order of their key, and locked from here to the
// COMMIT, which is in the same round trip. What has become of a row while it was
// waited for counts, and the schema refuses to go below zero.
var changeQuotas = `WITH locked AS MATERIALIZED (
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
		RETURNING true)` + batch.CountWritten(`(SELECT count(*) FROM locked)`)

// queueQuotas adds to what is left to merchants, or takes from it. One without a
// row has a monthly account, and stays without.
func queueQuotas(b *pgx.Batch, changes map[string]int64) {
	if len(changes) == 0 {
		return
	}
	bizIDs := slices.Sorted(maps.Keys(changes))
	by := make([]int64, len(bizIDs))
	for i, id := range bizIDs {
		by[i] = changes[id]
	}
	b.Queue(changeQuotas, bizIDs, by)
}
