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
