package instant_test

import (
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"
	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
)

// listStatement is what a question about the ledger asks of Postgres.
func listStatement(q ledger.Filter) *pgx.QueuedQuery {
	var b pgx.Batch
	pushlog.QueueList(&b, q)
	return b.QueuedQueries[0]
}

// An order is read by its key, and its pushes by their own index, in the order of the
// answer and without those of other orders. So is a list of an order and an event.
func TestDeliveryPlans(t *testing.T) {
	t.Parallel()
	deliveryPlansOf(t, someDeliveries)
}

func deliveryPlansOf(t *testing.T, s storetest.Scale) {
	d := newStore(t)
	d.Grow(t, s, grownOrders...)
	d.FormerMonth(t, 1)
	d.Exec(t, s.Of(grownOrder), storetest.MonthStart(-1), storetest.MonthStart(1))
	d.Exec(t, `ANALYZE push`)
	months, p := d.Filled(t), d.Planner(t)
	const index = "_biz_id_order_id_at_id_idx"
	own := []string{"biz_id =", "order_id ="}
	pushes := func(name string, q *pgx.QueuedQuery, want bool, cond ...string) {
		t.Helper()
		read, kinds, text := p.Accesses(t, q, `push\w*`)
		filled := 0
		for _, a := range read {
			if !strings.HasPrefix(a.Relation, "push_2") || !slices.Contains(months, a.Relation) {
				continue
			}
			filled++
			if by := a.Index == a.Relation+index && a.IsBy(append(own, cond...)...); by != want {
				t.Errorf("%s: by its own index is %t:\n%s", name, by, text)
			}
		}
		sorts := len(slices.DeleteFunc(kinds, func(kind string) bool { return kind != "Sort" }))
		if filled == 0 || want && sorts > len(read)-filled { // of nothing Postgres may read all
			t.Errorf("%s reads %d months with rows, or sorts:\n%s", name, filled, text)
		}
	}
	for _, mode := range storetest.PlanModes {
		p.Set(t, strings.ReplaceAll(pg.PlanForValues, "true", "false"), "SET plan_cache_mode = "+mode)
		statements := instant.HistoryStatements("S7", "D57", 100)
		for i, q := range slices.Concat(statements[:3], instant.StatusCallStatements("S7", "D57")) {
			read, _, text := p.Accesses(t, q, `delivery_\w+`)
			if len(read) == 0 {
				t.Errorf("%s, statement %d reads nothing: is the plan understood?", mode, i)
			}
			for _, a := range read {
				if a.Index != a.Relation+"_pkey" || !a.IsBy("shop_id =", "order_id =") {
					t.Errorf("%s: %s is not read by its key:\n%s", mode, a.Relation, text)
				}
			}
		}
		pushes(mode+", an order's", statements[3], true)
		filter := ledger.Filter{BizID: "S7", OrderID: "D57", Event: "transport_add_order", Limit: 100}
		pushes(mode+", by event", listStatement(filter), true)
		filter.Before, filter.From = &ledger.Cursor{At: storetest.MonthStart(0).AddDate(0, 0, 14), Serial: 7}, storetest.MonthStart(-12)
		pushes(mode+", the next page", listStatement(filter), true, "ROW(at, id) < ROW", "at >=")
		filter.Event = ledger.AnyInstant
		pushes(mode+", the next page of all", listStatement(filter), true, "ROW(at, id) < ROW")
		filter.Event = "get_auth_info"
		pushes(mode+", by an event without the prefix", listStatement(filter), true, "ROW(at, id) < ROW")
		filter.Event = ""
		pushes(mode+", of either kind", listStatement(filter), false)
	}
}
