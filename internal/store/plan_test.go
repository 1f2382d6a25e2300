package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/store"

	"github.com/jackc/pgx/v5"
)

// A carrier's tables as they are after a while: 100,000 merchants with 1,000,000
// waybills, every fifth of them booked by a push, every tenth scanned in one of
// three months, every other merchant prepaid; and 20,000 shops with 200,000 orders,
// every fifth of them placed twice. The constraints are made after the rows, which is
// several times faster.
var grownTables = []string{
	`INSERT INTO merchant (biz_id) SELECT 'M' || i FROM generate_series(1, 100000) AS i`,
	`INSERT INTO quota SELECT 'M' || i, 1000 FROM generate_series(1, 100000, 2) AS i`,
	`ALTER TABLE waybill DROP CONSTRAINT waybill_pkey, DROP CONSTRAINT order_has_one_waybill, DROP CONSTRAINT waybill_number_is_unique`,
	`INSERT INTO waybill (biz_id, waybill_id, order_id, traced_at) SELECT 'M' || 1 + i % 100000, 'W' || i, 'O' || i,
		CASE WHEN i % 10 = 0 THEN now() + i % 30 * interval '3 days' END FROM generate_series(1, 1000000) AS i`,
	`ALTER TABLE waybill ADD CONSTRAINT waybill_pkey PRIMARY KEY (biz_id, waybill_id),
		ADD CONSTRAINT order_has_one_waybill UNIQUE (biz_id, order_id), ADD CONSTRAINT waybill_number_is_unique UNIQUE (waybill_id)`,
	`INSERT INTO booking SELECT biz_id, waybill_id, '', '##', 1, 1, 1, 1, 1, 1 FROM waybill WHERE waybill_id LIKE '%7' OR waybill_id LIKE '%3'`,
	`INSERT INTO booking_contact SELECT biz_id, waybill_id, booked_at, '{}', '{}', '', '[]' FROM waybill WHERE waybill_id LIKE '%77'`,
	`INSERT INTO scan SELECT biz_id, waybill_id, traced_at, 'k', 200001, traced_at, '', traced_at, '' FROM waybill WHERE traced_at IS NOT NULL`,
	`INSERT INTO shop SELECT 'S' || i, '' FROM generate_series(1, 20000) AS i`,
	`INSERT INTO delivery_order SELECT 'S' || 1 + i % 20000, 'D' || i, '', 1 + (i % 5 = 0)::integer FROM generate_series(1, 200000) AS i`,
	`INSERT INTO delivery_attempt SELECT shop_id, order_id, n, 'Y' || n || order_id, sha256(''), '', now(), now(), false, 103, now(), '', 1, 0, 0, 1, 0, 0, 0, 0
		FROM delivery_order, generate_series(1, attempt) AS n`,
	`INSERT INTO delivery_step SELECT shop_id, order_id, attempt, n, 101 + n, placed_at, '', placed_at, 'push' FROM delivery_attempt, generate_series(1, 2) AS n`,
	`INSERT INTO delivery_details SELECT shop_id, order_id, attempt, placed_at, '{}' FROM delivery_attempt`,
	`ANALYZE`,
}

// grown are the tables that grow with a carrier's business.
var grown = regexp.MustCompile(`^(waybill|merchant|quota|booking\w*|push\w*|scan\w*|shop|delivery\w*)$`)

// looksUp is a look-up in an index of an order's tables.
var looksUp = regexp.MustCompile(`\b(shop_id|waybill_id) = `)

// No statement of a push or a report reads a whole table or a whole index, whatever
// Postgres knows of its parameters when it plans, and however many share it. Scans
// are looked for in the one month in which they can be.
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
	wholeReadsAreSeen(t, conn)
	for _, mode := range []string{"force_generic_plan", "force_custom_plan"} {
		if _, err := conn.Exec(t.Context(), "SET plan_cache_mode = "+mode); err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{1, 256} {
			read := map[string]bool{}
			for name, q := range d.PushStatements(size) {
				plan, text := explainPaced(t, conn, q)
				t.Run(fmt.Sprintf("%s of %d, %s", name, size, mode), func(t *testing.T) {
					tables, whole := plan.reads()
					for _, table := range tables {
						read[table] = true
					}
					for _, scan := range whole {
						t.Errorf("%s:\n%s", scan, text)
					}
				})
			}
			for _, table := range []string{
				"waybill", "merchant", "quota", "booking", "scan_default",
				"shop", "delivery_order", "delivery_attempt", "delivery_step", "delivery_details",
			} {
				if !read[table] {
					t.Errorf("no statement reads %s: are the plans understood?", table)
				}
			}
		}
	}
	lookPlans(t, d, conn)
	t.Logf("all of it took %v", time.Since(begun))
}

