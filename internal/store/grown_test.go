package store_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/store"
)

// A scale is how many rows the tables have of which plans are asked.
type scale struct{ merchants, waybills, scans, shops, orders, pushes int }

// These are just so many rows that Postgres plans as it does for a carrier's, whose
// plans are asked by `make prove`: with fewer merchants it would rightly read the
// quotas of all for 256 of them.
var (
	someTables     = scale{merchants: 40_000, waybills: 50_000, scans: 5_000, shops: 1_000, orders: 10_000, pushes: 30_000}
	someDeliveries = scale{orders: 10_000, pushes: 30_000}
)

// of puts the numbers into a statement.
func (s scale) of(sql string) string {
	return strings.NewReplacer("{merchants}", strconv.Itoa(s.merchants), "{waybills}", strconv.Itoa(s.waybills), "{scans}", strconv.Itoa(s.scans),
		"{shops}", strconv.Itoa(s.shops), "{orders}", strconv.Itoa(s.orders), "{pushes}", strconv.Itoa(s.pushes)).Replace(sql)
}

func (d testStore) grow(t *testing.T, s scale, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		d.Exec(t, s.of(sql))
	}
}

// monthStart is the first instant of a month, so many after this one.
func monthStart(n int) time.Time {
	now := time.Now().UTC()
	return time.Date(now.Year(), now.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
}

// formerMonth makes the ledger's partition of a month that is over, so many before
// this one.
func (d testStore) formerMonth(t *testing.T, n int) {
	t.Helper()
	from, to := monthStart(-n), monthStart(1-n)
	d.Exec(t, fmt.Sprintf("CREATE TABLE %s PARTITION OF push FOR VALUES FROM ('%s') TO ('%s')",
		store.MonthOf(from), from.Format(time.RFC3339), to.Format(time.RFC3339)))
}

// A carrier's tables as they are after a while: merchants and their waybills, every
// fifth of them booked by a push, every tenth scanned in one of three months, every
// other merchant prepaid; and shops and their orders, every fifth of them placed
// twice. The constraints are made after the rows, which is several times faster.
var grownTables = []string{
	`INSERT INTO merchant (biz_id, password_hash) SELECT 'M' || i, '' FROM generate_series(1, {merchants}) AS i`,
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

// A ledger of pushes, one about each of grownTables' first waybills, as many
// of them in this month as in each of the two before it, whatever the day: a month
// with few rows Postgres would rightly read from end to end. And more scans.
const (
	grownMonths = 3
	grownLedger = `INSERT INTO push (biz_id, waybill_id, at, id, order_id, event, format, mode, identity, result_code, reason, repeat, took_us)
		SELECT 'M' || 1 + i % {merchants}, 'W' || i, $1::timestamptz + ($2::timestamptz - $1) * (i / ({pushes} + 1.0)), i, 'O' || i, 'cancel_waybill', 'xml', 'plain',
			sha256(i::text::bytea), 0, CASE WHEN i % 100 = 0 THEN 'collected' ELSE 'accepted' END, i % 50 = 0, 1000
		FROM generate_series(1 + $3, {pushes}, 3) AS i`
	grownScans = `INSERT INTO scan SELECT 'M' || 1 + i % {merchants}, 'W' || i, now(), 'k', 100001, now(), '', now(), '' FROM generate_series(1, {scans}) AS i`
)

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
