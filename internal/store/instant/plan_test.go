package instant_test

import (
	"testing"

	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
)

// No statement of a push or a report reads a whole table or a whole index, whatever
// Postgres knows of its parameters when it plans, and however many share it.
func TestPlans(t *testing.T) {
	t.Parallel()
	plansOf(t, storetest.SomeTables)
}

func plansOf(t *testing.T, s storetest.Scale) {
	d := newStore(t)
	d.GrowTables(t, s)
	d.Planner(t).NoWholeReads(t, d.Statements, "shop", "delivery_order", "delivery_attempt", "delivery_step", "delivery_details", "waybill")
}

// No statement of a report reads a whole table or a whole index, however many share
// it; of an attempt's steps it reads no other's.
func TestStatusPlans(t *testing.T) {
	t.Parallel()
	statusPlansOf(t, someDeliveries)
}

func statusPlansOf(t *testing.T, s storetest.Scale) {
	d := newStore(t)
	d.Grow(t, s, grownOrders...)
	p := d.Planner(t)
	for _, mode := range storetest.PlanModes {
		for _, size := range []int{1, 256} {
			p.Set(t, "SET plan_cache_mode = "+mode, "SET enable_seqscan = off")
			tables := map[string]bool{}
			var statements pgx.Batch
			queueReads, queueWrites := d.StatusStatements(size)
			queueReads(&statements)
			queueWrites(&statements)
			for i, q := range statements.QueuedQueries {
				read, _, text := p.Accesses(t, q, `delivery_\w+`)
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
					if !a.IsBy(key...) {
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
