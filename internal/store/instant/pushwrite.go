package instant

import (
	"maps"
	"slices"
	"time"

	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"

	"github.com/jackc/pgx/v5"
)

// Rows are written in the order of their keys: servers that place the same orders for
// the first time wait for each other, without a deadlock. The unique keys decide which
// was first.
const (
	insertOrders = `INSERT INTO delivery_order (shop_id, order_id, shop_no, attempt)
		SELECT shop_id, order_id, shop_no, attempt
		FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[]) AS q (shop_id, order_id, shop_no, attempt)`

	insertAttempts = `INSERT INTO delivery_attempt (shop_id, order_id, attempt, waybill_id, push, wx_token, placed_at, expires_at,
			expired, status, status_at, message, deliver_fen, coupon_fen, insurance_fen, metres, tips_fen, finish_code, pickup_code,
			tips_now_fen, tip_push, cancel_push, cancel_reason, deducted_fen, return_push, account)
		SELECT shop_id, order_id, attempt, waybill_id, push, wx_token, placed_at, expires_at,
			expired, status, status_at, message, deliver_fen, coupon_fen, insurance_fen, metres, tips_fen, finish_code, pickup_code,
			tips_now_fen, tip_push, cancel_push, cancel_reason, deducted_fen, return_push, account
		FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::bytea[], $6::text[], $7::timestamptz[], $8::timestamptz[],
			$9::boolean[], $10::integer[], $11::timestamptz[], $12::text[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[],
			$17::bigint[], $18::integer[], $19::integer[], $20::bigint[], $21::bytea[], $22::bytea[], $23::integer[], $24::bigint[], $25::bytea[], $26::text[])
			AS q (shop_id, order_id, attempt, waybill_id, push, wx_token, placed_at, expires_at,
			expired, status, status_at, message, deliver_fen, coupon_fen, insurance_fen, metres, tips_fen, finish_code, pickup_code,
			tips_now_fen, tip_push, cancel_push, cancel_reason, deducted_fen, return_push, account)`

	insertDetails = `INSERT INTO delivery_details (shop_id, order_id, attempt, expires_at, details)
		SELECT shop_id, order_id, attempt, expires_at, details::jsonb
		FROM unnest($1::text[], $2::text[], $3::integer[], $4::timestamptz[], $5::text[]) AS q (shop_id, order_id, attempt, expires_at, details)
		ON CONFLICT (shop_id, order_id, attempt) DO UPDATE SET (expires_at, details) = (excluded.expires_at, excluded.details)`
)

var updateOrders = batch.WriteAll(`UPDATE delivery_order o
	SET attempt = q.attempt
	FROM unnest($1::text[], $2::text[], $3::integer[]) AS q (shop_id, order_id, attempt)
	WHERE o.shop_id = q.shop_id AND o.order_id = q.order_id`, `$1::text[]`)

func (tx *pushTransaction) QueueWrite(b *pgx.Batch, kept []*pushJob) {
	done, resolved := batch.Split(kept)
	entries := make([]pushlog.Row, len(done))
	for i, j := range done {
		entries[i] = tx.store.ledger.Row(j.req.Push, string(j.decision.Reason), j.decision.Repeat)
		e := &entries[i]
		e.BizID, e.OrderID, e.WaybillID = j.req.ShopID, j.req.OrderID, j.req.WaybillID
		if number := j.decision.Attempt.WaybillID; number != "" {
			e.WaybillID = number
		}
	}
	changed, added := changedAttempts(tx.orders)
	queueOrders(b, tx.orders)
	queueChangedAttempts(b, changed)
	queueNewAttempts(b, added)
	queueDetails(b, tx.details)
	queueSteps(b, tx.steps)
	batch.QueueTouch(b, touchOrders, resolved, func(j *pushJob) batch.RowKey { return batch.RowKey{j.req.ShopID, j.req.OrderID} })
	pushlog.QueueRows(b, tx.Now, entries)
	tx.queueEvents(b, done)
	tx.QueueBindings(b, kept)
}

