package pg

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// PinSession sets what a session's texts are read and written by, whatever the role or
// the database are set to. They are parameters that poolers know.
func PinSession(cfg *pgx.ConnConfig) {
	cfg.RuntimeParams["datestyle"] = "ISO"
	cfg.RuntimeParams["client_encoding"] = "UTF8"
	cfg.RuntimeParams["standard_conforming_strings"] = "on"
	if _, named := cfg.RuntimeParams["application_name"]; !named {
		cfg.RuntimeParams["application_name"] = "carrierhook"
	}
}

// LiftTimeouts lets a session take its time, as a migration and the import of a file
// have to, whatever its role or the database are set to. It is not for sessions of a
// pooler.
func LiftTimeouts(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `SELECT set_config(name, '0', false) FROM pg_settings WHERE setting <> '0' AND name IN
		('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout')`)
	return err
}

// ShortTimeouts are the settings of the role or the database that end a slow transaction of
// a server, or its maintenance, each with its value. Batches and reads limit statements
// themselves.
func (p *Pool) ShortTimeouts(ctx context.Context) ([]string, error) {
	rows, _ := p.Query(ctx, `SELECT name || ' = ' || current_setting(name) FROM pg_settings
		WHERE name IN ('statement_timeout', 'transaction_timeout') AND setting::bigint BETWEEN 1 AND 9999 ORDER BY name`)
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
