package instanttest

import (
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/storetest"
)

// PutShops inserts shops or overwrites them, with secrets sealed by Key.
func PutShops(tb testing.TB, d storetest.Database, shops ...instant.ShopRow) {
	tb.Helper()
	seals, err := instant.NewSeals([][]byte{Key})
	storetest.Must(tb, err)
	for _, s := range shops {
		d.Exec(tb, `INSERT INTO shop (shop_id, secret, active) VALUES ($1, $2, $3)
			ON CONFLICT (shop_id) DO UPDATE SET secret = excluded.secret, active = excluded.active`, s.ID, seals.Seal(s.ID, s.Secret), !s.Inactive)
	}
}

// InsertOrders inserts orders of shop S as a push leaves them, or a status report where
// the status is later: order D has waybill Y-D.
func InsertOrders(tb testing.TB, d storetest.Database, status delivery.Status, orders ...string) {
	tb.Helper()
	for _, id := range orders {
		d.Exec(tb, `INSERT INTO delivery_order (shop_id, order_id, shop_no, attempt) VALUES ('S', $1, 'no', 1)`, id)
		InsertAttempt(tb, d, id, 1, "Y-"+id, status)
	}
}

// InsertAttempt adds an attempt to an order.
func InsertAttempt(tb testing.TB, d storetest.Database, order string, number int, waybillID string, status delivery.Status) {
	tb.Helper()
	d.Exec(tb, `INSERT INTO delivery_attempt (shop_id, order_id, attempt, waybill_id, push, wx_token, placed_at, expires_at, status, status_at, message,
			deliver_fen, coupon_fen, insurance_fen, metres, tips_fen, finish_code, pickup_code, tips_now_fen)
		VALUES ('S', $1, $2, $3, sha256('x'), 'markerTOKEN', $4, $4::timestamptz + interval '2 hours', $5, $4, '', 1000, 100, 5, 4321, 200, 1234, 5678, 300)`,
		order, number, waybillID, Start, int(status))
	for i, reached := range shortestWay(status) {
		by := "hub"
		if i == 0 {
			by = "push"
		}
		d.Exec(tb, `INSERT INTO delivery_step VALUES ('S', $1, $2, $3, $4, $5, '', $5, $6)`, order, number, i+1, int(reached), Start, by)
	}
	d.Exec(tb, `INSERT INTO delivery_details VALUES ('S', $1, $2, $3, '{"name": "markerPERSON"}')`, order, number, Start)
	d.Exec(tb, `UPDATE delivery_order SET attempt = $2 WHERE order_id = $1`, order, number)
}

// shortestWay is one to a status.
func shortestWay(status delivery.Status) []delivery.Status {
	for ways := [][]delivery.Status{{delivery.Waiting}}; ; ways = ways[1:] {
		way := ways[0]
		last := way[len(way)-1]
		if last == status {
			return way
		}
		for _, next := range delivery.Statuses() {
			if last.CanFollow(next) {
				ways = append(ways, append(slices.Clone(way), next))
			}
		}
	}
}

// Steps are those of an order's attempts, in their order: who recorded each, and how
// many minutes after Start it was where a report said so.
func Steps(tb testing.TB, d storetest.Database, order string) string {
	tb.Helper()
	return strings.Join(d.Texts(tb, `SELECT s.attempt || ': ' || s.status || ' ' || CASE s.recorded_by WHEN 'push' THEN 'push'
			ELSE extract(epoch FROM s.at - $2)::bigint / 60 || ' ' || s.recorded_by END
		FROM delivery_step s WHERE s.order_id = $1 ORDER BY s.attempt, s.serial`, order, Start), ", ")
}

// CheckSteps expects of every attempt that it has the status of its last step, that its
// steps are numbered without a gap, and that each of them may follow the one before.
func CheckSteps(t *testing.T, d storetest.Database) {
	t.Helper()
	rows, err := d.DB.Query(t.Context(), `SELECT a.order_id, a.attempt, array_agg(s.status ORDER BY s.serial),
			bool_and(s.serial = s.nr), (a.status, a.status_at, a.message) = ((array_agg((s.status, s.at, s.message) ORDER BY s.serial DESC))[1])
		FROM delivery_attempt a
		JOIN (SELECT *, row_number() OVER (PARTITION BY shop_id, order_id, attempt ORDER BY serial) AS nr FROM delivery_step) AS s USING (shop_id, order_id, attempt)
		GROUP BY a.shop_id, a.order_id, a.attempt`)
	storetest.Must(t, err)
	defer rows.Close()
	seen := 0
	for rows.Next() {
		var order string
		var number int
		var steps []int
		var numbered, agrees bool
		storetest.Must(t, rows.Scan(&order, &number, &steps, &numbered, &agrees))
		for i := 1; i < len(steps); i++ {
			if !delivery.Status(steps[i-1]).CanFollow(delivery.Status(steps[i])) {
				t.Errorf("attempt %d of %s: %d after %d in %v", number, order, steps[i], steps[i-1], steps)
			}
		}
		if !numbered || !agrees {
			t.Errorf("attempt %d of %s: steps %v, numbered: %t, it has the status of the last: %t", number, order, steps, numbered, agrees)
		}
		seen++
	}
	storetest.Must(t, rows.Err())
	if all := d.Int(t, `SELECT count(*) FROM delivery_attempt`); seen != all || all == 0 {
		t.Errorf("%d of %d attempts have steps", seen, all)
	}
}
