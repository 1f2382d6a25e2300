package demo

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// Greeting says what to type next. Each command works whatever was tried before it; the
// rest is in Tour. It fits on a small screen.
type Greeting struct {
	Me        string // how this program is called
	Dir, Mode string
	URL       string // where WeChat pushes
	Internal  string // host and port of the carrier's own systems
	Moved     bool   // because InternalListen is taken
	Sandbox   string // where WeChat's sandbox is, and what it is not for
	Path      string // a line that reads there what the scan became
}

// scan is a line that reports a scan, as of now.
const scan = `curl -sS -H 'Content-Type: application/json' http://%s/v1/scans -d '{"waybill_id":"%s","action_type":%d,"action_time":'$(date +%%s)'}'`

// Write writes it.
func (g Greeting) Write(out io.Writer) {
	dir := ""
	if g.Dir != Dir {
		dir = " --dir " + g.Dir
	}
	fmt.Fprintf(out, `
carrierhook is serving on %s in %s mode. Not for production.
Metrics: http://%s/metrics   Credentials: %s

In another terminal, play WeChat:
`, g.URL, g.Mode, g.Internal, filepath.Join(g.Dir, FileName))
	push, anOrder := g.Me+" push"+dir, ` --order-id "$(date +%s)"`
	printLines(out, [][2]string{
		{push, "cancels WeChat's sample waybill: 0, and 30003 once it is cancelled"},
		{push + " --event " + wechat.EventAddWaybill + anOrder, "books an order, under a number of the carrier's: 0"},
		{push + " --event " + wechat.EventAddOrder + anOrder, "places an instant delivery (即时配送): 0"},
		{g.Me + " show waybill " + BizID + " " + WaybillID + dir, "why it was answered so"},
		{g.Me + " conformance" + dir, "tries everything that WeChat may push"},
	})
	fmt.Fprintf(out, "\nThe carrier's own systems, at http://%s/v1 (docs/api.md):\n", g.Internal)
	if g.Moved {
		fmt.Fprintf(out, "%s is taken, so another port was; --internal-listen names one.\n", InternalListen)
	}
	printLines(out, [][2]string{
		{fmt.Sprintf(scan, g.Internal, ScannedWaybillID, waybill.Collecting), "the courier has it: 200, and 409 once it is cancelled"},
		{fmt.Sprintf(scan, g.Internal, CancelledWaybillID, waybill.Collecting), "a courier has what was cancelled: 409"},
		{push + " --order-id " + ScannedOrderID + " --waybill-id " + ScannedWaybillID, "so it is not cancelled: 30002, or 30003 if it was before"},
		{fmt.Sprintf("curl -sS 'http://%s/v1/events?wait=30s'", g.Internal), "what was decided, as events; the sandbox gets each, and logs it here"},
	})
	io.WriteString(out, g.Sandbox)
	printLines(out, [][2]string{{g.Path, "a merchant's call: what WeChat has of the courier's scan, which the server sends there"}})
	fmt.Fprintf(out, "\nAll that there is to try: %s demo --help, and docs/demo.md\n", g.Me)
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

// Tour is what there is to push to a demo that has just started, one after the other.
func Tour(me string) string {
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
	fmt.Fprintf(&out, "\nInstant delivery (即时配送), with WeChat's sample order of the shop %s:\n\n", ShopID)
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
	for _, s := range Samples[1:] {
		if s.WaybillID != ScannedWaybillID { // which the carrier's own systems report
			others = append(others, [2]string{fmt.Sprintf("%s --biz-id %s --order-id %s --waybill-id %s", push, s.BizID, s.OrderID, s.WaybillID), s.Answer})
		}
	}
	printLines(&out, others)
	out.WriteString("\nWhy was it answered so?\n\n")
	printLines(&out, [][2]string{
		{fmt.Sprintf("%s show waybill %s %s", me, BizID, WaybillID), "a waybill's state, and each push about it"},
		{fmt.Sprintf("%s show delivery %s %s", me, ShopID, ShopOrderID), "an instant delivery's, with every attempt"},
	})
	return out.String()
}
