package expresstest

import (
	"testing"

	"carrierhook/internal/store/storetest"
)

// AddContacts puts n bookings' contacts there, each a millisecond older than the one
// before, the first of this age.
func AddContacts(tb testing.TB, d storetest.Database, n int, age string) {
	tb.Helper()
	d.Exec(tb, `INSERT INTO booking_contact (biz_id, waybill_id, booked_at, sender, receiver, remark, goods)
		SELECT 'B', $2 || i, now() - $2::interval - i * interval '1 millisecond', '{}', '{}', '', '[]' FROM generate_series(0, $1 - 1) i`, n, age)
}
