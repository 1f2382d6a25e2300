package storetest

import (
	"context"
	"strings"
	"testing"
)

// WantWritten expects that do, which is to update a row of a table, fails where something
// keeps that row from being updated, and leaves nothing.
func (d Database) WantWritten(t *testing.T, name, table string, do func(context.Context) error) {
	t.Helper()
	const all = `SELECT coalesce(sum(n), 0) FROM (SELECT count(*) AS n FROM push UNION ALL SELECT count(*) FROM waybill
		UNION ALL SELECT count(*) FROM scan UNION ALL SELECT count(*) FROM delivery_step) AS rows`
	before := d.Int(t, all)
	d.Exec(t, `CREATE OR REPLACE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
		CREATE TRIGGER keep BEFORE UPDATE ON `+table+` FOR EACH ROW EXECUTE FUNCTION keep()`)
	ctx, stop := context.WithTimeout(t.Context(), Patience)
	defer stop()
	if err := do(ctx); err == nil || !strings.Contains(err.Error(), "wrote 0 rows of 1") {
		t.Errorf("%s: got %v", name, err)
	}
	if n := d.Int(t, all); n != before {
		t.Errorf("%s: it leaves %d rows", name, n-before)
	}
	d.Exec(t, `DROP TRIGGER keep ON `+table)
	if err := do(ctx); err != nil {
		t.Errorf("%s, without that: %v", name, err)
	}
}
