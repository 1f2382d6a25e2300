package handler

import (
	"context"

	"carrierhook/internal/delivery"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// events are those that are decided. What the handler does by a push's event is here,
// and nowhere else in the package: the function that decodes, has decided and encodes
// it, and the results by reason. CONTRIBUTING.md lists what a new one needs elsewhere.
var events = table(
	express(wechat.EventCancelWaybill, (*Push).cancel, waybill.CancelReasons(), cancelResults),
	express(wechat.EventAddWaybill, (*Push).book, waybill.BookReasons(), bookingResults),
	express(wechat.EventCheckBiz, account((*wechat.Push).CheckBiz, bindRequest), waybill.BindReasons(), bindResults),
	express(wechat.EventGetQuota, account((*wechat.Push).GetQuota, quotaRequest), waybill.AccountReasons(), accountResults),

	instant(wechat.EventPrecreateOrder, (*Push).instantOrder, delivery.Precreate),
	instant(wechat.EventAddOrder, (*Push).instantOrder, delivery.Add),
	instant(wechat.EventReaddOrder, (*Push).instantOrder, delivery.Readd),
	instant(wechat.EventCancelOrder, (*Push).instantFollowUp, delivery.Cancel),
	instant(wechat.EventPrecancelOrder, (*Push).instantFollowUp, delivery.Precancel),
	instant(wechat.EventQueryOrder, (*Push).instantFollowUp, delivery.Query),
	instant(wechat.EventAddTips, (*Push).instantFollowUp, delivery.Tip),
	instant(wechat.EventConfirmReturn, (*Push).instantFollowUp, delivery.ConfirmReturn),
)

// event is a row of the table.
type event struct {
	name     string
	kind     delivery.Kind // "" of express
	function function
	reasons  []string          // in the order of the checks
	results  map[string]Result // by reason
}

// function makes the packet that answers a push, nil for none. The error is one of
// refuse.
type function func(*Push, context.Context, *wechat.Push, *answer) (packet []byte, err error)

func express(name string, f function, reasons []waybill.Reason, results map[waybill.Reason]Result) *event {
	return row(event{name: name, function: f}, reasons, results)
}

func instant(name string, f function, kind delivery.Kind) *event {
	return row(event{name: name, function: f, kind: kind}, kind.Reasons(), instantResults)
}

// row has the reasons of either family as texts, which is how the ledger has them.
func row[R ~string](e event, reasons []R, results map[R]Result) *event {
	for _, r := range reasons {
		e.reasons = append(e.reasons, string(r))
	}
	e.results = make(map[string]Result, len(results))
	for r, result := range results {
		e.results[string(r)] = result
	}
	return &e
}

func (e *event) instant() bool { return e.kind != "" }

// result is that of a decision; a failure's where the event has no such reason.
func (e *event) result(reason string) Result {
	if r, ok := e.results[reason]; ok {
		return r
	}
	return otherError
}

func table(rows ...*event) map[string]*event {
	t := make(map[string]*event, len(rows))
	for _, e := range rows {
		t[e.name] = e
	}
	return t
}
