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

// grown are the tables that grow with a carrier's business.
var grown = regexp.MustCompile(`^(waybill|merchant|quota|booking\w*|push\w*|scan\w*|shop|delivery\w*|bound_signature)$`)

// readsByKey is a look-up in an index of an order's tables.
var readsByKey = regexp.MustCompile(`\b(shop_id|waybill_id) = `)

// No statement of a push or a report reads a whole table or a whole index, whatever
// Postgres knows of its parameters when it plans, and however many share it. Scans
// are looked for in the one month in which they can be.
func TestPlans(t *testing.T) {
	t.Parallel()
	plansOf(t, someTables)
}

func plansOf(t *testing.T, s scale) {
	d := newStore(t)
	begun := time.Now()
	d.grow(t, s, grownTables...)
	t.Logf("the tables took %v", time.Since(begun))
	conn, err := pgx.Connect(t.Context(), d.URL)
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
				plan, text := explainLimited(t, conn, q)
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
				"shop", "delivery_order", "delivery_attempt", "delivery_step", "delivery_details", "bound_signature",
			} {
				if !read[table] {
					t.Errorf("no statement reads %s: are the plans understood?", table)
				}
			}
		}
	}
	growRecord(t, d, s)
	readPlans(t, d, conn)
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

// explainLimited gives the plan of a statement in the transaction of a batch.
func explainLimited(t *testing.T, conn *pgx.Conn, q *pgx.QueuedQuery) (plan planNode, text string) {
	t.Helper()
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(t.Context(), store.SetLimitsSQL, pgx.QueryExecModeSimpleProtocol, "0", "0", "0"); err != nil {
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
		if cond == "" || strings.HasPrefix(n.Relation, "delivery") && !readsByKey.MatchString(cond) {
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
