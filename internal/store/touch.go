package store

import (
	"cmp"
	"slices"
	"strings"

	"carrierhook/internal/store/batch"

	"github.com/jackc/pgx/v5"
)

// What is resolved, that is, found committed before, is written to without a change:
// the commit of that waits behind the one that did it, also for a standby.
const (
	touchWaybills = `UPDATE waybill w
		SET status = w.status
		FROM unnest($1::text[], $2::text[]) AS q (biz_id, waybill_id)
		WHERE w.biz_id = q.biz_id AND w.waybill_id = q.waybill_id`

	touchOrders = `UPDATE delivery_order o
		SET attempt = o.attempt
		FROM unnest($1::text[], $2::text[]) AS q (shop_id, order_id)
		WHERE o.shop_id = q.shop_id AND o.order_id = q.order_id`
)

// rowKey is the key of a row: of a merchant and a waybill, or a shop and an order.
type rowKey [2]string

func keysOfResolved[J batch.Job](resolved []J, key func(J) rowKey) []rowKey {
	keys := make([]rowKey, len(resolved))
	for i, j := range resolved {
		keys[i] = key(j)
	}
	return keys
}

// queueTouched touches rows, each once and in the order of locks.
func queueTouched(b *pgx.Batch, sql string, keys []rowKey) {
	if len(keys) == 0 {
		return
	}
	slices.SortFunc(keys, func(x, y rowKey) int {
		return cmp.Or(strings.Compare(x[0], y[0]), strings.Compare(x[1], y[1]))
	})
	var owners, ids []string
	for _, k := range slices.Compact(keys) {
		owners, ids = append(owners, k[0]), append(ids, k[1])
	}
	b.Queue(sql, owners, ids)
}
