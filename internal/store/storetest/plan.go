package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/store/batch"

	"github.com/jackc/pgx/v5"
)

// Plan is a node of a statement's plan, as EXPLAIN tells it.
type Plan struct {
	NodeType    string `json:"Node Type"`
	Relation    string `json:"Relation Name"`
	Index       string `json:"Index Name"`
	IndexCond   string `json:"Index Cond"`
	RecheckCond string `json:"Recheck Cond"`
	TIDCond     string `json:"TID Cond"`
	Plans       []Plan `json:"Plans"`
}

// growing are the tables that grow with a carrier's business.
var growing = regexp.MustCompile(`^(waybill|merchant\w*|quota|booking\w*|push\w*|scan\w*|shop|delivery\w*|bound_signature)$`)

// readsByKey is a look-up in an index of an order's tables.
var readsByKey = regexp.MustCompile(`\b(shop_id|waybill_id) = `)

// Reads tells which of the growing tables a plan reads, and what of it reads one
// from end to end: an index does too, unless something is looked up in it, and of an
// order's tables unless that begins with the key's first column.
func (p Plan) Reads() (tables, whole []string) {
	if p.NodeType != "ModifyTable" && growing.MatchString(p.Relation) {
		tables = append(tables, p.Relation)
		cond := p.IndexCond + p.RecheckCond + p.TIDCond
		if cond == "" || strings.HasPrefix(p.Relation, "delivery") && !readsByKey.MatchString(cond) {
			whole = append(whole, fmt.Sprintf("%s reads the whole of %s", p.NodeType, p.Relation))
		}
	}
	for _, below := range p.Plans {
		t, w := below.Reads()
		tables, whole = append(tables, t...), append(whole, w...)
	}
	return tables, whole
}

// Planner is a connection to ask for plans.
type Planner struct{ *pgx.Conn }

func (d Database) Planner(t *testing.T) Planner {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), d.URL)
	Must(t, err)
	t.Cleanup(func() { conn.Close(context.Background()) })
	return Planner{conn}
}

// PlanModes are the settings under which a prepared statement is planned for any values
// of its parameters, or for those that it has.
var PlanModes = []string{"force_generic_plan", "force_custom_plan"}

// Set is how the connection is to plan from now on, and in no other respect otherwise.
func (p Planner) Set(t *testing.T, settings ...string) {
	t.Helper()
	for _, sql := range append([]string{"RESET ALL"}, settings...) {
		if _, err := p.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
}

// Explain gives the plan of a prepared statement, and its text. EXECUTE takes no
// parameters of the protocol, so they are written into it.
func (p Planner) Explain(t *testing.T, q *pgx.QueuedQuery) (plan Plan, text string) {
	t.Helper()
	ctx := context.Background()
	for _, sql := range []string{"DEALLOCATE ALL", "PREPARE q AS " + q.SQL} {
		if _, err := p.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
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
	if err := p.QueryRow(ctx, execute, append([]any{pgx.QueryExecModeSimpleProtocol}, q.Arguments...)...).Scan(&text); err != nil {
		t.Fatalf("explain %s: %v", q.SQL, err)
	}
	var plans []struct{ Plan Plan }
	if err := json.Unmarshal([]byte(text), &plans); err != nil || len(plans) != 1 || plans[0].Plan.NodeType == "" {
		t.Fatalf("explain %s: %v in %s", q.SQL, err, text)
	}
	return plans[0].Plan, text
}

// ExplainInBatch gives the plan of a statement in the transaction of a batch.
func (p Planner) ExplainInBatch(t *testing.T, q *pgx.QueuedQuery) (plan Plan, text string) {
	t.Helper()
	tx, err := p.Begin(t.Context())
	Must(t, err)
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(t.Context(), batch.SetLimits, pgx.QueryExecModeSimpleProtocol, "0", "0", "0"); err != nil {
		t.Fatal(err)
	}
	return p.Explain(t, q)
}

// Accesses are the parts of a statement's plan that read tables whose names match; kinds
// are all its nodes.
func (p Planner) Accesses(t *testing.T, q *pgx.QueuedQuery, tables string) (found []Plan, kinds []string, text string) {
	t.Helper()
	plan, text := p.Explain(t, q)
	name := regexp.MustCompile("^(" + tables + ")$")
	var walk func(Plan)
	walk = func(a Plan) {
		kinds = append(kinds, a.NodeType)
		if a.NodeType == "Bitmap Heap Scan" {
			a.Index, a.IndexCond = a.Plans[0].Index, a.RecheckCond
		}
		if name.MatchString(a.Relation) {
			found = append(found, a)
		}
		for _, below := range a.Plans {
			walk(below)
		}
	}
	walk(plan)
	return found, kinds, text
}

// IsBy tells whether the index answers all these parts of a question.
func (p Plan) IsBy(parts ...string) bool {
	return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(p.IndexCond, part) })
}

// NoWholeReads expects that no statement of a batch reads a whole table or a whole index,
// whatever Postgres knows of its parameters when it plans, and however many share it; and
// that each of these tables is read by some.
func (p Planner) NoWholeReads(t *testing.T, statements func(size int) map[string]*pgx.QueuedQuery, tables ...string) {
	for _, mode := range PlanModes {
		p.Set(t, "SET plan_cache_mode = "+mode)
		for _, size := range []int{1, 256} {
			read := map[string]bool{}
			for name, q := range statements(size) {
				plan, text := p.ExplainInBatch(t, q)
				t.Run(fmt.Sprintf("%s of %d, %s", name, size, mode), func(t *testing.T) {
					tables, whole := plan.Reads()
					for _, table := range tables {
						read[table] = true
					}
					for _, scan := range whole {
						t.Errorf("%s:\n%s", scan, text)
					}
				})
			}
			for _, table := range tables {
				if !read[table] {
					t.Errorf("no statement reads %s: are the plans understood?", table)
				}
			}
		}
	}
}
