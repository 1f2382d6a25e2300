package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/handler"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// lineOf is the answer that an event gets for a reason.
func lineOf(event, reason string) (line handler.ResultLine, ok bool) {
	for _, line := range handler.Results(event) {
		if slices.Contains(line.Reasons, reason) {
			return line, true
		}
	}
	return handler.ResultLine{}, false
}

// undecided is the last row of each table: our own failure.
var undecided = []string{"-1", "none", "the server could not decide in time: [failures](#failures)"}

func expressResults(of decidedEvent) string {
	var rows [][]string
	for _, why := range of.reasons {
		line, _ := lineOf(of.event, string(why))
		rows = append(rows, []string{strconv.Itoa(line.Code), code(string(why)), why.Text()})
	}
	return table([]string{"code", "reason", "when"}, append(rows, undecided)) + texts(of.event)
}

func instantResults() string {
	var rows [][]string
	for _, why := range delivery.Reasons() {
		var events []string
		var line handler.ResultLine
		for _, event := range deliveryEvents {
			if l, ok := lineOf(event, string(why)); ok {
				line, events = l, append(events, strings.TrimPrefix(event, "transport_"))
			}
		}
		which := strings.Join(events, ", ")
		if len(events) == len(deliveryEvents) {
			which = "all"
		}
		rows = append(rows, []string{strconv.Itoa(line.Code), code(string(why)), why.Text(), which})
	}
	rows = append(rows, append(slices.Clone(undecided), "all"))
	return table([]string{"code", "reason", "when", "events"}, rows) + texts(deliveryEvents...)
}

// texts are what merchants read, by code.
func texts(events ...string) string {
	var rows [][]string
	for _, event := range events {
		for _, line := range handler.Results(event) {
			row := []string{strconv.Itoa(line.Code), line.Chinese, line.English}
			if !slices.ContainsFunc(rows, func(r []string) bool { return slices.Equal(r, row) }) {
				rows = append(rows, row)
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b []string) int {
		m, _ := strconv.Atoi(a[0])
		n, _ := strconv.Atoi(b[0])
		return m - n
	})
	return "\n" + table([]string{"code", "Chinese text", "English text"}, rows)
}

func failureTable() string {
	var rows [][]string
	for _, why := range handler.Failures() {
		rows = append(rows, []string{code(why), fmt.Sprintf("`carrierhook_failures_total{why=%q}`", why)})
	}
	return table([]string{"failure", "metric"}, rows)
}

// statusTable says what each order_status means, and whether the order may be placed
// again after it.
func statusTable() string {
	var rows [][]string
	for _, s := range delivery.Statuses() {
		again := "no"
		switch {
		case s.Failed():
			again = "yes"
		case s == delivery.Waiting:
			again = "when it has expired"
		}
		rows = append(rows, []string{code(strconv.Itoa(int(s))), s.Text(), again})
	}
	return table([]string{"order_status", "meaning", "may be placed again"}, rows)
}

func transitionTable() string {
	var rows [][]string
	for _, s := range delivery.Statuses() {
		var next []string
		for _, n := range delivery.Statuses() {
			if s.CanFollow(n) {
				next = append(next, strconv.Itoa(int(n)))
			}
		}
		if next == nil {
			next = []string{"nothing: it has ended"}
		}
		rows = append(rows, []string{strconv.Itoa(int(s)), s.Text(), strings.Join(next, ", ")})
	}
	return table([]string{"order_status", "meaning", "may be followed by"}, rows)
}

// actionTable says of each action_type what a scan of it does.
func actionTable() string {
	after := map[waybill.Status]string{
		"": "as before", waybill.Collected: "30002", waybill.InTransit: "30002", waybill.OutForDelivery: "30002",
		waybill.Signed: "30002, and after the grace 30003", waybill.Cancelled: "30003",
	}
	var rows [][]string
	for _, a := range waybill.Actions() {
		state := "unchanged"
		if a.Status() != "" {
			state = code(string(a.Status()))
		}
		rows = append(rows, []string{code(fmt.Sprint(a)), a.Text(), state, after[a.Status()]})
	}
	return table([]string{"action_type", "meaning", "state, at least", "a cancel after it"}, rows)
}

// eventTable says what each event of WeChat's is answered with.
func eventTable(t *testing.T) string {
	instant := "[instant delivery](#instant-delivery): "
	says := map[string]string{
		wechat.EventCancelWaybill:  "[cancel](#cancel)",
		wechat.EventAddWaybill:     "[booking](#booking)",
		wechat.EventCheckBiz:       "[account](#account)",
		wechat.EventGetQuota:       "[account](#account)",
		wechat.EventPrecreateOrder: instant + "the price, and a `delivery_token` that holds it",
		wechat.EventAddOrder:       instant + "the order is placed",
		wechat.EventReaddOrder:     instant + "the order is placed again, after it was cancelled, has expired or failed",
		wechat.EventCancelOrder:    instant + "the order is cancelled, and what is deducted",
		wechat.EventPrecancelOrder: instant + "what a cancel would deduct",
		wechat.EventQueryOrder:     instant + "the order's status",
		wechat.EventAddTips:        instant + "the rider's tip is raised",
		wechat.EventConfirmReturn:  instant + "the goods are back at the shop",
	}
	var rows [][]string
	for _, event := range slices.Concat([]string{wechat.EventCancelWaybill, wechat.EventAddWaybill, wechat.EventCheckBiz, wechat.EventGetQuota}, deliveryEvents) {
		if says[event] == "" {
			t.Errorf("the table of events does not say what %s is answered with", event)
		}
		rows = append(rows, []string{code(event), says[event]})
	}
	for _, event := range wechat.NotOfferedEvents() {
		push := wechat.Push{Header: wechat.Header{MsgType: "event", Event: event}}
		answer := "an event for merchants: the text `success`"
		if replied, _ := push.NotOffered(); replied {
			answer = "not offered: a reply with -1, 不支持该业务"
		}
		rows = append(rows, []string{code(event), answer})
	}
	return table([]string{"event", "answer"}, append(rows, []string{"any other event or message", "the text `success`"}))
}
