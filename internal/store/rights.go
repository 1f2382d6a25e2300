package store

import (
	"context"
	"fmt"
	"regexp"

	"carrierhook/internal/store/pg"
	"carrierhook/migrations"
)

// readMissingRights is how a role is given the rights that it lacks on the tables and sequences of $1; empty: it has all.
// What is partitioned is only added to: months are dropped by the role that owns them.
const readMissingRights = `WITH missing AS (
		SELECT c.relname, n.nspname, string_agg(r.name, ', ' ORDER BY r.position) AS rights
		FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace,
			unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) WITH ORDINALITY AS r (name, position)
		WHERE c.oid IN (SELECT to_regclass(name) FROM unnest($1::text[]) AS name) AND NOT c.relispartition
			AND (c.relkind = 'r' OR c.relkind = 'p' AND r.position <= 2) AND NOT has_table_privilege(c.oid, r.name)
		GROUP BY c.relname, n.nspname)
	SELECT concat_ws('; ', CASE WHEN count(*) > 3 THEN format('GRANT ` + pg.TableRights + ` ON ALL TABLES IN SCHEMA %I TO %I', min(nspname), current_user)
		ELSE string_agg(format('GRANT %s ON %I TO %I', rights, relname, current_user), '; ' ORDER BY relname) END,
		(SELECT string_agg(format('GRANT USAGE ON SEQUENCE %I TO %I', relname, current_user), '; ' ORDER BY relname)
		FROM pg_sequence JOIN pg_class ON oid = seqrelid
		WHERE oid IN (SELECT to_regclass(name) FROM unnest($1::text[]) AS name) AND NOT has_sequence_privilege(seqrelid, 'USAGE')))
	FROM missing`

// CheckRights tells whether the role may do with the tables what a server does, and how
// it is given the rights that it lacks.
func (s *Store) CheckRights(ctx context.Context) error {
	names, err := migratedNames()
	if err != nil {
		return err
	}
	var missing string
	if err := s.pool.QueryRow(ctx, readMissingRights, names).Scan(&missing); err != nil {
		return fmt.Errorf("check rights: %w", err)
	}
	if missing != "" {
		return fmt.Errorf("the server's role lacks rights on tables; their owner or a superuser gives them by: %s", missing)
	}
	return nil
}

// ShortTimeouts are the settings of the role or the database that end what takes long,
// each with its value.
func (s *Store) ShortTimeouts(ctx context.Context) ([]string, error) {
	return s.pool.ShortTimeouts(ctx)
}

// LockWait tells what servers wait for, and who has it locked; empty: nothing.
func (s *Store) LockWait(ctx context.Context) (string, error) {
	w, waits, err := s.pool.LockWait(ctx)
	if err != nil || !waits {
		return "", err
	}
	return w.String(), nil
}

var created = regexp.MustCompile(`(?m)^CREATE (?:TABLE|SEQUENCE) (\w+)`)

// migratedNames are those of the tables and sequences that the migrations make.
func migratedNames() (names []string, err error) {
	files, err := migrations.FS.ReadDir(".")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		text, err := migrations.FS.ReadFile(f.Name())
		if err != nil {
			return nil, err
		}
		for _, m := range created.FindAllSubmatch(text, -1) {
			names = append(names, string(m[1]))
		}
	}
	return names, nil
}
