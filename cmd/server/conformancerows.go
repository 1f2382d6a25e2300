package main

import (
	"strconv"
	"time"

	"carrierhook/internal/conformance"
	"carrierhook/internal/delivery"
	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/store/express"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// The merchants and the shop of the rows that only `conformance` uses.
const (
	conformanceBizID         = "conformance"
	conformanceNoCancelBizID = "conformance-no-cancel"
	conformanceShopID        = "conformance-shop"
)

// conformanceShops has the shop that a run places orders of instant delivery for.
func conformanceShops() []instant.ShopRow {
	return []instant.ShopRow{{ID: conformanceShopID, Secret: delivery.Secret(demo.ShopSecret)}}
}

// conformanceAccount is the merchant that a run books orders for. Its numbers are
// of WeChat's range too, where the sandbox does not come to soon.
func conformanceAccount() *conformance.Account {
	return &conformance.Account{
		BizID: conformanceBizID, BizPwd: wechat.Password(demo.BizPwd), ShopAppID: demo.ShopAppID, Quota: true,
		ServiceType: 0, ServiceName: "标准快递", Sender: demo.Sender, Receiver: demo.Receiver,
		Numbers: sandbox.NumberRange{Prefix: "19", Width: 7},
	}
}

// conformanceRows are four waybills that can be cancelled for each format, and
// one for each refusal; and the same as the run gets them. Nothing of ours
// is answered -1 unless it is broken.
func conformanceRows(now time.Time) ([]express.MerchantRow, []waybill.Waybill, []conformance.Waybill) {
	quota := int64(demo.Quota)
	merchants := []express.MerchantRow{
		{BizID: conformanceBizID, Password: demo.BizPwd, CancelAllowed: true, Quota: &quota},
		{BizID: conformanceNoCancelBizID, Password: demo.BizPwd, CancelAllowed: false},
	}
	var rows []waybill.Waybill
	var given []conformance.Waybill
	add := func(code int, bizID string, change func(*waybill.Waybill)) {
		n := strconv.Itoa(len(rows) + 1)
		w := waybill.Waybill{
			BizID: bizID, ID: "CONFORMANCE" + n, OrderID: "order-conformance-" + n, ShopAppID: demo.ShopAppID,
			Status: waybill.Booked, BookedAt: now.Add(-time.Hour),
		}
		change(&w)
		rows = append(rows, w)
		given = append(given, conformance.Waybill{
			Code: code, BizID: bizID, BizPwd: wechat.Password(demo.BizPwd), OrderID: w.OrderID, WayBillID: w.ID, ShopAppID: w.ShopAppID,
		})
	}
	for range 8 {
		add(0, conformanceBizID, func(*waybill.Waybill) {})
	}
	add(30002, conformanceBizID, func(w *waybill.Waybill) { w.Status, w.CollectedAt = waybill.Collected, now })
	add(30003, conformanceBizID, func(w *waybill.Waybill) { w.Status, w.CancelledAt = waybill.Cancelled, now })
	add(30004, conformanceNoCancelBizID, func(*waybill.Waybill) {})
	return merchants, rows, given
}
