package conformance

import (
	"context"

	"carrierhook/internal/wechat"
)

// earlier is an order that an earlier case placed.
type earlier struct {
	of      func(*session) *placement
	missing string // why there is none
}

var (
	first = earlier{func(s *session) *placement { return s.instant.first }, "nothing was placed (case instant_add)"}
	ended = earlier{func(s *session) *placement { return s.instant.ended }, "nothing was placed and cancelled (case instant_cancel)"}
	again = earlier{func(s *session) *placement { return s.instant.again }, "nothing was placed again (case instant_readd)"}
)

// check is a check of that order.
func (e earlier) check(run func(context.Context, *session, Case, *placement) (Verdict, string)) check {
	return func(ctx context.Context, s *session, c Case) (Verdict, string) {
		p := e.of(s)
		if p == nil {
			return skip("%s", e.missing)
		}
		return run(ctx, s, c, p)
	}
}

// unknownShopOrder is an order of a shop that no company has.
func (s *session) unknownShopOrder() wechat.InstantOrder {
	m := s.newOrder(wechat.EventAddOrder)
	m.ShopID = "no-such-shop"
	m.DeliverySign = Shop{ID: m.ShopID, Secret: s.Shop.Secret}.sign(m.ShopOrderID)
	return s.tuned(m)
}

func checkInstantAnswer(ctx context.Context, s *session, c Case) (Verdict, string) {
	verdict, got, answered := s.answered(ctx, c, s.orderProbe(s.unknownShopOrder()))
	s.unanswered[wechat.EventAddOrder] = !answered
	return verdict, got
}

func checkUnknownShop(ctx context.Context, s *session, c Case) (Verdict, string) {
	return s.refuses(ctx, c, variant{"a shop that does not exist", s.orderProbe(s.unknownShopOrder())})
}

// badSigns are ways not to sign an order: in what way, and the sign.
func (s *session) badSigns(orderID string) [][2]string {
	other := *s.Shop
	other.Secret += "x"
	return [][2]string{
		{"signed with another secret", other.sign(orderID)}, {"signed for another order", s.Shop.sign(orderID + "x")},
		{"signed without the order", s.Shop.sign("")}, {"not signed", ""}, {"signed as WeChat's sample of reOrder", sampleSign},
	}
}

func checkBadSign(ctx context.Context, s *session, c Case) (Verdict, string) {
	var all []variant
	m := s.newOrder(wechat.EventAddOrder)
	for _, how := range s.badSigns(m.ShopOrderID) {
		m = s.newEvent(m, m.Event)
		m.DeliverySign = how[1]
		all = append(all, variant{how[0], s.orderProbe(s.tuned(m))})
	}
	return s.refuses(ctx, c, all...)
}

func checkPlace(ctx context.Context, s *session, c Case) (verdict Verdict, got string) {
	s.instant.first, verdict, got = s.placed(ctx, c, s.newOrder(wechat.EventAddOrder))
	return verdict, got
}

// checkSameEvent pushes the same event again in a new envelope.
func checkSameEvent(ctx context.Context, s *session, c Case, p *placement) (Verdict, string) {
	return s.sameWaybill(ctx, c, *p)
}

// checkExisting adds an order that is there by a new event. Whether that is refused
// or answered with what is there, there must be no second waybill.
func checkExisting(ctx context.Context, s *session, c Case, p *placement) (Verdict, string) {
	again := *p
	again.order = s.newEvent(p.order, wechat.EventAddOrder)
	if verdict, got := s.refuses(ctx, c, variant{"added again", s.orderProbe(again.order)}); verdict != Fail {
		return verdict, got
	}
	if p.waybill == "" {
		return fail("resultcode 0, and there is no waybill_id")
	}
	return s.sameWaybill(ctx, c, again)
}

func checkQuery(ctx context.Context, s *session, c Case, p *placement) (Verdict, string) {
	s.instant.queried = true
	verdict, got := s.hasStatus(ctx, c, *p, underWay, "a reply")
	s.instant.queried = verdict == Pass
	return verdict, got
}

// checkBadSigns wants each push about the order to be refused that is not signed for
// it.
func checkBadSigns(ctx context.Context, s *session, c Case, p *placement) (Verdict, string) {
	var all []variant
	for _, event := range []string{wechat.EventQueryOrder, wechat.EventCancelOrder} {
		for _, how := range s.badSigns(p.order.ShopOrderID) {
			m := s.followUp(*p, event, func(m *wechat.InstantFollowUp) { m.DeliverySign = how[1] })
			all = append(all, variant{event + " " + how[0], s.followUpProbe(m)})
		}
	}
	return s.refuses(ctx, c, all...)
}

// checkUnmoved wants a push about the first order to be refused, and the order to be
// under way still.
func checkUnmoved(what string, push func(*session, placement) probe) check {
	return first.check(func(ctx context.Context, s *session, c Case, p *placement) (Verdict, string) {
		verdict, got := s.refuses(ctx, c, variant{what, push(s, *p)})
		if verdict != Pass {
			return verdict, got
		}
		return s.hasStatus(ctx, c, *p, underWay, got)
	})
}

// otherWaybill cancels the order under a number that is not its own.
func otherWaybill(s *session, p placement) probe {
	return s.followUpProbe(s.followUp(p, wechat.EventCancelOrder, func(m *wechat.InstantFollowUp) { m.WaybillID = "no-such-waybill" }))
}

func placedAgain(s *session, p placement) probe {
	return s.orderProbe(s.newEvent(p.order, wechat.EventReaddOrder))
}

func returned(s *session, p placement) probe {
	return s.followUpProbe(s.followUp(p, wechat.EventConfirmReturn))
}

func checkUnknownOrder(ctx context.Context, s *session, c Case) (Verdict, string) {
	m := s.newOrder(wechat.EventReaddOrder)
	all := []variant{{"readd", s.orderProbe(m)}}
	for _, event := range []string{wechat.EventQueryOrder, wechat.EventCancelOrder} {
		all = append(all, variant{event, s.followUpProbe(s.followUp(placement{order: m}, event))})
	}
	return s.refuses(ctx, c, all...)
}

// checkTips gives the rider something, twice by the same event.
func checkTips(ctx context.Context, s *session, c Case, p *placement) (Verdict, string) {
	q := s.followUpProbe(s.followUp(*p, wechat.EventAddTips))
	verdict, got := s.expect(ctx, c, s.platform, q, "", 0)
	if verdict != Pass {
		return verdict, got
	}
	verdict, again := s.expect(ctx, c, s.platform, q, "", 0)
	return verdict, got + ", and again " + again
}

func checkPrecancel(ctx context.Context, s *session, c Case, p *placement) (Verdict, string) {
	verdict, got := s.expect(ctx, c, s.platform, s.followUpProbe(s.followUp(*p, wechat.EventPrecancelOrder)), "", 0)
	if verdict != Pass {
		return verdict, got
	}
	return s.hasStatus(ctx, c, *p, underWay, got)
}

func checkInstantCancel(ctx context.Context, s *session, c Case, p *placement) (Verdict, string) {
	verdict, got := s.cancelPlaced(ctx, c, p)
	if verdict != Pass {
		return verdict, got
	}
	if verdict, got = s.hasStatus(ctx, c, *p, cancelled, got); verdict == Pass {
		s.instant.ended = p
	}
	return verdict, got
}

func checkCancelRepeated(ctx context.Context, s *session, c Case, p *placement) (Verdict, string) {
	return s.expect(ctx, c, s.platform, s.followUpProbe(*p.cancel), "", 0)
}
