package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ErrUnsuitable says that the database is not one that this program works with.
var ErrUnsuitable = errors.New("the database cannot be used")

// oldestServer is the oldest major version of Postgres that does.
const oldestServer = 15

// readSuitable reads what is assumed of a database, before anything is made in it or
// asked of it. It works on every Postgres and in every encoding.
const readSuitable = `SELECT current_setting('server_version_num')::integer / 10000, getdatabaseencoding()::text, current_database()::text,
	current_user::text, coalesce(current_schema()::text, ''), current_setting('search_path'),
	current_setting('transaction_read_only')::boolean, coalesce(has_schema_privilege(current_schema()::text, 'CREATE'), false),
	coalesce((SELECT min(pg_get_userbyid(relowner)) FROM pg_class WHERE oid = to_regclass('waybill') AND NOT pg_has_role(relowner, 'USAGE')), '')`

// suitable is what readSuitable reads.
type suitable struct {
	version    int // major
	encoding   string
	database   string
	role       string
	schema     string // in which tables are made; empty: there is none
	searchPath string
	readOnly   bool
	creates    bool   // the role may make tables in the schema
	owner      string // whose tables these are, where the role may not change them
}

func readSuitableOf(ctx context.Context, conn querier) (s suitable, err error) {
	err = conn.QueryRow(ctx, readSuitable).Scan(&s.version, &s.encoding, &s.database,
		&s.role, &s.schema, &s.searchPath, &s.readOnly, &s.creates, &s.owner)
	if err != nil {
		return s, fmt.Errorf("look at the database: %w", err)
	}
	return s, nil
}

// toWork says what keeps every command from working with it.
func (s suitable) toWork() error {
	switch {
	case s.version < oldestServer:
		return fmt.Errorf("%w: it is Postgres %d, and this program needs %d or newer", ErrUnsuitable, s.version, oldestServer)
	case s.encoding != "UTF8":
		return fmt.Errorf("%w: the encoding of database %s is %s and has to be UTF8, which cannot be changed: make another one by "+
			"CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and name it in database.url", ErrUnsuitable, s.database, s.encoding)
	case s.schema == "":
		return fmt.Errorf("%w: role %s can use none of the schemas of its search_path (%s); the owner or a superuser gives the right by: GRANT USAGE ON SCHEMA public TO %s",
			ErrUnsuitable, s.role, s.searchPath, pgx.Identifier{s.role}.Sanitize())
	}
	return nil
}

// toMigrate says what keeps the schema from being made or changed.
func (s suitable) toMigrate() error {
	if err := s.toWork(); err != nil {
		return err
	}
	role := pgx.Identifier{s.role}.Sanitize()
	switch {
	case s.readOnly:
		return fmt.Errorf("%w: database %s takes no writes: it is a standby, or default_transaction_read_only is on for the database or role %s",
			ErrUnsuitable, s.database, s.role)
	case !s.creates:
		return fmt.Errorf("%w: role %s may not make tables in schema %s; its owner or a superuser gives the right by: GRANT USAGE, CREATE ON SCHEMA %s TO %s",
			ErrUnsuitable, s.role, s.schema, pgx.Identifier{s.schema}.Sanitize(), role)
	case s.owner != "":
		return fmt.Errorf("%w: the tables belong to role %s, and role %s may not change them: migrate as %s, or GRANT %s TO %s",
			ErrUnsuitable, s.owner, s.role, s.owner, pgx.Identifier{s.owner}.Sanitize(), role)
	}
	return nil
}
