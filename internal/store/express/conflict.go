package express

import "github.com/jackc/pgx/v5/pgconn"

// Conflict tells whether another transaction was faster: the same order was booked, the
// number given to another, the last of the quota taken, the same merchant's review made. The
// next try sees it.
func Conflict(e *pgconn.PgError) bool {
	switch e.ConstraintName {
	case "waybill_pkey", "order_has_one_waybill", "waybill_number_is_unique", "merchant_review_pkey":
		return e.Code == "23505" // unique_violation
	case "quota_not_below_zero":
		return e.Code == "23514" // check_violation
	}
	return false
}
