package pg_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5/pgconn"
)

// Each right that Postgres says is missing has the statement that gives it, also where
// its words are in another language. Other errors are as they were.
func TestExplainDenied(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		`permission denied for table waybill`:                             `GRANT SELECT, INSERT, UPDATE, DELETE ON "waybill" TO "o'app"`,
		`permission denied for schema public`:                             `GRANT USAGE, CREATE ON SCHEMA "public" TO "o'app"`,
		`permission denied for database "hook"`:                           `GRANT CONNECT ON DATABASE "hook" TO "o'app"`,
		`permission denied to create temporary tables in database "hook"`: `GRANT TEMPORARY ON DATABASE "hook" TO "o'app"`,
		`permission denied for function pg_logical_emit_message`:          `GRANT EXECUTE ON FUNCTION "pg_logical_emit_message" TO "o'app"`,
		`permission denied for sequence goose_db_version_id_seq`:          `GRANT USAGE ON SEQUENCE "goose_db_version_id_seq" TO "o'app"`,
		`must be owner of table push_2026_01`:                             `ALTER TABLE "push_2026_01" OWNER TO "o'app"`,
		"对表 waybill 权限不够":                                                 `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "o'app"`,
	} {
		denied := fmt.Errorf("load: %w", &pgconn.PgError{Severity: "ERROR", Code: "42501", Message: message})
		err := pg.ExplainDenied(pg.ExplainDenied(denied, "o'app"), "o'app")
		if !errors.Is(err, denied) || strings.Count(err.Error(), " by: "+want) != 1 {
			t.Errorf("%s: %v", message, err)
		}
	}
	for _, other := range []error{nil, errors.New("permission denied for table waybill"), &pgconn.PgError{Code: "42P01", Message: `relation "waybill" does not exist`}} {
		if err := pg.ExplainDenied(other, "app"); err != other {
			t.Errorf("%v became %v", other, err)
		}
	}
}
