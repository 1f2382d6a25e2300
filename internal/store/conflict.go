package store

import (
	"carrierhook/internal/store/express"
	"carrierhook/internal/store/instant"

	"github.com/jackc/pgx/v5/pgconn"
)

// conflict tells whether another transaction was faster. The next try sees what it did.
func (s *Store) conflict(e *pgconn.PgError) bool {
	return express.Conflict(e) || instant.Conflict(e) || s.Pushes.NoteConflict(e)
}
