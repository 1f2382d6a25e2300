package pg

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// TableRights are what a server's role needs on each table.
const TableRights = "SELECT, INSERT, UPDATE, DELETE"

// deniedError is a right that a role lacks, with the statement that gives it.
type deniedError struct {
	err  error
	give string
}

func (e *deniedError) Error() string {
	return e.err.Error() + "; the owner or a superuser gives the right by: " + e.give
}
func (e *deniedError) Unwrap() error { return e.err }

// denied finds in an error of Postgres which object it is about. In other languages than
// English it finds none.
var denied = []struct {
	says *regexp.Regexp
	give string // with the object for $1
}{
	{regexp.MustCompile(`^permission denied for (?:table|view|relation) "?([^"]+?)"?$`), `GRANT ` + TableRights + ` ON $1 TO `},
	{regexp.MustCompile(`^permission denied for schema "?([^"]+?)"?$`), `GRANT USAGE, CREATE ON SCHEMA $1 TO `},
	{regexp.MustCompile(`^permission denied for database "?([^"]+?)"?$`), `GRANT CONNECT ON DATABASE $1 TO `},
	{regexp.MustCompile(`^permission denied to create temporary tables in database "?([^"]+?)"?$`), `GRANT TEMPORARY ON DATABASE $1 TO `},
	{regexp.MustCompile(`^permission denied for sequence "?([^"]+?)"?$`), `GRANT USAGE ON SEQUENCE $1 TO `},
	{regexp.MustCompile(`^permission denied for function "?([^"]+?)"?$`), `GRANT EXECUTE ON FUNCTION $1 TO `},
	{regexp.MustCompile(`^must be owner of (?:table|relation|index) "?([^"]+?)"?$`), `ALTER TABLE $1 OWNER TO `},
}

// ExplainDenied adds to an error that says that role lacks a right how it is given.
func ExplainDenied(err error, role string) error {
	server, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || server.Code != "42501" { // insufficient_privilege
		return err
	}
	if _, done := errors.AsType[*deniedError](err); done {
		return err
	}
	return &deniedError{err, giveRight(server.Message, role)}
}

func giveRight(message, role string) string {
	role = pgx.Identifier{role}.Sanitize()
	for _, d := range denied {
		if m := d.says.FindStringSubmatchIndex(message); m != nil {
			object := pgx.Identifier{message[m[2]:m[3]]}.Sanitize()
			return strings.ReplaceAll(d.give, "$1", object) + role
		}
	}
	return "GRANT " + TableRights + " ON ALL TABLES IN SCHEMA public TO " + role + " (or another right that the words before name)"
}

// ExplainDenied is the function of that name for the pool's role.
func (p *Pool) ExplainDenied(err error) error { return ExplainDenied(err, p.role) }

// AcquireFunc is the pool's, and explains a right that is missing, as Exec and QueryRow do.
func (p *Pool) AcquireFunc(ctx context.Context, do func(*pgxpool.Conn) error) error {
	return p.ExplainDenied(p.Pool.AcquireFunc(ctx, do))
}

// Exec is the pool's.
func (p *Pool) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	tag, err := p.Pool.Exec(ctx, sql, args...)
	return tag, p.ExplainDenied(err)
}

// QueryRow is the pool's.
func (p *Pool) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return explainedRow{p.Pool.QueryRow(ctx, sql, args...), p}
}

type explainedRow struct {
	row  pgx.Row
	pool *Pool
}

func (r explainedRow) Scan(dest ...any) error { return r.pool.ExplainDenied(r.row.Scan(dest...)) }
