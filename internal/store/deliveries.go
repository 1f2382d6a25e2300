package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"

	"github.com/jackc/pgx/v5"
)

// attemptColumns are those of an attempt a, in the order of attemptFields.
const attemptColumns = `a.attempt, a.waybill_id, a.push, a.wx_token, a.placed_at, a.expires_at, a.expired, a.status, a.status_at, a.message,
	a.deliver_fen, a.coupon_fen, a.insurance_fen, a.metres, a.tips_fen, a.finish_code, a.pickup_code,
	a.tips_now_fen, a.tip_push, a.cancel_push, a.cancel_reason, a.deducted_fen, a.return_push`

// attemptFields are what attemptColumns are scanned into.
func attemptFields(a *delivery.Attempt) []any {
	return []any{
		&a.Number, &a.WaybillID, (*pushlog.Identity)(&a.Push), &a.WXToken, &a.PlacedAt, &a.ExpiresAt, &a.Expired, &a.Status, &a.StatusAt, &a.Message,
		&a.Quote.Deliver, &a.Quote.Coupon, &a.Quote.Insurance, &a.Quote.Metres, &a.Tips, &a.FinishCode, &a.PickupCode,
		&a.TipsNow, (*pushlog.Identity)(&a.TipPush), (*pushlog.Identity)(&a.CancelPush), &a.CancelReason, &a.Deducted, (*pushlog.Identity)(&a.ReturnPush),
	}
}

// As with waybills nobody is waited for: an order that somebody else has locked
// comes back as locked.
//
// The attempts are read after it, by a statement of their own, which sees all that
// was committed before the lock was had. They alone, without the lock, are of one
// moment too: a question is answered with them, and waits for nobody.
const (
	lockOrders = `WITH own AS MATERIALIZED (
			SELECT o.shop_id, o.order_id, o.shop_no
			FROM delivery_order o
			JOIN unnest($1::text[], $2::text[]) AS q (shop_id, order_id)
				ON o.shop_id = q.shop_id AND o.order_id = q.order_id
			ORDER BY o.shop_id, o.order_id
			FOR UPDATE OF o SKIP LOCKED),
		missing AS MATERIALIZED (
			SELECT q.shop_id, q.order_id
			FROM unnest($1::text[], $2::text[]) AS q (shop_id, order_id)
			WHERE (q.shop_id, q.order_id) NOT IN (SELECT l.shop_id, l.order_id FROM own l))
		SELECT shop_id, order_id, shop_no, false FROM own
		UNION ALL
		SELECT o.shop_id, o.order_id, o.shop_no, true
		FROM missing q
		JOIN delivery_order o ON o.shop_id = q.shop_id AND o.order_id = q.order_id`

	readAttempts = `SELECT o.shop_id, o.order_id, o.shop_no, ` + attemptColumns + `
		FROM unnest($1::text[], $2::text[]) AS q (shop_id, order_id)
		JOIN delivery_order o ON o.shop_id = q.shop_id AND o.order_id = q.order_id
		JOIN delivery_attempt a ON a.shop_id = q.shop_id AND a.order_id = q.order_id
		ORDER BY o.shop_id, o.order_id, a.attempt`

	updateAttempts = `UPDATE delivery_attempt a
		SET (expired, status, status_at, message, tips_now_fen, tip_push, cancel_push, cancel_reason, deducted_fen, return_push) =
			(q.expired, q.status, q.status_at, q.message, q.tips_now_fen, q.tip_push, q.cancel_push, q.cancel_reason, q.deducted_fen, q.return_push)
		FROM unnest($1::text[], $2::text[], $3::integer[], $4::boolean[], $5::integer[], $6::timestamptz[], $7::text[],
			$8::bigint[], $9::bytea[], $10::bytea[], $11::integer[], $12::bigint[], $13::bytea[])
			AS q (shop_id, order_id, attempt, expired, status, status_at, message, tips_now_fen, tip_push, cancel_push, cancel_reason, deducted_fen, return_push)
		WHERE a.shop_id = q.shop_id AND a.order_id = q.order_id AND a.attempt = q.attempt`

	// The order is locked, so that the steps which are there stay as many.
	insertSteps = `INSERT INTO delivery_step (shop_id, order_id, attempt, serial, status, at, message, recorded_at, recorded_by)
		SELECT shop_id, order_id, attempt, place + coalesce((SELECT max(s.serial) FROM delivery_step s
				WHERE s.shop_id = q.shop_id AND s.order_id = q.order_id AND s.attempt = q.attempt), 0),
			status, at, message, recorded_at, recorded_by
		FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[], $5::integer[], $6::timestamptz[], $7::text[],
			$8::timestamptz[], $9::text[])
			AS q (shop_id, order_id, attempt, place, status, at, message, recorded_at, recorded_by)`
)

type deliveryKey struct{ shopID, orderID string }

func (k deliveryKey) compare(l deliveryKey) int {
	if c := strings.Compare(k.shopID, l.shopID); c != 0 {
		return c
	}
	return strings.Compare(k.orderID, l.orderID)
}

// placed is an order as a batch finds it and leaves it.
type placed struct {
	delivery.PlacedOrder

	// locked is set where this transaction has no lock on the order: another one has
	// it, or the order was placed in between, or no lock was asked for.
	locked bool

	had     int          // attempts that are on record; none: the order is new
	touched map[int]bool // which of those are to be written, by number
}

