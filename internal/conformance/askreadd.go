package conformance

import (
	"context"
	"strings"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// askReaddWrong places the cancelled order again with something in it that must not
// be.
func askReaddWrong(what string, change func(*wechat.TransportOrder)) asking {
	return func(ctx context.Context, s *session, c Case) (Verdict, string) {
		p := s.local.ended
		if p == nil {
			return skip(notCancelled)
		}
		m := s.anew(p.order, wechat.EventReaddOrder)
		change(&m)
		return s.refuses(ctx, c, wrong{what, s.aboutOrder(s.tuned(m))})
	}
}

func askReadd(ctx context.Context, s *session, c Case) (verdict Verdict, got string) {
	p := s.local.ended
	if p == nil {
		return skip(notCancelled)
	}
	m := s.anew(p.order, wechat.EventReaddOrder)
	m.OrderInfo.FinishCodeNeeded, m.OrderInfo.PickupCodeNeeded = "0", "0"
	s.local.again, verdict, got = s.placed(ctx, c, s.tuned(m))
	return verdict, got
}

func askOwnWaybill(_ context.Context, s *session, _ Case) (Verdict, string) {
	p := s.local.again
	switch {
	case p == nil:
		return skip(notAgain)
	case p.waybill == "" || s.local.ended.waybill == "":
		return skip("the waybill_id is not told")
	case p.waybill == s.local.ended.waybill:
		return fail("the waybill_id %q twice", p.waybill)
	}
	return pass("%s after %s", p.waybill, s.local.ended.waybill)
}

// askAwkwardReadd places a cancelled order again by a push that arrives more than
// once, and asks once more what its waybill is.
func askAwkwardReadd(f sandbox.Fault) asking {
	return func(ctx context.Context, s *session, c Case) (Verdict, string) {
		if s.local.again == nil {
			return skip(notAgain)
		}
		p, verdict, got := s.placed(ctx, c, s.parcel(wechat.EventAddOrder))
		if verdict == Pass {
			verdict, got = s.ended(ctx, c, p)
		}
		if verdict != Pass {
			return verdict, "before the question, " + got
		}
		again, verdict, got := s.place(ctx, c, s.patient, s.anew(p.order, wechat.EventReaddOrder), f)
		if verdict != Pass {
			return verdict, got
		}
		verdict, once := s.sameWaybill(ctx, c, again)
		return verdict, got + ", and then " + once
	}
}

// askPrice asks what an order costs and places it for that.
func askPrice(ctx context.Context, s *session, c Case) (Verdict, string) {
	m := s.parcel(wechat.EventPrecreateOrder)
	replies, verdict, got := s.replies(ctx, c, s.platform, s.aboutOrder(m), "", 0)
	s.deaf[wechat.EventPrecreateOrder] = verdict == Fail && len(replies) == 0
	if verdict != Pass {
		return verdict, got
	}
	fee := replies[0].text("fee")
	m = s.anew(m, wechat.EventAddOrder)
	m.DeliveryToken = replies[0].text("delivery_token")
	if m.DeliveryToken != "" {
		s.local.quoted = &placement{order: m}
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

// askOtherToken places an order for the price of another one.
func askOtherToken(ctx context.Context, s *session, c Case) (Verdict, string) {
	if s.local.quoted == nil {
		return skip(noQuote)
	}
	m := s.parcel(wechat.EventAddOrder)
	m.DeliveryToken = s.local.quoted.order.DeliveryToken
	return s.refuses(ctx, c, wrong{"another order's delivery_token", s.aboutOrder(s.tuned(m))})
}
