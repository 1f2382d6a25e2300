package storetest

import "testing"

// SomeTables have just so many rows that Postgres plans as it does for a carrier's, whose
// plans are asked by `make prove`, of WholeTables: with fewer merchants it would rightly
// read the quotas of all for 256 of them.
var (
	SomeTables  = Scale{Merchants: 40_000, Waybills: 50_000, Scans: 5_000, Shops: 1_000, Orders: 10_000, Pushes: 30_000}
	WholeTables = Scale{Merchants: 100_000, Waybills: 1_000_000, Scans: 100_000, Shops: 20_000, Orders: 200_000, Pushes: 600_000}
)

// GrowTables fills a carrier's tables as they are after a while: merchants and their
// waybills, every fifth of them booked by a push, every tenth scanned in one of three
// months, every other merchant prepaid; and shops and their orders, every fifth of them
// placed twice. A waybill number may be in the tables of both. The constraints are made
// after the rows, which is several times faster.
func (d Database) GrowTables(t *testing.T, s Scale) {
	t.Helper()
	d.Grow(t, s, grownTables...)
}

var grownTables = []string{
	`INSERT INTO merchant (biz_id, password_hash) SELECT 'M' || i, '' FROM generate_series(1, {merchants}) AS i`,
	`INSERT INTO merchant_review (biz_id, shop_app_id, state, requested_at, push) SELECT 'M' || i, 'wx', 'pending', now(), sha256('') FROM generate_series(1, {merchants}) AS i`,
	`INSERT INTO quota SELECT 'M' || i, 1000 FROM generate_series(1, {merchants}, 2) AS i`,
	`ALTER TABLE waybill DROP CONSTRAINT waybill_pkey, DROP CONSTRAINT order_has_one_waybill, DROP CONSTRAINT waybill_number_is_unique`,
	`INSERT INTO waybill (biz_id, waybill_id, order_id, first_scan_at) SELECT 'M' || 1 + i % {merchants}, 'W' || i, 'O' || i,
		CASE WHEN i % 10 = 0 THEN date_trunc('month', now(), 'UTC') + interval '14 days' + i % 30 / 10 * interval '1 month' END FROM generate_series(1, {waybills}) AS i`,
	`ALTER TABLE waybill ADD CONSTRAINT waybill_pkey PRIMARY KEY (biz_id, waybill_id),
		ADD CONSTRAINT order_has_one_waybill UNIQUE (biz_id, order_id), ADD CONSTRAINT waybill_number_is_unique UNIQUE (waybill_id)`,
	`INSERT INTO booking SELECT biz_id, waybill_id, '', '##', 1, 1, 1, 1, 1, 1 FROM waybill WHERE waybill_id LIKE '%7' OR waybill_id LIKE '%3'`,
	`INSERT INTO booking_contact SELECT biz_id, waybill_id, booked_at, '{}', '{}', '', '[]' FROM waybill WHERE waybill_id LIKE '%77'`,
	`INSERT INTO scan SELECT biz_id, waybill_id, first_scan_at, 'k', 200001, first_scan_at, '', first_scan_at, '' FROM waybill WHERE first_scan_at IS NOT NULL`,
	`INSERT INTO bound_signature (signature, body) SELECT md5(i::text)::uuid, md5('x')::uuid FROM generate_series(1, {waybills}) AS i`,
	`INSERT INTO shop SELECT 'S' || i, '' FROM generate_series(1, {shops}) AS i`,
	`INSERT INTO delivery_order SELECT 'S' || 1 + i % {shops}, 'D' || i, '', 1 + (i % 5 = 0)::integer FROM generate_series(1, {orders}) AS i`,
	`INSERT INTO delivery_attempt SELECT shop_id, order_id, n, 'Y' || n || order_id, sha256(''), '', now(), now(), false, 103, now(), '', 1, 0, 0, 1, 0, 0, 0, 0
		FROM delivery_order, generate_series(1, attempt) AS n`,
	`INSERT INTO delivery_step SELECT shop_id, order_id, attempt, n, 101 + n, placed_at, '', placed_at, 'push' FROM delivery_attempt, generate_series(1, 2) AS n`,
	`INSERT INTO delivery_details SELECT shop_id, order_id, attempt, placed_at, '{}' FROM delivery_attempt`,
	`ANALYZE`,
}
