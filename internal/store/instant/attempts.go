package instant

import (
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"

	"github.com/jackc/pgx/v5"
)

// attemptColumns are those of an attempt a, in the order of attemptFields.
const attemptColumns = `a.attempt, a.waybill_id, a.push, a.wx_token, a.placed_at, a.expires_at, a.expired, a.status, a.status_at, a.message,
	a.deliver_fen, a.coupon_fen, a.insurance_fen, a.metres, a.tips_fen, a.finish_code, a.pickup_code,
	a.tips_now_fen, a.tip_push, a.cancel_push, a.cancel_reason, a.deducted_fen, a.return_push, a.account`

// attemptFields are what attemptColumns are scanned into.
func attemptFields(a *delivery.Attempt) []any {
	return []any{
		&a.Number, &a.WaybillID, (*pushlog.Identity)(&a.Push), &a.WXToken, &a.PlacedAt, &a.ExpiresAt, &a.Expired, &a.Status, &a.StatusAt, &a.Message,
		&a.Quote.Deliver, &a.Quote.Coupon, &a.Quote.Insurance, &a.Quote.Metres, &a.Tips, &a.FinishCode, &a.PickupCode,
		&a.TipsNow, (*pushlog.Identity)(&a.TipPush), (*pushlog.Identity)(&a.CancelPush), &a.CancelReason, &a.Deducted, (*pushlog.Identity)(&a.ReturnPush),
		&a.Account,
	}
}

var updateAttempts = batch.WriteAll(`UPDATE delivery_attempt a
	SET (expired, status, status_at, message, tips_now_fen, tip_push, cancel_push, cancel_reason, deducted_fen, return_push) =
		(q.expired, q.status, q.status_at, q.message, q.tips_now_fen, q.tip_push, q.cancel_push, q.cancel_reason, q.deducted_fen, q.return_push)
	FROM unnest($1::text[], $2::text[], $3::integer[], $4::boolean[], $5::integer[], $6::timestamptz[], $7::text[],
		$8::bigint[], $9::bytea[], $10::bytea[], $11::integer[], $12::bigint[], $13::bytea[])
		AS q (shop_id, order_id, attempt, expired, status, status_at, message, tips_now_fen, tip_push, cancel_push, cancel_reason, deducted_fen, return_push)
	WHERE a.shop_id = q.shop_id AND a.order_id = q.order_id AND a.attempt = q.attempt`, `$1::text[]`)

// queueChangedAttempts updates the columns of attempts that can change.
func queueChangedAttempts(b *pgx.Batch, list []attemptOf) {
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
		tipPushes[i], cancelPushes[i], returnPushes[i] = nullablePush(&a.TipPush), nullablePush(&a.CancelPush), nullablePush(&a.ReturnPush)
	}
	b.Queue(updateAttempts, shopIDs, orderIDs, numbers, expired, statuses, at, messages, tips, tipPushes, cancelPushes, reasons, deducted, returnPushes)
}

func attemptKeys(list []attemptOf) (shopIDs, orderIDs []string, numbers []int32) {
	for _, a := range list {
		shopIDs, orderIDs, numbers = append(shopIDs, a.shopID), append(orderIDs, a.orderID), append(numbers, int32(a.Number))
	}
	return shopIDs, orderIDs, numbers
}

// nullablePush makes the zero identity NULL.
func nullablePush(id *ledger.PushID) []byte {
	if *id == [32]byte{} {
		return nil
	}
	return id[:]
}
