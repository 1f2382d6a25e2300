package express_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/store/express"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// No statement of a push or a report reads a whole table or a whole index, whatever
// Postgres knows of its parameters when it plans, and however many share it. Scans
// are looked for in the one month in which they can be.
func TestPlans(t *testing.T) {
	t.Parallel()
	plansOf(t, storetest.SomeTables)
}

// grownScans are more scans than GrowTables has, in this month.
const grownScans = `INSERT INTO scan SELECT 'M' || 1 + i % {merchants}, 'W' || i, now(), 'k', 100001, now(), '', now(), '' FROM generate_series(1, {scans}) AS i`

func plansOf(t *testing.T, s storetest.Scale) {
	d := newStore(t)
	begun := time.Now()
	d.GrowTables(t, s)
	t.Logf("the tables took %v", time.Since(begun))
	p := d.Planner(t)
	wholeReadsAreSeen(t, p)
	p.NoWholeReads(t, d.Statements, "waybill", "merchant", "merchant_review", "quota", "booking", "scan_default", "bound_signature", "delivery_attempt")
	d.GrowLedger(t, s)
	d.Grow(t, s, grownScans)
	filled := d.Filled(t)
	for _, mode := range storetest.PlanModes {
		p.Set(t, strings.ReplaceAll(pg.PlanForValues, "true", "false"), "SET plan_cache_mode = "+mode)
		t.Run("waybills, "+mode, func(t *testing.T) { findPlans(t, p, filled) })
	}
	t.Logf("all of it took %v", time.Since(begun))
}

// wholeReadsAreSeen looks at plans that do read all of a table or an index.
func wholeReadsAreSeen(t *testing.T, p storetest.Planner) {
	t.Helper()
	for settings, sql := range map[string]string{
		"":                         `SELECT * FROM quota WHERE remaining = 7`,
		"SET enable_seqscan = off": `SELECT * FROM quota ORDER BY biz_id`,
		"SET enable_seqscan = off; SET enable_indexscan = off":    `SELECT biz_id FROM merchant`,
		"SET enable_hashjoin = off; SET enable_nestloop = off":    `SELECT * FROM quota q JOIN unnest('{M1,M3}'::text[]) AS d (biz_id) ON q.biz_id = d.biz_id`,
		"SET enable_indexscan = off; SET enable_bitmapscan = off": `SELECT * FROM waybill WHERE waybill_id = ANY ('{W1}')`,
	} {
		p.Set(t, settings)
		plan, text := p.Explain(t, &pgx.QueuedQuery{SQL: sql})
		if _, whole := plan.Reads(); len(whole) != 1 {
			t.Errorf("%q is not noticed:\n%s", whole, text)
		}
	}
}

// findPlans sees that questions about waybills are answered by the indexes that are
// meant for them.
func findPlans(t *testing.T, p storetest.Planner, filled []string) {
	for _, tt := range []struct {
		q     waybill.WaybillQuery
		index string
		cond  []string
	}{
		{waybill.WaybillQuery{WaybillID: "W5"}, "waybill_number_is_unique", []string{"waybill_id ="}},
		{waybill.WaybillQuery{WaybillID: "W5", BizID: "M6"}, "waybill_number_is_unique", []string{"waybill_id ="}},
		{waybill.WaybillQuery{OrderID: "O5", BizID: "M6"}, "order_has_one_waybill", []string{"biz_id =", "order_id ="}},
		{waybill.WaybillQuery{OrderID: "O5"}, "order_has_one_waybill", []string{"biz_id = m.biz_id", "order_id ="}},
	} {
		read, _, text := p.Accesses(t, express.FindStatement(tt.q), "waybill")
		if len(read) != 1 || read[0].Index != tt.index || !read[0].IsBy(tt.cond...) {
			t.Errorf("%+v reads %+v, want %s:\n%s", tt.q, read, tt.index, text)
		}
	}
	for _, kind := range []string{"push_", "scan_"} {
		if !slices.ContainsFunc(filled, func(part string) bool { return strings.HasPrefix(part, kind) }) {
			t.Errorf("no month of %s has rows", kind)
		}
	}
	for i, q := range slices.Concat(express.HistoryStatements("M6", "W5"), express.PathNodeStatements("M6", "W5")) {
		read, _, text := p.Accesses(t, q, `waybill|booking\w*|`+strings.Join(filled, "|"))
		if len(read) == 0 {
			t.Errorf("statement %d of a history, or of what WeChat is told, reads nothing: is the plan understood?", i)
		}
		for _, a := range read {
			key := []string{"biz_id =", "waybill_id ="}
			if a.Relation == "waybill" {
				key = key[1:] // is a key of its own
			}
			if !a.IsBy(key...) {
				t.Errorf("%s is not read by its key:\n%s", a.Relation, text)
			}
		}
	}
}
