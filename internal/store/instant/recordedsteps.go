package instant

import (
	"fmt"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

// stepKey identifies a step: a report with the same key is the same report again.
type stepKey struct {
	orderKey
	waybillID string
	status    delivery.Status
	at        int64 // whole seconds
	message   string
}

func (j *statusJob) stepKey() stepKey {
	return stepKey{j.key(), j.req.WaybillID, j.req.Status, j.req.At.Unix(), j.req.Message}
}

// A statement of its own after the locks: it sees what was committed before they were
// taken. It reads the steps of the reports' attempts only.
const readRecordedSteps = `SELECT q.nr, t.recorded_at
	FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::timestamptz[], $6::text[])
		WITH ORDINALITY AS q (shop_id, order_id, waybill_id, status, at, message, nr)
	JOIN delivery_attempt a ON a.shop_id = q.shop_id AND a.order_id = q.order_id AND a.waybill_id = q.waybill_id
	CROSS JOIN LATERAL (
		SELECT s.recorded_at
		FROM delivery_step s
		WHERE s.shop_id = a.shop_id AND s.order_id = a.order_id AND s.attempt = a.attempt
			AND s.status = q.status AND s.at = q.at AND s.message = q.message
		LIMIT 1) AS t`

func queueRecordedSteps(b *pgx.Batch, keys []stepKey) {
	n := len(keys)
	shopIDs, orderIDs, waybillIDs := make([]string, n), make([]string, n), make([]string, n)
	statuses, at, messages := make([]int32, n), make([]time.Time, n), make([]string, n)
	for i, k := range keys {
		shopIDs[i], orderIDs[i], waybillIDs[i] = k.shopID, k.orderID, k.waybillID
		statuses[i], at[i], messages[i] = int32(k.status), time.Unix(k.at, 0), k.message
	}
	b.Queue(readRecordedSteps, shopIDs, orderIDs, waybillIDs, statuses, at, messages)
}

// loadRecordedSteps reads the result of readRecordedSteps: when the steps that exist
// were recorded.
func loadRecordedSteps(res pgx.BatchResults, keys []stepKey) (map[stepKey]time.Time, error) {
	recorded := map[stepKey]time.Time{}
	err := pg.EachRow(res, func(rows pgx.Rows) error {
		var nr int64
		var at time.Time
		if err := rows.Scan(&nr, &at); err != nil {
			return err
		}
		recorded[keys[nr-1]] = at
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read steps: %w", err)
	}
	return recorded, nil
}
