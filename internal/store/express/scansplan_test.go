package express_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/express"
	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
)

// ranNode is a node of a plan that was carried out.
type ranNode struct {
	Relation string    `json:"Relation Name"`
	Index    string    `json:"Index Name"`
	Loops    int       `json:"Actual Loops"`
	Plans    []ranNode `json:"Plans"`
}

// touched counts by table how often a plan looked into a partition of scan, and
// what was planned for.
func (n ranNode) touched(looked map[string]int, planned map[string]bool) {
	if strings.HasPrefix(n.Relation, "scan_") {
		planned[n.Relation+" by "+n.Index] = true
		if n.Loops > 0 {
			looked[n.Relation] += n.Loops
		}
	}
	for _, below := range n.Plans {
		below.touched(looked, planned)
	}
}

// Whatever the plan, a waybill's scans are looked for in the month that the waybill
// names, by the key, and in no other; those of a waybill without any nowhere.
func TestScansAreInOneMonth(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	now := time.Now().UTC()
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	want := map[string]int{}
	ids, keys := []string{"untraced"}, []string{"k"}
	d.AddWaybills(t, "untraced")
	for i := range 12 {
		at := first.AddDate(0, i%3*5, 3)
		want[at.Format("scan_2006_01")]++
		ids, keys = append(ids, fmt.Sprint("W", i)), append(keys, "k")
		d.Exec(t, `INSERT INTO waybill (biz_id, waybill_id, order_id, first_scan_at) VALUES ('B', $1, $1, $2)`, ids[i+1], at)
	}
	d.Exec(t, `INSERT INTO scan SELECT biz_id, waybill_id, first_scan_at, k, 200001, now(), '', now(), '' FROM waybill, (VALUES ('k'), ('l')) AS v (k) WHERE first_scan_at IS NOT NULL`)
	d.Exec(t, `ANALYZE`)
	p := d.Planner(t)
	for _, mode := range storetest.PlanModes {
		tx, err := p.Begin(t.Context())
		storetest.Must(t, err)
		for _, sql := range []string{
			strings.NewReplacer("$1", "'0'", "$2", "'0'", "$3", "'0'").Replace(batch.SetLimits),
			"SET LOCAL plan_cache_mode = " + mode,
			"PREPARE traced AS " + express.KnownScansSQL,
		} {
			if _, err := tx.Exec(t.Context(), sql, pgx.QueryExecModeSimpleProtocol); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		}
		var text string
		const run = "EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) EXECUTE traced ($1, $2)"
		storetest.Must(t, tx.QueryRow(t.Context(), run, pgx.QueryExecModeSimpleProtocol, ids, keys).Scan(&text))
		var plans []struct{ Plan ranNode }
		storetest.Must(t, json.Unmarshal([]byte(text), &plans))
		looked, planned := map[string]int{}, map[string]bool{}
		plans[0].Plan.touched(looked, planned)
		if !maps.Equal(looked, want) {
			t.Errorf("%s: looked into %v, want %v", mode, looked, want)
		}
		if len(planned) != 26 { // any of them could have been it
			t.Errorf("%s: planned for %v: is the plan understood?", mode, slices.Sorted(maps.Keys(planned)))
		}
		for how := range planned {
			if !strings.HasSuffix(how, "_pkey") {
				t.Errorf("%s: %q", mode, how)
			}
		}
		storetest.Must(t, tx.Rollback(t.Context()))
		if _, err := p.Exec(t.Context(), "DEALLOCATE ALL", pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatal(err)
		}
	}
}

// While a month's table is still empty the plan that is kept for it looks scans up
// by their keys all the same.
func TestLimitsForbidWholeReads(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.Exec(t, `ANALYZE`)
	p := d.Planner(t)
	months := 0
	for name, q := range d.Statements(1) {
		plan, text := p.ExplainInBatch(t, q)
		tables, whole := plan.Reads()
		for _, table := range tables {
			if strings.HasPrefix(table, "scan_") {
				months++
			}
		}
		for _, what := range whole {
			if strings.Contains(what, "scan_") {
				t.Errorf("%s: %s:\n%s", name, what, text)
			}
		}
	}
	if months < 26 {
		t.Errorf("only %d partitions are read: is the plan understood?", months)
	}
}
