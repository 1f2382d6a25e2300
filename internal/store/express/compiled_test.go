package express_test

import (
	"testing"

	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/waybill"
)

// Nothing of a batch is compiled, though the database does that by itself.
func TestNotCompiled(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.AddWaybills(t, "W")
	d.Exec(t, `CREATE TABLE compiles (jit text);
		CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			INSERT INTO compiles VALUES (current_setting('jit'));
			RETURN NULL;
		END $$;
		CREATE TRIGGER note AFTER UPDATE ON waybill FOR EACH STATEMENT EXECUTE FUNCTION note()`)
	d.WantCancel(t, expresstest.CancelPush(1, "W"), waybill.Accepted, false)
	if got := d.Texts(t, `SELECT DISTINCT jit || ', else ' || current_setting('jit') FROM compiles`); len(got) != 1 || got[0] != "off, else on" {
		t.Errorf("got %q", got)
	}
}
