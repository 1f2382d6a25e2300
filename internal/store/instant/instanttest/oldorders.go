package instanttest

import (
	"testing"

	"carrierhook/internal/store/storetest"
)

// InsertOldOrders puts n attempts' details there, each a millisecond older than the one
// before, the first of this age; every second attempt has a message in its last step, and every third a rider.
func InsertOldOrders(tb testing.TB, d storetest.Database, n int, age string) {
	tb.Helper()
	const of = ` FROM generate_series(0, $1 - 1) i`
	d.Exec(tb, `INSERT INTO delivery_order SELECT 'S', $2 || i, '', 1`+of, n, age)
	d.Exec(tb, `INSERT INTO delivery_attempt SELECT 'S', $2 || i, 1, $2 || i, sha256(''), '', now() - $2::interval, now(), false, 102, now(),
		CASE i % 2 WHEN 1 THEN 'markerMESSAGE' ELSE '' END, 1, 0, 0, 1, 0, 0, 0, 0`+of, n, age)
	d.Exec(tb, `INSERT INTO delivery_step SELECT 'S', $2 || i, 1, s, 100 + s, now(), CASE WHEN i % 2 = 1 AND s = 2 THEN 'markerMESSAGE' ELSE '' END,
		now() - $2::interval - i * interval '1 millisecond', 'x', CASE WHEN i % 3 = 1 AND s = 2 THEN '{"name":"markerRIDER"}'::jsonb END`+of+`, generate_series(1, 2) AS s`, n, age)
	d.Exec(tb, `INSERT INTO delivery_details SELECT 'S', $2 || i, 1, now() - $2::interval - i * interval '1 millisecond', '{"x":"markerPERSON"}'`+of, n, age)
}