// scanOrders reads the answers to lockOrders and to readAttempts.
func loadOrders(res pgx.BatchResults) (map[deliveryKey]*placed, error) {
	orders := map[deliveryKey]*placed{}
	err := pg.EachRow(res, func(rows pgx.Rows) error {
		var k deliveryKey
		p := &placed{}
		err := rows.Scan(&k.shopID, &k.orderID, &p.ShopNo, &p.locked)
		orders[k] = p
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("lock orders: %w", err)
	}
	err = pg.EachRow(res, func(rows pgx.Rows) error {
		var k deliveryKey
		var shopNo string
		var a delivery.Attempt
		if err := rows.Scan(append([]any{&k.shopID, &k.orderID, &shopNo}, attemptFields(&a)...)...); err != nil {
			return err
		}
		p := orders[k]
		if p == nil {
			p = &placed{locked: true}
			p.ShopNo, orders[k] = shopNo, p
		}
		p.Attempts, p.had = append(p.Attempts, a), p.had+1
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read attempts: %w", err)
	}
	return orders, nil
}

// put makes an attempt what it is now. It is one of those that are there, or the
// next.
func (p *placed) put(a delivery.Attempt) {
	if a.Number > len(p.Attempts) {
		p.Attempts = append(p.Attempts, a)
		return
	}
	p.Attempts[a.Number-1] = a
	if p.touched == nil {
		p.touched = map[int]bool{}
	}
	p.touched[a.Number] = true
}

// attemptOf is an attempt with its order.
type attemptOf struct {
	deliveryKey
	*delivery.Attempt
}

// changed gives the attempts that were on record and are to be written, and new
// those that were not, both in the order of their keys.
func changed(orders map[deliveryKey]*placed) (old, fresh []attemptOf) {
	for _, k := range slices.SortedFunc(maps.Keys(orders), deliveryKey.compare) {
		p := orders[k]
		for i := range p.Attempts {
			a := attemptOf{k, &p.Attempts[i]}
			switch {
			case a.Number > p.had:
				fresh = append(fresh, a)
			case p.touched[a.Number]:
				old = append(old, a)
			}
		}
	}
	return old, fresh
}

// queueAttempts writes all that changes in an attempt's life.
func queueAttempts(b *pgx.Batch, list []attemptOf) {
	if len(list) == 0 {
		return
	}
	n := len(list)
	shopIDs, orderIDs, numbers := attemptKeys(list)
	expired, statuses, at, messages := make([]bool, n), make([]int32, n), make([]time.Time, n), make([]string, n)
	tips, deducted, reasons := make([]int64, n), make([]int64, n), make([]int32, n)
	tipPushes, cancelPushes, returnPushes := make([][]byte, n), make([][]byte, n), make([][]byte, n)
	for i, a := range list {
		expired[i], statuses[i], at[i], messages[i] = a.Expired, int32(a.Status), a.StatusAt, pg.Storable(a.Message)
		tips[i], deducted[i], reasons[i] = int64(a.TipsNow), int64(a.Deducted), int32(a.CancelReason)
		tipPushes[i], cancelPushes[i], returnPushes[i] = orNoPush(&a.TipPush), orNoPush(&a.CancelPush), orNoPush(&a.ReturnPush)
	}
	b.Queue(updateAttempts, shopIDs, orderIDs, numbers, expired, statuses, at, messages, tips, tipPushes, cancelPushes, reasons, deducted, returnPushes)
}

func attemptKeys(list []attemptOf) (shopIDs, orderIDs []string, numbers []int32) {
	for _, a := range list {
		shopIDs, orderIDs, numbers = append(shopIDs, a.shopID), append(orderIDs, a.orderID), append(numbers, int32(a.Number))
	}
	return shopIDs, orderIDs, numbers
}

// step is a step of an attempt.
type step struct {
	key     deliveryKey
	attempt int
	delivery.Step
}

// queueSteps records steps, in the order in which they are given.
func queueSteps(b *pgx.Batch, steps []step) {
	if len(steps) == 0 {
		return
	}
	n := len(steps)
	shopIDs, orderIDs, messages, by := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	attempts, places, statuses := make([]int32, n), make([]int32, n), make([]int32, n)
	at, recordedAt := make([]time.Time, n), make([]time.Time, n)
	type attempt struct {
		key    deliveryKey
		number int
	}
	last := map[attempt]int32{}
	for i, s := range steps {
		of := attempt{s.key, s.attempt}
		last[of]++
		shopIDs[i], orderIDs[i], attempts[i], places[i] = s.key.shopID, s.key.orderID, int32(s.attempt), last[of]
		statuses[i], at[i], messages[i] = int32(s.Status), s.At, pg.Storable(s.Message)
		recordedAt[i], by[i] = s.RecordedAt, pg.Storable(s.RecordedBy)
	}
	b.Queue(insertSteps, shopIDs, orderIDs, attempts, places, statuses, at, messages, recordedAt, by)
}

// orNoPush makes the identity of no push NULL.
func orNoPush(id *ledger.PushID) []byte {
	if *id == [32]byte{} {
		return nil
	}
	return id[:]
}
