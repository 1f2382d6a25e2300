package express_test

import (
	"testing"

	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/waybill"
)

// Nothing of a batch is compiled, and no statement gets a plan for its values, though the
// database does both by itself.
func TestBatchPlans(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.AddWaybills(t, "W")
	d.Exec(t, `CREATE TABLE plans (jit text, custom integer);
		CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			INSERT INTO plans SELECT current_setting('jit'), sum(custom_plans) FROM pg_prepared_statements WHERE statement LIKE '%waybill%';
			RETURN NULL;
		END $$;
		CREATE TRIGGER note AFTER UPDATE ON waybill FOR EACH STATEMENT EXECUTE FUNCTION note()`)
	d.WantCancel(t, expresstest.CancelPush(1, "W"), waybill.Accepted, false)
	if got := d.Texts(t, `SELECT DISTINCT jit || ', else ' || current_setting('jit') || '; for values ' || custom FROM plans`); len(got) != 1 || got[0] != "off, else on; for values 0" {
		t.Errorf("got %q", got)
	}
}
