package demo

import (
	"time"

	"carrierhook/internal/store/express"
	"carrierhook/internal/waybill"
)

// WeChat's sample of a cancel, from the page Cancel_order_event.
const (
	BizID     = "xyz"
	BizPwd    = "xyz123"
	ShopAppID = "wxABCD"
	OrderID   = "012345678901234567890123456789"
	WaybillID = "123456789"
	OpenID    = "oABCD"

	ScannedOrderID   = "order-scanned" // booked, for a scan to say that it was picked up
	ScannedWaybillID = "123456797"

	CancelledWaybillID = "123456794"

	NoCancelBizID = "xyz-no-cancel" // a merchant whose contract has no cancelling

	// What is left to the merchant in WeChat's sample of a balance.
	Quota = 210
)

// Sample is one waybill of the demo.
type Sample struct {
	BizID, OrderID, WaybillID string
	Answer                    string // to a cancel: the result code, and why
	change                    func(*waybill.Waybill, time.Time)
}

const day = 24 * time.Hour

// Samples are WeChat's sample and one waybill for each other answer.
var Samples = []Sample{
	{BizID, OrderID, WaybillID, "0, then 30003", nil},
	{BizID, "order-collected", "123456790", "30002 collected", func(w *waybill.Waybill, now time.Time) {
		w.Status, w.CollectedAt = waybill.Collected, now
	}},
	{BizID, "order-charged", "123456791", "30002 charged", func(w *waybill.Waybill, now time.Time) {
		w.ChargedAt = now
	}},
	{BizID, "order-signed", "123456792", "30002 signed for", func(w *waybill.Waybill, now time.Time) {
		w.Status, w.SignedAt = waybill.Signed, now
	}},
	{BizID, "order-signed-long-ago", "123456793", "30003 signed for long ago", func(w *waybill.Waybill, now time.Time) {
		w.Status, w.SignedAt = waybill.Signed, now.Add(-10*day)
	}},
	{BizID, "order-cancelled", CancelledWaybillID, "30003 cancelled before", func(w *waybill.Waybill, now time.Time) {
		w.Status, w.CancelledAt = waybill.Cancelled, now
	}},
	{BizID, "order-old", "123456795", "30003 booked long ago", func(w *waybill.Waybill, now time.Time) {
		w.BookedAt = now.Add(-60 * day)
	}},
	{BizID, ScannedOrderID, ScannedWaybillID, "0, and 30002 once a scan says that it was picked up", nil},
	{NoCancelBizID, "order-no-cancel", "123456796", "30004 no cancelling", nil},
}

// Rows are the merchants and waybills as they are at every start.
func Rows(now time.Time) ([]express.MerchantRow, []waybill.Waybill) {
	quota := int64(Quota)
	merchants := []express.MerchantRow{
		{BizID: BizID, Password: BizPwd, CancelAllowed: true, Quota: &quota},
		{BizID: NoCancelBizID, Password: BizPwd, CancelAllowed: false},
	}
	var waybills []waybill.Waybill
	for _, s := range Samples {
		w := waybill.Waybill{
			BizID: s.BizID, ID: s.WaybillID, OrderID: s.OrderID, ShopAppID: ShopAppID,
			Status: waybill.Booked, BookedAt: now.Add(-time.Hour),
		}
		if s.change != nil {
			s.change(&w, now)
		}
		waybills = append(waybills, w)
	}
	return merchants, waybills
}