// wholeReadsAreSeen looks at plans that do read all of a table or an index.
func wholeReadsAreSeen(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	for settings, sql := range map[string]string{
		"":                         `SELECT * FROM quota WHERE remaining = 7`,
		"SET enable_seqscan = off": `SELECT * FROM quota ORDER BY biz_id`,
		"SET enable_seqscan = off; SET enable_indexscan = off":    `SELECT biz_id FROM merchant`,
		"SET enable_hashjoin = off; SET enable_nestloop = off":    `SELECT * FROM quota q JOIN unnest('{M1,M3}'::text[]) AS d (biz_id) ON q.biz_id = d.biz_id`,
		"SET enable_indexscan = off; SET enable_bitmapscan = off": `SELECT * FROM waybill WHERE waybill_id = ANY ('{W1}')`,
	} {
		for _, s := range []string{"RESET ALL", settings} {
			if _, err := conn.Exec(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		plan, text := explain(t, conn, &pgx.QueuedQuery{SQL: sql})
		if _, whole := plan.reads(); len(whole) != 1 {
			t.Errorf("%q is not noticed:\n%s", whole, text)
		}
	}
	if _, err := conn.Exec(t.Context(), "RESET ALL"); err != nil {
		t.Fatal(err)
	}
}

// explainPaced gives the plan of a statement in the transaction of a set.
func explainPaced(t *testing.T, conn *pgx.Conn, q *pgx.QueuedQuery) (plan planNode, text string) {
	t.Helper()
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(t.Context(), store.SetPaceSQL, pgx.QueryExecModeSimpleProtocol, "0", "0", "0"); err != nil {
		t.Fatal(err)
	}
	return explain(t, conn, q)
}

// planNode is a node of a plan, as EXPLAIN tells it.
type planNode struct {
	NodeType    string     `json:"Node Type"`
	Relation    string     `json:"Relation Name"`
	IndexCond   string     `json:"Index Cond"`
	RecheckCond string     `json:"Recheck Cond"`
	TIDCond     string     `json:"TID Cond"`
	Plans       []planNode `json:"Plans"`
}

// reads tells which of the grown tables a plan reads, and what of it reads one
// from end to end: an index does too, unless something is looked up in it, and of an
// order's tables unless that begins with the key's first column.
func (n planNode) reads() (tables, whole []string) {
	if n.NodeType != "ModifyTable" && grown.MatchString(n.Relation) {
		tables = append(tables, n.Relation)
		cond := n.IndexCond + n.RecheckCond + n.TIDCond
		if cond == "" || strings.HasPrefix(n.Relation, "delivery") && !looksUp.MatchString(cond) {
			whole = append(whole, fmt.Sprintf("%s reads the whole of %s", n.NodeType, n.Relation))
		}
	}
	for _, below := range n.Plans {
		t, w := below.reads()
		tables, whole = append(tables, t...), append(whole, w...)
	}
	return tables, whole
}

// explain gives the plan of a prepared statement, and its text. EXECUTE takes no
// parameters of the protocol, so they are written into it.
func explain(t *testing.T, conn *pgx.Conn, q *pgx.QueuedQuery) (plan planNode, text string) {
	t.Helper()
	ctx := context.Background()
	for _, sql := range []string{"DEALLOCATE ALL", "PREPARE q AS " + q.SQL} {
		if _, err := conn.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	execute := "EXPLAIN (FORMAT JSON, COSTS OFF) EXECUTE q"
	for i := range q.Arguments {
		execute += fmt.Sprintf("%c$%d", "(,"[min(i, 1)], i+1)
	}
	if len(q.Arguments) > 0 {
		execute += ")"
	}
	if err := conn.QueryRow(ctx, execute, append([]any{pgx.QueryExecModeSimpleProtocol}, q.Arguments...)...).Scan(&text); err != nil {
		t.Fatalf("explain %s: %v", q.SQL, err)
	}
	var plans []struct{ Plan planNode }
	if err := json.Unmarshal([]byte(text), &plans); err != nil || len(plans) != 1 || plans[0].Plan.NodeType == "" {
		t.Fatalf("explain %s: %v in %s", q.SQL, err, text)
	}
	return plans[0].Plan, text
}
