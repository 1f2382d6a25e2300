package express_test

import (
	"testing"

	"carrierhook/internal/store/express"
	"carrierhook/internal/store/express/expresstest"
)

// Old contacts are found by the index, however many are kept.
func TestEraseContactsByIndex(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	expresstest.AddContacts(t, d.Database, 20_000, "1 hour")
	expresstest.AddContacts(t, d.Database, 100, "100 hours")
	d.Exec(t, `ANALYZE booking_contact`)
	d.WantErasedBy(t, express.EraseContactsSQL, "booking_contact_by_age", "Index Cond: (booked_at <")
}
