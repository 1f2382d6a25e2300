package store_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store"
	"carrierhook/internal/store/instant"

	"github.com/jackc/pgx/v5"
)

// planner is a connection to ask for plans.
func (d testStore) planner(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), d.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// plansFor is how a connection is to plan.
func plansFor(t *testing.T, conn *pgx.Conn, settings ...string) {
	t.Helper()
	for _, sql := range append([]string{"RESET ALL"}, settings...) {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
}

// An order is read by its key, and its pushes by their own index, in the order of the
// answer and without those of other orders. So is a list of an order and an event.
func TestDeliveryPlans(t *testing.T) {
	t.Parallel()
	deliveryPlansOf(t, someDeliveries)
}

func deliveryPlansOf(t *testing.T, s scale) {
	d := newStore(t)
	d.grow(t, s, grownOrders...)
	d.formerMonth(t, 1)
	d.Exec(t, s.of(grownOrder), monthStart(-1), monthStart(1))
	d.Exec(t, `ANALYZE push`)
	months, conn := d.filled(t), d.planner(t)
	const index = "_biz_id_order_id_at_id_idx"
	own := []string{"biz_id =", "order_id ="}
	pushes := func(name string, q *pgx.QueuedQuery, want bool, cond ...string) {
		t.Helper()
		read, kinds, text := accesses(t, conn, q, `push\w*`)
		filled := 0
		for _, a := range read {
			if !strings.HasPrefix(a.Relation, "push_2") || !slices.Contains(months, a.Relation) {
				continue
			}
			filled++
			if by := a.Index == a.Relation+index && containsAll(a.IndexCond, append(own, cond...)); by != want {
				t.Errorf("%s: by its own index is %t:\n%s", name, by, text)
			}
		}
		sorts := len(slices.DeleteFunc(kinds, func(kind string) bool { return kind != "Sort" }))
		if filled == 0 || want && sorts > len(read)-filled { // of nothing Postgres may read all
			t.Errorf("%s reads %d months with rows, or sorts:\n%s", name, filled, text)
		}
	}
	for _, mode := range []string{"force_generic_plan", "force_custom_plan"} {
		plansFor(t, conn, strings.ReplaceAll(store.PlanForValues, "true", "false"), "SET plan_cache_mode = "+mode)
		statements := instant.HistoryStatements("S7", "D57", 100)
		for i, q := range statements[:3] {
			read, _, text := accesses(t, conn, q, `delivery_\w+`)
			if len(read) == 0 {
				t.Errorf("%s, statement %d reads nothing: is the plan understood?", mode, i)
			}
			for _, a := range read {
				if a.Index != a.Relation+"_pkey" || !containsAll(a.IndexCond, []string{"shop_id =", "order_id ="}) {
					t.Errorf("%s: %s is not read by its key:\n%s", mode, a.Relation, text)
				}
			}
		}
		pushes(mode+", an order's", statements[3], true)
		filter := ledger.Filter{BizID: "S7", OrderID: "D57", Event: "transport_add_order", Limit: 100}
		pushes(mode+", by event", store.ListStatement(filter), true)
		filter.Before, filter.From = &ledger.Cursor{At: monthStart(0).AddDate(0, 0, 14), Serial: 7}, monthStart(-12)
		pushes(mode+", the next page", store.ListStatement(filter), true, "ROW(at, id) < ROW", "at >=")
		filter.Event = ledger.AnyInstant
		pushes(mode+", the next page of all", store.ListStatement(filter), true, "ROW(at, id) < ROW")
		filter.Event = "get_auth_info"
		pushes(mode+", by an event without the prefix", store.ListStatement(filter), true, "ROW(at, id) < ROW")
		filter.Event = ""
		pushes(mode+", of either kind", store.ListStatement(filter), false)
	}
}

// No statement of a report reads a whole table or a whole index, however many share
// it; of an attempt's steps it reads no other's.
func TestStatusPlans(t *testing.T) {
	t.Parallel()
	statusPlansOf(t, someDeliveries)
}

func statusPlansOf(t *testing.T, s scale) {
	d := newStore(t)
	d.grow(t, s, grownOrders...)
	conn := d.planner(t)
	for _, mode := range []string{"force_generic_plan", "force_custom_plan"} {
		for _, size := range []int{1, 256} {
			plansFor(t, conn, "SET plan_cache_mode = "+mode, "SET enable_seqscan = off")
			tables := map[string]bool{}
			var statements pgx.Batch
			queueReads, queueWrites := d.Instant.StatusStatements(size)
			queueReads(&statements)
			queueWrites(&statements)
			for i, q := range statements.QueuedQueries {
				read, _, text := accesses(t, conn, q, `delivery_\w+`)
				for _, a := range read {
					if a.NodeType == "ModifyTable" {
						continue // writes what was found
					}
					tables[a.Relation] = true
					key := []string{"shop_id =", "order_id ="}
					if a.Relation == "delivery_step" {
						key = append(key, "attempt =")
					}
					if a.Index == "delivery_number_is_unique" {
						key = []string{"waybill_id ="}
					}
					if !containsAll(a.IndexCond, key) {
						t.Errorf("%s, %d reports, statement %d: %s is not read by its key:\n%s", mode, size, i, a.Relation, text)
					}
				}
			}
			if len(tables) != 3 {
				t.Errorf("%s, %d reports read %v: are the plans understood?", mode, size, tables)
			}
		}
	}
}
