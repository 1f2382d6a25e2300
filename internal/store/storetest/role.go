package storetest

import (
	"crypto/rand"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Role makes a role that may log in and has no rights, and gives the database's URL for it. It is
// dropped when the test ends, with what it has made here.
func (d Database) Role(tb testing.TB) (name, asRole string) {
	tb.Helper()
	u, err := url.Parse(d.URL)
	Must(tb, err)
	name = "role-" + strings.ToLower(rand.Text()) // its name wants quotes
	quoted := pgx.Identifier{name}.Sanitize()
	d.Exec(tb, "CREATE ROLE "+quoted+" LOGIN")
	tb.Cleanup(func() {
		d.Exec(tb, "DROP OWNED BY "+quoted)
		d.Exec(tb, "DROP ROLE "+quoted)
	})
	q := u.Query()
	q.Set("user", name)
	u.RawQuery = q.Encode()
	return name, u.String()
}
