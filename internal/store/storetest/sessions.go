package storetest

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

// Sessions are the connections of what is tested, as Postgres sees them.
func (d Database) Sessions(t *testing.T) []int32 {
	t.Helper()
	rows, _ := d.DB.Query(t.Context(), `SELECT pid FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = 'carrierhook'`)
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	Must(t, err)
	return pids
}
