package instant

import (
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

// step is a step of an attempt, to be recorded.
type step struct {
	key     orderKey
	attempt int
	delivery.Step
}

// The order is locked, so no other transaction numbers a step of it meanwhile. A time that
// was not said is Go's zero, the first moment of the year 1.
const insertSteps = `INSERT INTO delivery_step (shop_id, order_id, attempt, serial, status, at, message, agent, expected_at, recorded_at, recorded_by)
	SELECT shop_id, order_id, attempt, nr + coalesce((SELECT max(s.serial) FROM delivery_step s
			WHERE s.shop_id = q.shop_id AND s.order_id = q.order_id AND s.attempt = q.attempt), 0),
		status, at, message, nullif(agent, '')::jsonb, nullif(expected_at, '0001-01-01 00:00:00+00'), recorded_at, recorded_by
	FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[], $5::integer[], $6::timestamptz[], $7::text[],
		$8::text[], $9::timestamptz[], $10::timestamptz[], $11::text[])
		AS q (shop_id, order_id, attempt, nr, status, at, message, agent, expected_at, recorded_at, recorded_by)`

// queueSteps records steps, in the order in which they are given.
func queueSteps(b *pgx.Batch, steps []step) {
	if len(steps) == 0 {
		return
	}
	n := len(steps)
	shopIDs, orderIDs, messages, by := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	attempts, numbers, statuses := make([]int32, n), make([]int32, n), make([]int32, n)
	at, expectedAt, recordedAt := make([]time.Time, n), make([]time.Time, n), make([]time.Time, n)
	agents := make([]string, n)
	type attempt struct {
		key    orderKey
		number int
	}
	last := map[attempt]int32{}
	for i, s := range steps {
		of := attempt{s.key, s.attempt}
		last[of]++
		shopIDs[i], orderIDs[i], attempts[i], numbers[i] = s.key.shopID, s.key.orderID, int32(s.attempt), last[of]
		statuses[i], at[i], messages[i] = int32(s.Status), s.At, pg.Storable(s.Message)
		agents[i], expectedAt[i] = agentText(s.Agent), s.ExpectedAt
		recordedAt[i], by[i] = s.RecordedAt, pg.Storable(s.RecordedBy)
	}
	b.Queue(insertSteps, shopIDs, orderIDs, attempts, numbers, statuses, at, messages, agents, expectedAt, recordedAt, by)
}
