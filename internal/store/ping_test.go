package store_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// A database that answers and takes no writes is no database to a push. The question
// stays on its connection while the answer is right, and is asked anew after a wrong
// one, so that the right server is found.
func TestPingReadOnly(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	conn, err := d.db.Acquire(t.Context()) // the setting is for those that connect after it
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	set := func(on string) {
		t.Helper()
		name := pgx.Identifier{conn.Conn().Config().Database}.Sanitize()
		if _, err := conn.Exec(t.Context(), "ALTER DATABASE "+name+" SET default_transaction_read_only = "+on); err != nil {
			t.Fatal(err)
		}
	}
	set("on") // before the first question
	for range 2 {
		if err := d.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "takes no writes") {
			t.Errorf("read-only: %v", err)
		}
	}
	set("off")
	for range 2 {
		if err := d.Ping(t.Context()); err != nil {
			t.Errorf("and back: %v", err)
		}
	}
}
