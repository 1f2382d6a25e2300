package batch

import (
	"cmp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// RowKey is the key of a row: of a merchant and a waybill, or a shop and an order.
type RowKey [2]string

// QueueTouch writes to the rows of resolved jobs without changing them, each once and
// in the order of locks. The commit of this write comes after the commit that made the
// change, so a synchronous standby that has the second has the first. The statement
// takes the two columns of the keys.
func QueueTouch[J any](b *pgx.Batch, sql string, resolved []J, key func(J) RowKey) {
	if len(resolved) == 0 {
		return
	}
	keys := make([]RowKey, len(resolved))
	for i, j := range resolved {
		keys[i] = key(j)
	}
	slices.SortFunc(keys, func(x, y RowKey) int {
		return cmp.Or(strings.Compare(x[0], y[0]), strings.Compare(x[1], y[1]))
	})
	var owners, ids []string
	for _, k := range slices.Compact(keys) {
		owners, ids = append(owners, k[0]), append(ids, k[1])
	}
	b.Queue(sql, owners, ids)
}
