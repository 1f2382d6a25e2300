package store_test

import (
	"testing"

	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/waybill"
)

// An import leaves alone what files do not know of: when a waybill was first
// traced and what its scans say, and which services a contract covers.
func TestImportLeavesScansAndServices(t *testing.T) {
	t.Parallel()
	im := newImportStore(t, "B", "C")
	d := im.testStore
	d.MustPut(t, waybill.Contract{BizID: "B", Services: waybill.To([]string{"STD"})}, false)
	im.waybills("biz_id,waybill_id,order_id", "B,W1,O1", "B,W2,O2")
	d.WantScan(t, expresstest.ScanOf("W1", waybill.Collecting, 1), waybill.Recorded, waybill.Collected)
	const state = `SELECT first_scan_at::text FROM waybill WHERE waybill_id = 'W1'`
	before := im.text(state)
	im.waybills("biz_id,waybill_id,order_id,service,status,collected_at", "B,W1,O1,fast,in_transit,", "B,W2,O2,fast,collected,")
	im.merchants("biz_id,cancel_allowed,quota,biz_pwd,no_password", "B,no,7,pw,", "C,no,,,yes", "D,,,,yes")
	if after := im.text(state); after != before || before == "" {
		t.Errorf("first traced at %s, and now %s", before, after)
	}
	d.WantScan(t, expresstest.ScanOf("W1", waybill.Collecting, 1), waybill.Repeated, waybill.InTransit)
	d.WantScan(t, expresstest.ScanOf("W1", waybill.Signing, 2), waybill.Recorded, waybill.Signed)
	d.WantScan(t, expresstest.ScanOf("W2", waybill.Signing, 2), waybill.Recorded, waybill.Signed)
	if got := len(d.Scans(t, "W1")); got != 2 {
		t.Errorf("%d scans are on record", got)
	}
	if got := im.text(`SELECT string_agg(biz_id || coalesce(services::text, ' all'), ' ' ORDER BY biz_id) FROM merchant`); got != "B{STD} C all D all" {
		t.Errorf("the contracts cover %s", got)
	}
}
