package express_test

import (
	"testing"
	"time"

	"carrierhook/internal/store/express"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// What the samples' merchants have booked goes when they are reset, and their
// quotas are as they are given.
func TestReset(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 3)
	d.WantScan(t, expresstest.ScanOf(d.Booked(t, expresstest.OrderPush(1, "P", "O1")), waybill.Collecting, 0), waybill.Recorded, waybill.Collected)
	d.WantScan(t, expresstest.ScanOf(d.Booked(t, expresstest.OrderPush(2, "B", "O2")), waybill.Collecting, 0), waybill.Recorded, waybill.Collected)
	seven := int64(7)
	merchants := []express.MerchantRow{{BizID: "P", Password: "pw", CancelAllowed: true, Quota: &seven}}
	sample := []waybill.Waybill{{BizID: "P", ID: "S", OrderID: "O1", Status: waybill.Booked, BookedAt: time.Now(), FromQuota: true}}
	storetest.Must(t, d.Reset(t.Context(), merchants, sample))
	d.WantQuota(t, "P", 7)

	for _, table := range []string{"booking", "booking_contact", "scan", "waybill WHERE biz_id = 'P' AND waybill_id = 'S' AND from_quota UNION ALL SELECT count(*) FROM waybill WHERE biz_id = 'B'"} {
		if n := d.Int(t, "SELECT count(*) FROM "+table); n != 1 {
			t.Errorf("%d rows in %s", n, table)
		}
	}
	d.WantInt(t, 2, "SELECT count(*) FROM waybill")
	if n := d.Int(t, "SELECT count(*) FROM push"); n != 2 {
		t.Errorf("%d rows in the ledger", n)
	}
	// Without clearing, what is not named stays; without a quota it is monthly.
	number := d.Booked(t, expresstest.OrderPush(3, "P", "O3"))
	d.WantScan(t, expresstest.ScanOf("S", waybill.Collecting, 0), waybill.Recorded, waybill.Collected)
	d.WantScan(t, expresstest.ScanOf(number, waybill.Collecting, 0), waybill.Recorded, waybill.Collected)
	storetest.Must(t, d.Replace(t.Context(), []express.MerchantRow{{BizID: "P", Password: "pw", CancelAllowed: true}}, sample))
	if got := d.MustBook(t, expresstest.OrderPush(3, "P", "O3")); !got.Repeat || got.WaybillID != number {
		t.Errorf("got %+v", got)
	}
	if got := d.Life(t, "S"); got != "booked paid" || len(d.Scans(t, "S")) != 0 || len(d.Scans(t, number)) != 1 {
		t.Errorf("S is %s with %q", got, d.Scans(t, "S"))
	}
	d.WantInt(t, 0, "SELECT count(*) FROM quota")
}

// A sample gets the Token with which WeChat booked it, and another one in its place. Of a
// waybill that is not there nothing is made.
func TestReplaceTokens(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 3)
	storetest.Must(t, d.Replace(t.Context(), nil, []waybill.Waybill{
		{BizID: "P", ID: "S1", OrderID: "O1", Status: waybill.Booked, BookedAt: time.Now()},
		{BizID: "P", ID: "S2", OrderID: "O2", Status: waybill.Booked, BookedAt: time.Now()},
	}))
	for _, token := range []string{"first", "second"} {
		storetest.Must(t, d.ReplaceTokens(t.Context(), []express.BookedToken{
			{BizID: "P", WaybillID: "S1", Token: token}, {BizID: "P", WaybillID: "absent", Token: token}, {BizID: "B", WaybillID: "S2", Token: token},
		}))
		if n := d.Int(t, `SELECT count(*) FROM booking b JOIN waybill w USING (biz_id, waybill_id)
			WHERE w.waybill_id = 'S1' AND w.book_push IS NOT NULL AND b.token = $1`, token); n != 1 {
			t.Errorf("%d bookings of S1 with %s", n, token)
		}
	}
	d.WantInt(t, 1, "SELECT count(*) FROM booking")
	d.WantInt(t, 1, "SELECT count(*) FROM waybill WHERE book_push IS NOT NULL")
	storetest.Must(t, d.Replace(t.Context(), nil, []waybill.Waybill{{BizID: "P", ID: "S1", OrderID: "O1", Status: waybill.Booked, BookedAt: time.Now()}}))
	d.WantInt(t, 0, "SELECT count(*) FROM booking")
}
