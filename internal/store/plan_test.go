package store_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// A carrier's tables as they are after a while: 100,000 merchants with 1,000,000
// waybills, every fifth of them booked by a push, every other merchant prepaid.
// The constraints are made after the rows, which is several times faster.
var grownTables = []string{
	`INSERT INTO merchant (biz_id) SELECT 'M' || i FROM generate_series(1, 100000) AS i`,
	`INSERT INTO quota SELECT 'M' || i, 1000 FROM generate_series(1, 100000, 2) AS i`,
	`ALTER TABLE waybill DROP CONSTRAINT waybill_pkey, DROP CONSTRAINT order_has_one_waybill, DROP CONSTRAINT waybill_number_is_unique`,
	`INSERT INTO waybill (biz_id, waybill_id, order_id) SELECT 'M' || 1 + i % 100000, 'W' || i, 'O' || i FROM generate_series(1, 1000000) AS i`,
	`ALTER TABLE waybill ADD CONSTRAINT waybill_pkey PRIMARY KEY (biz_id, waybill_id),
		ADD CONSTRAINT order_has_one_waybill UNIQUE (biz_id, order_id), ADD CONSTRAINT waybill_number_is_unique UNIQUE (waybill_id)`,
	`INSERT INTO booking SELECT biz_id, waybill_id, '', '##', 1, 1, 1, 1, 1, 1 FROM waybill WHERE waybill_id LIKE '%7' OR waybill_id LIKE '%3'`,
	`INSERT INTO booking_contact SELECT biz_id, waybill_id, booked_at, '{}', '{}', '', '[]' FROM waybill WHERE waybill_id LIKE '%77'`,
	`ANALYZE`,
}

// No statement of a push reads a whole table, whatever Postgres knows of its
// parameters when it plans, and however many pushes share it.
func TestPlans(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	begun := time.Now()
	for _, sql := range grownTables {
		d.exec(t, sql)
	}
	t.Logf("the tables took %v", time.Since(begun))
	conn, err := pgx.Connect(t.Context(), d.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	whole := regexp.MustCompile(`(Seq Scan|Index Only Scan|Index Scan|Bitmap Heap Scan)[^\n]* on (waybill|merchant|quota|booking\w*|push\w*)\b.*`)
	for _, mode := range []string{"force_generic_plan", "force_custom_plan"} {
		if _, err := conn.Exec(t.Context(), "SET plan_cache_mode = "+mode); err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{1, 256} {
			read := map[string]bool{}
			for name, q := range d.PushStatements(size) {
				plan := explain(t, conn, q)
				t.Run(fmt.Sprintf("%s of %d, %s", name, size, mode), func(t *testing.T) {
					for _, scan := range whole.FindAllStringSubmatch(plan, -1) {
						read[scan[2]] = true
						if scan[1] == "Seq Scan" {
							t.Errorf("reads a whole table:\n%s", plan)
						}
					}
				})
			}
			for _, table := range []string{"waybill", "merchant", "quota", "booking"} {
				if !read[table] {
					t.Errorf("no statement reads %s: are the plans understood?", table)
				}
			}
		}
	}
	t.Logf("all of it took %v", time.Since(begun))
}

// explain gives the plan of a prepared statement. EXECUTE takes no parameters
// of the protocol, so they are written into it.
func explain(t *testing.T, conn *pgx.Conn, q *pgx.QueuedQuery) string {
	t.Helper()
	ctx := context.Background()
	for _, sql := range []string{"DEALLOCATE ALL", "PREPARE q AS " + q.SQL} {
		if _, err := conn.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	execute := "EXPLAIN EXECUTE q"
	for i := range q.Arguments {
		execute += fmt.Sprintf("%c$%d", "(,"[min(i, 1)], i+1)
	}
	if len(q.Arguments) > 0 {
		execute += ")"
	}
	rows, _ := conn.Query(ctx, execute, append([]any{pgx.QueryExecModeSimpleProtocol}, q.Arguments...)...)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("explain %s: %v", q.SQL, err)
	}
	return strings.Join(lines, "\n")
}
