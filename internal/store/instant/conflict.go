package instant

import "github.com/jackc/pgx/v5/pgconn"

// Conflict tells whether another transaction was faster: it placed the same order, or
// gave the number to another one. The next try sees it.
func Conflict(e *pgconn.PgError) bool {
	switch e.ConstraintName {
	case "delivery_order_pkey", "delivery_number_is_unique":
		return e.Code == "23505" // unique_violation
	}
	return false
}
