package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"carrierhook/internal/handler"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// greet says what to type next.
func (d demo) greet(a addresses) {
	me, push := self(), "push"
	if d.dir != demoDir {
		push += " --dir " + d.dir
	}
	fmt.Fprintf(d.out, `
carrierhook is serving on http://%s%s in %s mode. Not for production.
Metrics: http://%s/metrics   Credentials: %s

In another terminal, play WeChat:

`, reached(a.public), handler.Path, d.mode, a.internal, filepath.Join(d.dir, demoName))
	for _, line := range [][2]string{
		{push, "cancels WeChat's sample waybill: 0"},
		{push, "a new cancel of a cancelled waybill: 30003"},
		{push + " --repeat", "the last push once more: the same answer"},
	} {
		fmt.Fprintf(d.out, "  %s %-14s # %s\n", me, line[0], line[1])
	}
	fmt.Fprintf(d.out, "\nOrders, and a merchant's account:\n\n")
	for _, line := range [][2]string{
		{"add_waybill", "books an order, under a number of the carrier's; a second time the same number"},
		{"check_biz", "whether the merchant has an account"},
		{"get_quota", "how many waybills are left to it"},
	} {
		fmt.Fprintf(d.out, "  %s %s --event %-11s # %s\n", me, push, line[0], line[1])
	}
	d.greetDelivery(me + " " + push)
	d.greetCarrier(a, me+" "+push)
	fmt.Fprintf(d.out, "\nOther answers to a cancel, with %s %s and:\n\n", me, push)
	for _, s := range samples[1:] {
		if s.waybillID == scannedWaybillID {
			continue // is above
		}
		fmt.Fprintf(d.out, "  --biz-id %-14s --order-id %-22s --waybill-id %s   # %s\n", s.bizID, s.orderID, s.waybillID, s.says)
	}
	fmt.Fprintf(d.out, "\nWhy was it answered so?\n\n")
	for _, of := range [][3]string{{"waybill", sampleBizID, sampleWaybillID}, {"delivery", sampleShopID, sampleShopOrderID}} {
		fmt.Fprintf(d.out, "  %s show %s %s %s%s\n", me, of[0], of[1], of[2], strings.TrimPrefix(push, "push"))
	}
	fmt.Fprintln(d.out)
}

// greetDelivery says how an order of instant delivery is placed, cancelled and
// placed again.
func (d demo) greetDelivery(push string) {
	fmt.Fprintf(d.out, "\nInstant delivery (即时配送), with WeChat's sample order of the shop %s:\n\n", sampleShopID)
	for _, line := range [][2]string{
		{wechat.EventPrecreateOrder, "what it would cost"},
		{wechat.EventAddOrder, "places it: a number of the carrier's, and the fee by tariff and distance"},
		{wechat.EventReaddOrder, "it is under way, so it is not placed again: 1033"},
		{wechat.EventCancelOrder, "cancels it; no rider was on the way, so nothing is deducted"},
		{wechat.EventReaddOrder, "places it again, under a new number"},
		{wechat.EventQueryOrder, "how far it is"},
	} {
		fmt.Fprintf(d.out, "  %s --event %-28s # %s\n", push, line[0], line[1])
	}
}

// greetCarrier says how the carrier's own systems report what happens to a parcel,
// and what comes of it.
func (d demo) greetCarrier(a addresses, push string) {
	url := fmt.Sprintf("http://%s/v1", a.internal)
	scan := func(waybillID string) string {
		return fmt.Sprintf(`curl -sS -H 'Content-Type: application/json' %s/scans -d '{"waybill_id":"%s","action_type":%d,"action_time":%d}'`,
			url, waybillID, waybill.Collecting, time.Now().Unix())
	}
	moved := ""
	if d.internal == demoInternal && a.internal.String() != demoInternal {
		moved = demoInternal + " is taken, so another port was; --internal-listen names one.\n"
	}
	fmt.Fprintf(d.out, "\nThe carrier's own systems, at %s (docs/api.md):\n%s\n", url, moved)
	for _, line := range [][2]string{
		{scan(scannedWaybillID), "the courier has it"},
		{push + " --order-id " + scannedOrderID + " --waybill-id " + scannedWaybillID, "so the cancel is refused: 30002"},
		{fmt.Sprintf("curl -sS %s/waybills/%s/%s", url, sampleBizID, scannedWaybillID), "the waybill's whole story"},
		{scan(cancelledWaybillID), "cancelled before, so the scan is refused: 409"},
	} {
		fmt.Fprintf(d.out, "  %s   # %s\n", line[0], line[1])
	}
}

// self is how a person calls this program. What `go run` built is gone when it
// ends, so its path would be of no use.
func self() string {
	if strings.Contains(os.Args[0], "go-build") {
		return "go run ./cmd/server"
	}
	return os.Args[0]
}