// queueOrders inserts the orders that are new, and updates the number of the last
// attempt of those that were placed again.
func queueOrders(b *pgx.Batch, orders map[orderKey]*loadedOrder) {
	var newShops, newIDs, shopNos, shops, ids []string
	var newLast, last []int32
	for _, k := range slices.SortedFunc(maps.Keys(orders), orderKey.compare) {
		p := orders[k]
		n := int32(len(p.Attempts))
		switch {
		case len(p.Attempts) == p.loaded:
		case p.loaded > 0:
			shops, ids, last = append(shops, k.shopID), append(ids, k.orderID), append(last, n)
		default:
			newShops, newIDs = append(newShops, k.shopID), append(newIDs, k.orderID)
			shopNos, newLast = append(shopNos, p.ShopNo), append(newLast, n)
		}
	}
	if len(newIDs) > 0 {
		b.Queue(insertOrders, newShops, newIDs, shopNos, newLast)
	}
	if len(ids) > 0 {
		b.Queue(updateOrders, shops, ids, last)
	}
}

// queueNewAttempts inserts attempts.
func queueNewAttempts(b *pgx.Batch, list []attemptOf) {
	if len(list) == 0 {
		return
	}
	n := len(list)
	shopIDs, orderIDs, numbers := attemptKeys(list)
	waybillIDs, tokens, messages, accounts := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	pushes, tipPushes, cancelPushes, returnPushes := make([][]byte, n), make([][]byte, n), make([][]byte, n), make([][]byte, n)
	placedAt, expiresAt, statusAt := make([]time.Time, n), make([]time.Time, n), make([]time.Time, n)
	expired, statuses := make([]bool, n), make([]int32, n)
	finish, pickup, reasons := make([]int32, n), make([]int32, n), make([]int32, n)
	deliver, coupon, insurance, metres := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	tips, tipsNow, deducted := make([]int64, n), make([]int64, n), make([]int64, n)
	for i, a := range list {
		waybillIDs[i], tokens[i], messages[i], accounts[i] = a.WaybillID, a.WXToken, pg.Storable(a.Message), a.Account
		pushes[i], tipPushes[i] = a.Push[:], nullablePush(&a.TipPush)
		cancelPushes[i], returnPushes[i] = nullablePush(&a.CancelPush), nullablePush(&a.ReturnPush)
		placedAt[i], expiresAt[i], statusAt[i] = a.PlacedAt, a.ExpiresAt, a.StatusAt
		expired[i], statuses[i] = a.Expired, int32(a.Status)
		finish[i], pickup[i], reasons[i] = int32(a.FinishCode), int32(a.PickupCode), int32(a.CancelReason)
		q := &a.Quote
		deliver[i], coupon[i], insurance[i], metres[i] = int64(q.Deliver), int64(q.Coupon), int64(q.Insurance), q.Metres
		tips[i], tipsNow[i], deducted[i] = int64(a.Tips), int64(a.TipsNow), int64(a.Deducted)
	}
	b.Queue(insertAttempts, shopIDs, orderIDs, numbers, waybillIDs, pushes, tokens, placedAt, expiresAt,
		expired, statuses, statusAt, messages, deliver, coupon, insurance, metres, tips, finish, pickup,
		tipsNow, tipPushes, cancelPushes, reasons, deducted, returnPushes, accounts)
}

// queueDetails writes the personal data of new attempts.
func queueDetails(b *pgx.Batch, list []detailsRow) {
	if len(list) == 0 {
		return
	}
	var shopIDs, orderIDs, texts []string
	var numbers []int32
	var expiresAt []time.Time
	for _, d := range list {
		shopIDs, orderIDs = append(shopIDs, d.shopID), append(orderIDs, d.orderID)
		numbers, expiresAt, texts = append(numbers, int32(d.attempt)), append(expiresAt, d.expiresAt), append(texts, detailsText(d.order))
	}
	b.Queue(insertDetails, shopIDs, orderIDs, numbers, expiresAt, texts)
}
