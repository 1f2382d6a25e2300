package main

import (
	"time"

	"carrierhook/internal/store"
	"carrierhook/internal/waybill"
)

// WeChat's sample of a cancel, from the page Cancel_order_event.
const (
	sampleBizID     = "xyz"
	sampleBizPwd    = "xyz123"
	sampleShopAppID = "wxABCD"
	sampleOrderID   = "012345678901234567890123456789"
	sampleWaybillID = "123456789"
	sampleOpenID    = "oABCD"

	scannedOrderID   = "order-scanned" // booked, for a scan to say that it was picked up
	scannedWaybillID = "123456797"

	cancelledWaybillID = "123456794"

	noCancelBizID = "xyz-no-cancel" // a merchant whose contract has no cancelling

	// What is left to the merchant in WeChat's sample of a balance.
	sampleQuota = 210
)

// sample is one row of the demo and what a cancel of it is answered.
type sample struct {
	bizID, orderID, waybillID string
	says                      string
	change                    func(*waybill.Waybill, time.Time)
}

const day = 24 * time.Hour

// samples are WeChat's sample and one waybill for each other answer.
var samples = []sample{
	{sampleBizID, sampleOrderID, sampleWaybillID, "0, then 30003", nil},
	{sampleBizID, "order-collected", "123456790", "30002 collected", func(w *waybill.Waybill, now time.Time) {
		w.Status, w.CollectedAt = waybill.Collected, now
	}},
	{sampleBizID, "order-charged", "123456791", "30002 charged", func(w *waybill.Waybill, now time.Time) {
		w.ChargedAt = now
	}},
	{sampleBizID, "order-signed", "123456792", "30002 signed for", func(w *waybill.Waybill, now time.Time) {
		w.Status, w.SignedAt = waybill.Signed, now
	}},
	{sampleBizID, "order-signed-long-ago", "123456793", "30003 signed for long ago", func(w *waybill.Waybill, now time.Time) {
		w.Status, w.SignedAt = waybill.Signed, now.Add(-10*day)
	}},
	{sampleBizID, "order-cancelled", cancelledWaybillID, "30003 cancelled before", func(w *waybill.Waybill, now time.Time) {
		w.Status, w.CancelledAt = waybill.Cancelled, now
	}},
	{sampleBizID, "order-old", "123456795", "30003 booked long ago", func(w *waybill.Waybill, now time.Time) {
		w.BookedAt = now.Add(-60 * day)
	}},
	{sampleBizID, scannedOrderID, scannedWaybillID, "0, and 30002 once a scan says that it was picked up", nil},
	{noCancelBizID, "order-no-cancel", "123456796", "30004 no cancelling", nil},
}

// sampleRows are the merchants and waybills as they are at every start.
func sampleRows(now time.Time) ([]store.MerchantRow, []waybill.Waybill) {
	quota := int64(sampleQuota)
	merchants := []store.MerchantRow{
		{BizID: sampleBizID, Password: sampleBizPwd, CancelAllowed: true, Quota: &quota},
		{BizID: noCancelBizID, Password: sampleBizPwd, CancelAllowed: false},
	}
	var waybills []waybill.Waybill
	for _, s := range samples {
		w := waybill.Waybill{
			BizID: s.bizID, ID: s.waybillID, OrderID: s.orderID, ShopAppID: sampleShopAppID,
			Status: waybill.Booked, BookedAt: now.Add(-time.Hour),
		}
		if s.change != nil {
			s.change(&w, now)
		}
		waybills = append(waybills, w)
	}
	return merchants, waybills
}
