package store

import (
	"errors"

	"carrierhook/internal/store/express"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"

	"github.com/jackc/pgx/v5/pgconn"
)

// conflict tells whether another transaction was faster. The next try sees what it did.
func conflict(e *pgconn.PgError) bool {
	return express.Conflict(e) || instant.Conflict(e) || pushlog.Conflict(e)
}

// transientImport is pg.Transient for an import, which has a session of its own.
func transientImport(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && conflict(e) || pg.Transient(err)
}
