package store

import (
	"carrierhook/internal/store/express"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/pushlog"

	"github.com/jackc/pgx/v5/pgconn"
)

// conflict tells whether another transaction was faster. The next try sees what it did.
func conflict(e *pgconn.PgError) bool {
	return express.Conflict(e) || instant.Conflict(e) || pushlog.Conflict(e)
}
