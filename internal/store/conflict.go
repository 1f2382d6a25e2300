package store

import (
	"errors"

	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5/pgconn"
)

// conflict tells whether another transaction was faster: the same order was booked or
// placed, the number given to another, the last of the quota taken, the signature
// used. The next try sees it.
func conflict(e *pgconn.PgError) bool {
	switch e.ConstraintName {
	case "waybill_pkey", "order_has_one_waybill", "waybill_number_is_unique", "bound_signature_pkey":
		return e.Code == "23505" // unique_violation
	case "quota_not_below_zero":
		return e.Code == "23514" // check_violation
	}
	return instant.Conflict(e)
}

// transientImport is pg.Transient for an import, which has a session of its own.
func transientImport(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && conflict(e) || pg.Transient(err)
}
