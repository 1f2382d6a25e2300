package instant_test

import "carrierhook/internal/store/storetest"

// These are just so many rows that Postgres plans as it does for a company's, whose
// plans are asked by `make prove`.
var someDeliveries = storetest.Scale{Orders: 10_000, Pushes: 30_000}

// A company's orders as they are after a while: those of 50 shops, and twenty steps
// each of the first hundred.
var grownOrders = []string{
	`INSERT INTO delivery_order SELECT 'S' || i % 50, 'D' || i, '', 1 FROM generate_series(0, {orders} - 1) AS i`,
	`INSERT INTO delivery_attempt (shop_id, order_id, attempt, waybill_id, push, wx_token, placed_at, expires_at, status, status_at, message,
			deliver_fen, coupon_fen, insurance_fen, metres, tips_fen, finish_code, pickup_code, tips_now_fen)
		SELECT shop_id, order_id, 1, 'Y' || substr(order_id, 2), sha256('x'), '', now(), now(), 101, now(), '', 1, 0, 0, 1, 0, 0, 0, 0 FROM delivery_order`,
	`INSERT INTO delivery_step SELECT shop_id, order_id, 1, n, 101, now(), '', now(), 'push'
		FROM delivery_order, generate_series(1, 20) AS n WHERE n = 1 OR length(order_id) <= 3`,
	`INSERT INTO delivery_details SELECT shop_id, order_id, 1, now(), '{}' FROM delivery_order`,
	`ANALYZE delivery_order, delivery_attempt, delivery_step, delivery_details`,
}

// grownOrder are pushes, every other one about an order: about as many in this month as in
// the one before it.
const grownOrder = `INSERT INTO push (biz_id, waybill_id, at, id, order_id, event, format, mode, identity, result_code, reason, repeat, took_us)
	SELECT 'S' || i / 2 % 50, 'Y' || i, $1::timestamptz + ($2::timestamptz - $1) * (i / ({pushes} + 1.0)), i, 'D' || i / 2 % {orders},
		CASE WHEN i % 2 = 0 THEN 'transport_add_order' ELSE 'cancel_waybill' END, 'xml', 'plain', sha256('x'), 0, 'accepted', false, 1
	FROM generate_series(1, {pushes}) AS i`
