package conformance

import (
	"context"
	"strings"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// checkChangedReadd places the cancelled order again with something in it that must not
// be.
func checkChangedReadd(what string, change func(*wechat.InstantOrder)) check {
	return ended.check(func(ctx context.Context, s *session, c Case, p *placement) (Verdict, string) {
		m := s.newEvent(p.order, wechat.EventReaddOrder)
		change(&m)
		return s.refuses(ctx, c, variant{what, s.orderProbe(s.tuned(m))})
	})
}

func checkReadd(ctx context.Context, s *session, c Case, p *placement) (verdict Verdict, got string) {
	m := s.newEvent(p.order, wechat.EventReaddOrder)
	m.OrderInfo.FinishCodeNeeded, m.OrderInfo.PickupCodeNeeded = "0", "0"
	s.instant.again, verdict, got = s.placed(ctx, c, s.tuned(m))
	return verdict, got
}

func checkOwnWaybill(_ context.Context, s *session, _ Case, p *placement) (Verdict, string) {
	switch before := s.instant.ended.waybill; {
	case p.waybill == "" || before == "":
		return skip("there is no waybill_id")
	case p.waybill == before:
		return fail("the waybill_id %q twice", p.waybill)
	default:
		return pass("%s after %s", p.waybill, before)
	}
}

// checkAwkwardReadd places a cancelled order again by a push that arrives more than
// once, and pushes once more to see what its waybill is.
func checkAwkwardReadd(f sandbox.Fault) check {
	return again.check(func(ctx context.Context, s *session, c Case, _ *placement) (Verdict, string) {
		p, verdict, got := s.placed(ctx, c, s.newOrder(wechat.EventAddOrder))
		if verdict == Pass {
			verdict, got = s.cancelPlaced(ctx, c, p)
		}
		if verdict != Pass {
			return verdict, "before the question, " + got
		}
		again, verdict, got := s.place(ctx, c, s.patient, s.newEvent(p.order, wechat.EventReaddOrder), f)
		if verdict != Pass {
			return verdict, got
		}
		verdict, once := s.sameWaybill(ctx, c, again)
		return verdict, got + ", and then " + once
	})
}

// checkPrice queries what an order costs and places it for that.
func checkPrice(ctx context.Context, s *session, c Case) (Verdict, string) {
	m := s.newOrder(wechat.EventPrecreateOrder)
	replies, verdict, got := s.replies(ctx, c, s.platform, s.orderProbe(m), "", 0)
	s.unanswered[wechat.EventPrecreateOrder] = verdict == Fail && len(replies) == 0
	if verdict != Pass {
		return verdict, got
	}
	fee := replies[0].text("fee")
	m = s.newEvent(m, wechat.EventAddOrder)
	m.DeliveryToken = replies[0].text("delivery_token")
	if m.DeliveryToken != "" {
		s.instant.quoted = &placement{order: m}
	}
	p, verdict, placed := s.place(ctx, c, s.platform, s.tuned(m), "")
	if got += ", and placed: " + placed; verdict != Pass {
		return verdict, got
	}
	first, a := yuan(fee)
	second, b := yuan(p.fee)
	if a && b && first != second { // what is no amount is for reply_fee to say
		return fail("%s with the fee %q, after %q", got, p.fee, fee)
	}
	return pass("%s with the fee %s", got, strings.TrimSpace(fee))
}

// checkOtherToken places an order for the price of another one.
func checkOtherToken(ctx context.Context, s *session, c Case) (Verdict, string) {
	if s.instant.quoted == nil {
		return skip("no delivery_token was given (case instant_price)")
	}
	m := s.newOrder(wechat.EventAddOrder)
	m.DeliveryToken = s.instant.quoted.order.DeliveryToken
	return s.refuses(ctx, c, variant{"another order's delivery_token", s.orderProbe(s.tuned(m))})
}
