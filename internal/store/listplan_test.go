package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// Questions about the ledger are answered by the indexes that are meant for them, and
// out of the months that they are about.
func TestListPlans(t *testing.T) {
	t.Parallel()
	listPlansOf(t, storetest.SomeTables)
}

func listPlansOf(t *testing.T, s storetest.Scale) {
	d := newStore(t)
	d.Exec(t, `ANALYZE`) // or an empty month would be planned for as if it had rows
	d.GrowLedger(t, s)
	filled, p := d.Filled(t), d.Planner(t)
	for _, mode := range storetest.PlanModes {
		p.Set(t, strings.ReplaceAll(pg.PlanForValues, "true", "false"), "SET plan_cache_mode = "+mode)
		t.Run("pushes, "+mode, func(t *testing.T) { listPlans(t, d, p, filled) })
	}
}

func listPlans(t *testing.T, d testStore, p storetest.Planner, filled []string) {
	thisMonth, lastMonth := storetest.MonthStart(0), storetest.MonthStart(-1)
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
		read, kinds, text := p.Accesses(t, store.ListStatement(tt.q), `push\w*`)
		if tt.inTurn && slices.Contains(kinds, "Sort") {
			t.Errorf("%s is sorted:\n%s", tt.name, text)
		}
		var months []string
		for _, a := range read {
			months = append(months, a.Relation)
			if !slices.Contains(filled, a.Relation) {
				continue
			}
			if a.Index != a.Relation+tt.index || !a.IsBy(tt.cond...) {
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
