package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"carrierhook/internal/handler"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// greet says what to type next. Each command works whatever was tried before it; the
// rest is in the tour. It fits on a small screen.
func (d demo) greet(a addresses, b *box, cred demoFile) {
	me, dir := self(), ""
	if d.dir != demoDir {
		dir = " --dir " + d.dir
	}
	fmt.Fprintf(d.out, `
carrierhook is serving on http://%s%s in %s mode. Not for production.
Metrics: http://%s/metrics   Credentials: %s

In another terminal, play WeChat:
`, reached(a.public), handler.Path, d.mode, a.internal, filepath.Join(d.dir, demoName))
	push, anOrder := me+" push"+dir, ` --order-id "$(date +%s)"`
	printLines(d.out, [][2]string{
		{push, "cancels WeChat's sample waybill: 0, and 30003 once it is cancelled"},
		{push + " && " + push + " --repeat", "the same push twice: the same answer twice"},
		{push + " --event " + wechat.EventAddWaybill + anOrder, "books an order, under a number of the carrier's: 0"},
		{push + " --event " + wechat.EventAddOrder + anOrder, "places an instant delivery (即时配送): 0"},
		{me + " show waybill " + sampleBizID + " " + sampleWaybillID + dir, "why it was answered so"},
		{me + " conformance" + dir, "tries everything that WeChat may push"},
	})
	fmt.Fprintf(d.out, "\nThe carrier's own systems, at http://%s/v1 (docs/api.md):\n", a.internal)
	if d.internal == demoInternal && a.internal.String() != demoInternal {
		fmt.Fprintf(d.out, "%s is taken, so another port was; --internal-listen names one.\n", demoInternal)
	}
	printLines(d.out, [][2]string{
		{fmt.Sprintf(`curl -sS -H 'Content-Type: application/json' http://%s/v1/scans -d '{"waybill_id":"%s","action_type":%d,"action_time":'$(date +%%s)'}'`,
			a.internal, scannedWaybillID, waybill.Collecting), "the courier has it: 200, and 409 once it is cancelled"},
		{push + " --order-id " + scannedOrderID + " --waybill-id " + scannedWaybillID, "so it is not cancelled: 30002, or 30003 if it was before"},
	})
	b.greetAddresses(d.out, cred)
	printLines(d.out, [][2]string{
		{b.curl("quota/get", fmt.Sprintf(`{"delivery_id":%q,"biz_id":%q}`, b.flags.deliveryID, sampleBizID)), "a merchant's call: how many waybills are left to it"},
	})
	fmt.Fprintf(d.out, "\nAll that there is to try: %s demo --help, and docs/demo.md\n", me)
}

// printLines prints commands and what they do, in columns but for what is long.
func printLines(out io.Writer, lines [][2]string) {
	width := 0
	for _, line := range lines {
		if len(line[0]) <= 100 {
			width = max(width, len(line[0]))
		}
	}
	for _, line := range lines {
		fmt.Fprintf(out, "  %-*s  # %s\n", width, line[0], line[1])
	}
}

// tour is what there is to push to a demo that has just started, one after the other.
func tour(me string) string {
	var out strings.Builder
	push := me + " push"
	out.WriteString("Cancelling, orders, and a merchant's account:\n\n")
	printLines(&out, [][2]string{
		{push, "cancels WeChat's sample waybill: 0"},
		{push, "a new cancel of a cancelled waybill: 30003"},
		{push + " --repeat", "the last push once more: the same answer"},
		{push + " --event " + wechat.EventAddWaybill, "books an order, under a number of the carrier's; a second time the same number"},
		{push + " --event " + wechat.EventCheckBiz, "whether the merchant has an account"},
		{push + " --event " + wechat.EventGetQuota, "how many waybills are left to it"},
	})
	fmt.Fprintf(&out, "\nInstant delivery (即时配送), with WeChat's sample order of the shop %s:\n\n", sampleShopID)
	printLines(&out, [][2]string{
		{push + " --event " + wechat.EventPrecreateOrder, "what it would cost"},
		{push + " --event " + wechat.EventAddOrder, "places it: a number of the carrier's, and the fee by tariff and distance"},
		{push + " --event " + wechat.EventReaddOrder, "it is under way, so it is not placed again: 1033"},
		{push + " --event " + wechat.EventCancelOrder, "cancels it; no rider was on the way, so nothing is deducted"},
		{push + " --event " + wechat.EventReaddOrder, "places it again, under a new number"},
		{push + " --event " + wechat.EventQueryOrder, "how far it is"},
	})
	out.WriteString("\nOther answers to a cancel:\n\n")
	var others [][2]string
	for _, s := range samples[1:] {
		if s.waybillID != scannedWaybillID { // which the carrier's own systems report
			others = append(others, [2]string{fmt.Sprintf("%s --biz-id %s --order-id %s --waybill-id %s", push, s.bizID, s.orderID, s.waybillID), s.says})
		}
	}
	printLines(&out, others)
	out.WriteString("\nWhy was it answered so?\n\n")
	printLines(&out, [][2]string{
		{fmt.Sprintf("%s show waybill %s %s", me, sampleBizID, sampleWaybillID), "a waybill's state, and each push about it"},
		{fmt.Sprintf("%s show delivery %s %s", me, sampleShopID, sampleShopOrderID), "an instant delivery's, with every attempt"},
	})
	return out.String()
}

// self is how a person calls this program. What `go run` built is gone when it
// ends, so its path would be of no use.
func self() string {
	if strings.Contains(os.Args[0], "go-build") {
		return "go run ./cmd/server"
	}
	return os.Args[0]
}
