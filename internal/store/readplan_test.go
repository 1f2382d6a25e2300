package store_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store"
	"carrierhook/internal/store/express"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// growRecord adds grownLedger, and the scans.
func growRecord(t *testing.T, d testStore, s scale) {
	t.Helper()
	for n := range grownMonths {
		if n > 0 {
			d.formerMonth(t, n)
		}
		d.Exec(t, s.of(grownLedger), monthStart(-n), monthStart(1-n), n)
	}
	d.grow(t, s, grownScans)
	for _, part := range d.filled(t) {
		d.Exec(t, `ANALYZE `+part)
	}
}

// filled are the partitions that have rows. Of an empty one Postgres reads nothing,
// whatever the plan.
func (d testStore) filled(t *testing.T) []string {
	t.Helper()
	return texts(t, d.DB, `SELECT DISTINCT tableoid::regclass::text FROM push UNION SELECT DISTINCT tableoid::regclass::text FROM scan`)
}

// access is a part of a plan that reads a table.
type access struct {
	NodeType    string   `json:"Node Type"`
	Relation    string   `json:"Relation Name"`
	Index       string   `json:"Index Name"`
	IndexCond   string   `json:"Index Cond"`
	RecheckCond string   `json:"Recheck Cond"`
	Plans       []access `json:"Plans"`
}

// accesses are all of a statement, by the tables whose names match; kinds are the
// nodes of its plan.
func accesses(t *testing.T, conn *pgx.Conn, q *pgx.QueuedQuery, tables string) (found []access, kinds []string, text string) {
	t.Helper()
	_, text = explain(t, conn, q)
	var plans []struct{ Plan access }
	if err := json.Unmarshal([]byte(text), &plans); err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile("^(" + tables + ")$")
	var walk func(access)
	walk = func(a access) {
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
	walk(plans[0].Plan)
	return found, kinds, text
}

// readPlans sees that questions are answered by the indexes that are meant for
// them, and out of the months that they are about.
func readPlans(t *testing.T, d testStore, conn *pgx.Conn) {
	filled := d.filled(t)
	for _, mode := range []string{"force_generic_plan", "force_custom_plan"} {
		for _, sql := range []string{store.PlanForValues, "SET plan_cache_mode = " + mode} {
			if _, err := conn.Exec(t.Context(), strings.ReplaceAll(sql, "true", "false")); err != nil {
				t.Fatal(err)
			}
		}
		t.Run("pushes, "+mode, func(t *testing.T) { listPlans(t, d, conn, filled) })
		t.Run("waybills, "+mode, func(t *testing.T) { findPlans(t, conn, filled) })
	}
	if _, err := conn.Exec(t.Context(), "RESET ALL"); err != nil {
		t.Fatal(err)
	}
}

func listPlans(t *testing.T, d testStore, conn *pgx.Conn, filled []string) {
	thisMonth, lastMonth := monthStart(0), monthStart(-1)
	mark := &ledger.Cursor{At: thisMonth.Add(-time.Hour), Serial: 7}
	const byTime, byWaybill = "_at_id_idx", "_pkey"
	for _, tt := range []struct {
		name   string
		q      ledger.Filter
		index  string   // by which the rows are found
		cond   []string // what of the question the index answers
		inTurn bool     // and gives them in the order of the answer
		months []time.Time
	}{
		{"everything", ledger.Filter{}, byTime, nil, true, nil},
		{"a range", ledger.Filter{From: thisMonth.AddDate(0, 0, -3), To: thisMonth}, byTime, []string{"at >=", "at <"}, true, []time.Time{lastMonth}},
		{"the next page", ledger.Filter{From: lastMonth, Before: mark}, byTime, []string{"at >=", "ROW(at, id) < ROW"}, true, []time.Time{lastMonth}},
		{"a common reason", ledger.Filter{From: lastMonth, Before: mark, Reason: string(waybill.Accepted)}, byTime, []string{"at >=", "ROW(at, id) < ROW"}, true, []time.Time{lastMonth}},
		{"a merchant", ledger.Filter{From: lastMonth, To: thisMonth, BizID: "M7"}, byWaybill, []string{"biz_id ="}, false, []time.Time{lastMonth}},
		{"a merchant, at any time", ledger.Filter{BizID: "M7"}, byWaybill, []string{"biz_id ="}, false, nil},
		{"a merchant's order", ledger.Filter{BizID: "M7", OrderID: "O6"}, byWaybill, []string{"biz_id ="}, false, nil},
		{"a waybill", ledger.Filter{BizID: "M7", WaybillID: "W6"}, byWaybill, []string{"biz_id =", "waybill_id ="}, false, nil},
		{"a waybill, the next page", ledger.Filter{BizID: "M7", WaybillID: "W6", From: lastMonth, Before: mark}, byWaybill,
			[]string{"biz_id =", "waybill_id =", "ROW(at, id) < ROW"}, false, []time.Time{lastMonth}},
	} {
		tt.q.Limit = 100
		read, kinds, text := accesses(t, conn, store.ListStatement(tt.q), `push\w*`)
		if tt.inTurn && slices.Contains(kinds, "Sort") {
			t.Errorf("%s is sorted:\n%s", tt.name, text)
		}
		var months []string
		for _, a := range read {
			months = append(months, a.Relation)
			if !slices.Contains(filled, a.Relation) {
				continue
			}
			if a.Index != a.Relation+tt.index || !containsAll(a.IndexCond, tt.cond) {
				t.Errorf("%s: %+v, want %s with %q", tt.name, a, tt.index, tt.cond)
			}
		}
		var want []string
		for _, m := range tt.months {
			want = append(want, store.MonthOf(m))
		}
		if want != nil && !slices.Equal(months, want) || want == nil && len(months) != d.partitions(t) {
			t.Errorf("%s reads %v", tt.name, months)
		}
	}
}

func findPlans(t *testing.T, conn *pgx.Conn, filled []string) {
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
		read, _, text := accesses(t, conn, express.FindStatement(tt.q), "waybill")
		if len(read) != 1 || read[0].Index != tt.index || !containsAll(read[0].IndexCond, tt.cond) {
			t.Errorf("%+v reads %+v, want %s:\n%s", tt.q, read, tt.index, text)
		}
	}
	for i, q := range express.HistoryStatements("M6", "W5") {
		read, _, text := accesses(t, conn, q, `waybill|booking\w*|`+strings.Join(filled, "|"))
		if len(read) == 0 {
			t.Errorf("statement %d of a history reads nothing: is the plan understood?", i)
		}
		for _, a := range read {
			key := []string{"biz_id =", "waybill_id ="}
			if a.Relation == "waybill" {
				key = key[1:] // is a key of its own
			}
			if !containsAll(a.IndexCond, key) {
				t.Errorf("%s is not read by its key:\n%s", a.Relation, text)
			}
		}
	}
}

func containsAll(s string, parts []string) bool {
	return !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(s, p) })
}
