package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// otherProducts are the events of what WeChat pushes to other carriers: to those
// that collect from consumers, and to those that get parcels by telephone
// number. WeChat documents a reply with a ResultCode for each.
var otherProducts = []string{
	"add_single_waybill", "cancel_single_waybill", "query_single_waybill", "query_single_waybill_fee", "waybill_query_expect_time_range",
	"remind_waybill", "waybill_complaint", "waybill_evaluate_agent", "notify_single_waybill_pay", "waybill_notify_query",
}

// checkOtherEvent wants success, or nothing.
func checkOtherEvent(ctx context.Context, s *session, _ Case) (Verdict, string) {
	_, d, err := s.other(ctx, "carrierhook_conformance")
	if said := saysNothing(d); said != "" {
		return pass("%s", said)
	}
	if p, err := read(d.Reply); err == nil && s.Account.Mode == wechat.Plain {
		if _, sealed := p.has("Encrypt"); sealed {
			return skip("%v", errUnopened)
		}
	}
	switch {
	case len(d.Answers) == 0:
		return fail("%v", err)
	case err != nil:
		return fail("HTTP %d, %s", d.Answers[0].Status, s.seen.excerpt(d.Answers[0].Body))
	}
	return fail("%s", s.seen.excerpt(d.Reply))
}

// checkOtherProducts takes success as well as a reply with a code of the carrier's
// own choice.
func checkOtherProducts(ctx context.Context, s *session, c Case) (Verdict, string) {
	said := map[string]int{}
	var faults []string
	for _, event := range otherProducts {
		q, d, err := s.other(ctx, event)
		text := saysNothing(d)
		if text == "" && len(d.Answers) > 0 {
			var reply packet
			if reply, err = s.seen.answer(c.Name, d.Query, q, d.Answers[0]); err == nil {
				code, ok := reply.code()
				text = fmt.Sprint("ResultCode ", code)
				if !ok {
					text, err = "", fmt.Errorf("a reply without a ResultCode")
				}
			}
		}
		if errors.Is(err, errUnopened) {
			text = err.Error()
		}
		if text == "" {
			faults = append(faults, fmt.Sprintf("%s: %v", event, err))
			continue
		}
		said[text]++
	}
	if len(faults) > 0 {
		return fail("not so for %d of %d: %s", len(faults), len(otherProducts), strings.Join(faults[:min(3, len(faults))], "; "))
	}
	var parts []string
	for _, text := range slices.Sorted(maps.Keys(said)) {
		parts = append(parts, fmt.Sprintf("%s to %d", text, said[text]))
	}
	return pass("%s", strings.Join(parts, ", "))
}

// other pushes an event that this product of WeChat's has not.
func (s *session) other(ctx context.Context, event string) (probe, sandbox.PushResult, error) {
	m := s.unknownCancel()
	s.tune(&m.FromUserName, func() probe { return s.otherProbe(event, m) })
	q := s.otherProbe(event, m)
	d, err := s.platform.Push(ctx, q.packet, "")
	return q, d, err
}

// saysNothing is how an answer says that it is no reply, or "" if it is one.
func saysNothing(d sandbox.PushResult) string {
	if d.Reply == nil {
		return ""
	}
	return quiet(d.Reply)
}

// quiet names a body that takes a push and replies nothing, "" for another one.
func quiet(body []byte) string {
	switch string(body) {
	case "":
		return "an empty body"
	case "success":
		return "success"
	}
	return ""
}
