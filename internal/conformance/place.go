package conformance

import (
	"context"
	"slices"
	"strconv"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// placement is an order that was placed, and what it got.
type placement struct {
	order   wechat.InstantOrder
	waybill string // "" if the company tells it later
	fee     string
	cancel  *wechat.InstantFollowUp // the push that cancelled it
}

// instantRun is what a run of instant delivery has found and done so far.
type instantRun struct {
	first    *placement // by the case instant_add
	ended    *placement // the same when it was cancelled, by instant_cancel
	again    *placement // by instant_readd
	quoted   *placement // an order with a price that holds, by instant_price
	queried  bool       // the company tells how far an order is
	toCancel map[string]placement
}

// The statuses of an order that was placed just now, and of one that was cancelled
// then.
var (
	underWay  = []string{"101", "102"}
	cancelled = []string{"103"}
)

// place pushes an order and wants it to be placed, under one waybill.
func (s *session) place(ctx context.Context, c Case, p *sandbox.Platform, m wechat.InstantOrder, f sandbox.Fault) (placement, Verdict, string) {
	replies, verdict, got := s.replies(ctx, c, p, s.orderProbe(m), f, 0)
	done := placement{order: m}
	for i, reply := range replies {
		waybill, status := reply.text("waybill_id"), reply.text("order_status")
		switch {
		case verdict != Pass:
		case !slices.Contains(underWay, status):
			verdict, got = fail("resultcode 0 with the order_status %s", strconv.Quote(status))
		case i > 0 && waybill != done.waybill:
			verdict, got = fail("resultcode 0 with the waybill_id %q, and 0 with %q", done.waybill, waybill)
		default:
			done.waybill, done.fee = waybill, reply.text("fee")
		}
	}
	return done, verdict, got
}

// placed places an order of the shop and leaves it to others.
func (s *session) placed(ctx context.Context, c Case, m wechat.InstantOrder) (*placement, Verdict, string) {
	p, verdict, got := s.place(ctx, c, s.platform, m, "")
	if verdict != Pass {
		return nil, verdict, got
	}
	if p.waybill != "" {
		got += ", waybill_id " + p.waybill
	}
	return &p, verdict, got
}

// cancelPlaced cancels what was placed.
func (s *session) cancelPlaced(ctx context.Context, c Case, p *placement) (Verdict, string) {
	m := s.followUp(*p, wechat.EventCancelOrder)
	verdict, got := s.expect(ctx, c, s.platform, s.followUpProbe(m), "", 0)
	if verdict == Pass {
		p.cancel = &m
	}
	return verdict, got
}

// hasStatus wants an order to have one of the statuses, if the company tells.
func (s *session) hasStatus(ctx context.Context, c Case, p placement, want []string, got string) (Verdict, string) {
	if !s.instant.queried {
		return pass("%s", got)
	}
	replies, verdict, why := s.replies(ctx, c, s.platform, s.followUpProbe(s.followUp(p, wechat.EventQueryOrder)), "", 0)
	if verdict != Pass {
		return verdict, got + ", and to the question how far it is, " + why
	}
	status, waybill := replies[0].text("order_status"), replies[0].text("waybill_id")
	if !slices.Contains(want, status) || p.waybill != "" && waybill != p.waybill {
		return fail("%s, and then the order_status %q of %q", got, status, waybill)
	}
	return pass("%s, and then the order_status %s", got, status)
}

// sameWaybill pushes an order again and wants what it got before.
func (s *session) sameWaybill(ctx context.Context, c Case, p placement) (Verdict, string) {
	again, verdict, got := s.place(ctx, c, s.platform, p.order, "")
	if verdict == Pass && again.waybill != p.waybill {
		return fail("resultcode 0 with the waybill_id %q, and before with %q", again.waybill, p.waybill)
	}
	return verdict, got
}

// cancelPlacements cancels what the run placed, if the company lets it.
func (s *session) cancelPlacements(ctx context.Context) {
	for _, p := range s.instant.toCancel {
		if ctx.Err() == nil {
			m := s.followUp(p, wechat.EventCancelOrder)
			_, _ = s.platform.Push(ctx, wechat.EncodeInstantFollowUp(s.format, m), "")
		}
	}
}
