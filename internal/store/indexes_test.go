package store_test

import (
	"fmt"
	"testing"
	"time"

	"carrierhook/internal/store"
	"carrierhook/internal/store/storetest"
)

// indexes are those of the ledger besides its key.
var indexes = map[string]string{
	"push_by_time": "(at, id)",
	"push_by_delivery": `(biz_id, order_id, at, id) WHERE ((event ~~ 'transport\_%'::text) OR ` +
		`(event = ANY (ARRAY['get_pre_auth_code'::text, 'get_auth_info'::text, 'cancel_auth_account'::text, 'mock_update_order_status'::text])))`,
}

// wantIndexed expects every partition of the ledger to have its part of each index.
func (d testStore) wantIndexed(t *testing.T, partitions int) {
	t.Helper()
	if n := d.partitions(t); n != partitions {
		t.Errorf("the ledger has %d partitions, want %d", n, partitions)
	}
	for index, columns := range indexes {
		parts := d.Int(t, `SELECT count(*) FROM pg_inherits i JOIN pg_index x ON x.indexrelid = i.inhrelid AND x.indisvalid
			WHERE i.inhparent = $1::text::regclass AND right(pg_get_indexdef(x.indexrelid), length($2)) = $2`, index, " USING btree "+columns)
		if parts != partitions {
			t.Errorf("%s has %d parts for %d partitions", index, parts, partitions)
		}
	}
	d.WantInt(t, 0, `SELECT count(*) FROM pg_index WHERE NOT indisvalid`)
}

// The ledger's indexes cover the months that are made first, those that maintenance
// makes later, also with rows of the default partition, and one that was made by hand.
func TestLedgerIndexes(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.wantIndexed(t, 26)
	d.forgetMonths(t, "push", 0)
	d.wantIndexed(t, 1)
	d.Exec(t, ledgerRow, time.Now()) // to the default partition
	if _, err := d.MaintainLedger(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	d.wantIndexed(t, 26)
	d.FormerMonth(t, 1)
	next := storetest.MonthStart(25)
	d.Exec(t, fmt.Sprintf("CREATE TABLE %s (LIKE push INCLUDING CONSTRAINTS)", store.MonthOf(next)))
	d.Exec(t, fmt.Sprintf("ALTER TABLE push ATTACH PARTITION %s FOR VALUES FROM ('%s') TO ('%s')",
		store.MonthOf(next), next.Format(time.RFC3339), next.AddDate(0, 1, 0).Format(time.RFC3339)))
	d.wantIndexed(t, 28)
}
