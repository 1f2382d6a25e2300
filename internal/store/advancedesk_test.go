package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/delivery"

	"github.com/jackc/pgx/v5"
)

// under puts orders of shop S there as a push leaves them, and a report where they
// are further than that: order D is waybill Y-D.
func (d desk) under(tb testing.TB, status delivery.Status, orders ...string) {
	tb.Helper()
	for _, id := range orders {
		d.exec(tb, `INSERT INTO delivery_order (shop_id, order_id, shop_no, attempt) VALUES ('S', $1, 'no', 1)`, id)
		d.attempt(tb, id, 1, "Y-"+id, status)
	}
}

// attempt adds an attempt to an order.
func (d desk) attempt(tb testing.TB, order string, number int, waybillID string, status delivery.Status) {
	tb.Helper()
	d.exec(tb, `INSERT INTO delivery_attempt (shop_id, order_id, attempt, waybill_id, push, wx_token, placed_at, expires_at, status, status_at, message,
			deliver_fen, coupon_fen, insurance_fen, metres, tips_fen, finish_code, pickup_code, tips_now_fen)
		VALUES ('S', $1, $2, $3, sha256('x'), 'markerTOKEN', $4, $4::timestamptz + interval '2 hours', $5, $4, '', 1000, 100, 5, 4321, 200, 1234, 5678, 300)`,
		order, number, waybillID, dayOne, int(status))
	for i, reached := range wayTo(status) {
		by := "hub"
		if i == 0 {
			by = "push"
		}
		d.exec(tb, `INSERT INTO delivery_step VALUES ('S', $1, $2, $3, $4, $5, '', $5, $6)`, order, number, i+1, int(reached), dayOne, by)
	}
	d.exec(tb, `INSERT INTO delivery_details VALUES ('S', $1, $2, $3, '{"name": "markerPERSON"}')`, order, number, dayOne)
	d.exec(tb, `UPDATE delivery_order SET attempt = $2 WHERE order_id = $1`, order, number)
}

// wayTo is the shortest way to a status.
func wayTo(status delivery.Status) []delivery.Status {
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

// came makes a report about waybill Y-D of order D, so many minutes after dayOne.
func came(order string, status delivery.Status, minutes int, change ...func(*delivery.StatusReport)) delivery.StatusReport {
	r := delivery.StatusReport{
		ShopID: "S", OrderID: order, WaybillID: "Y-" + order, Status: status, At: dayOne.Add(time.Duration(minutes) * time.Minute),
		Message: "骑手张三 13800000000", By: "hub",
	}
	for _, c := range change {
		c(&r)
	}
	r, err := delivery.NewStatusReport(r)
	if err != nil {
		panic(fmt.Sprint("no report of ", order, ": ", err))
	}
	return r
}

// about says which attempt is meant.
func about(waybillID string) func(*delivery.StatusReport) {
	return func(r *delivery.StatusReport) { r.WaybillID = waybillID }
}

// advance expects an answer.
func (d desk) advance(tb testing.TB, r delivery.StatusReport) delivery.StatusDecision {
	tb.Helper()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	got, err := d.Instant.ReportStatus(ctx, r)
	if err != nil {
		tb.Errorf("report of %s: %v", r.OrderID, err)
	}
	return got
}

// reaches expects a verdict on a report, and the status in which it leaves the
// attempt.
func (d desk) reaches(tb testing.TB, r delivery.StatusReport, want delivery.Verdict, status delivery.Status) {
	tb.Helper()
	if got := d.advance(tb, r); got.Verdict != want || got.Attempt.Status != status {
		tb.Errorf("report %d of %s: %s, %d, want %s, %d", r.Status, r.OrderID, got.Verdict, got.Attempt.Status, want, status)
	}
}

// advanceAtOnce makes reports at the same moment, over several stores.
func advanceAtOnce(t *testing.T, n int, desks []desk, r func(i int) delivery.StatusReport) []delivery.StatusDecision {
	t.Helper()
	got := make([]delivery.StatusDecision, n)
	var all sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-gate
			got[i] = desks[i%len(desks)].advance(t, r(i))
		})
	}
	close(gate)
	all.Wait()
	return got
}

// course is how the attempts of an order came to where they are: who said what, the
// statuses by minutes after dayOne where a report said it.
func (d desk) course(tb testing.TB, order string) string {
	tb.Helper()
	rows, _ := d.db.Query(context.Background(), `SELECT s.attempt || ': ' || s.status || ' ' || CASE s.recorded_by WHEN 'push' THEN 'push'
			ELSE extract(epoch FROM s.at - $2)::bigint / 60 || ' ' || s.recorded_by END
		FROM delivery_step s WHERE s.order_id = $1 ORDER BY s.attempt, s.serial`, order, dayOne)
	steps, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		tb.Fatal(err)
	}
	return strings.Join(steps, ", ")
}

// wantCourses expects of every attempt that it stands where its last step says, that
// its steps are numbered without a gap, and that each of them may follow the one
// before.
func (d desk) wantCourses(t *testing.T) {
	t.Helper()
	rows, err := d.db.Query(t.Context(), `SELECT a.order_id, a.attempt, array_agg(s.status ORDER BY s.serial),
			bool_and(s.serial = s.nr), (a.status, a.status_at, a.message) = ((array_agg((s.status, s.at, s.message) ORDER BY s.serial DESC))[1])
		FROM delivery_attempt a
		JOIN (SELECT *, row_number() OVER (PARTITION BY shop_id, order_id, attempt ORDER BY serial) AS nr FROM delivery_step) AS s USING (shop_id, order_id, attempt)
		GROUP BY a.shop_id, a.order_id, a.attempt`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	seen := 0
	for rows.Next() {
		var order string
		var number int
		var steps []int
		var numbered, agrees bool
		if err := rows.Scan(&order, &number, &steps, &numbered, &agrees); err != nil {
			t.Fatal(err)
		}
		for i := 1; i < len(steps); i++ {
			if !delivery.Status(steps[i-1]).CanFollow(delivery.Status(steps[i])) {
				t.Errorf("attempt %d of %s: %d after %d in %v", number, order, steps[i], steps[i-1], steps)
			}
		}
		if !numbered || !agrees {
			t.Errorf("attempt %d of %s: steps %v, numbered: %t, the last is where it stands: %t", number, order, steps, numbered, agrees)
		}
		seen++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if all := d.number(t, `SELECT count(*) FROM delivery_attempt`); seen != all || all == 0 {
		t.Errorf("%d of %d attempts have steps", seen, all)
	}
}
