package conformance

import (
	"context"

	"carrierhook/internal/wechat"
)

const (
	nothingPlaced = "nothing was placed (case local_add)"
	notCancelled  = "nothing was placed and cancelled (case local_cancel)"
	notAgain      = "nothing was placed again (case local_readd)"
	noQuote       = "no delivery_token was given (case local_price)"
)

// strange is an order of a shop that no company has.
func (s *session) strange() wechat.TransportOrder {
	m := s.parcel(wechat.EventAddOrder)
	m.ShopID = "no-such-shop"
	m.DeliverySign = Shop{ID: m.ShopID, Secret: s.Shop.Secret}.sign(m.ShopOrderID)
	return s.tuned(m)
}

func askLocalAnswer(ctx context.Context, s *session, c Case) (Verdict, string) {
	verdict, got, answered := s.answered(ctx, c, s.aboutOrder(s.strange()))
	s.deaf[wechat.EventAddOrder] = !answered
	return verdict, got
}

func askUnknownShop(ctx context.Context, s *session, c Case) (Verdict, string) {
	return s.refuses(ctx, c, wrong{"a shop that does not exist", s.aboutOrder(s.strange())})
}

// wrongSigns are ways not to sign an order: in what way, and the sign.
func (s *session) wrongSigns(orderID string) [][2]string {
	other := *s.Shop
	other.Secret += "x"
	return [][2]string{
		{"signed with another secret", other.sign(orderID)}, {"signed for another order", s.Shop.sign(orderID + "x")},
		{"signed without the order", s.Shop.sign("")}, {"not signed", ""}, {"signed as WeChat's sample of reOrder", sampleSign},
	}
}

func askWrongSign(ctx context.Context, s *session, c Case) (Verdict, string) {
	var all []wrong
	m := s.parcel(wechat.EventAddOrder)
	for _, how := range s.wrongSigns(m.ShopOrderID) {
		m = s.anew(m, m.Event)
		m.DeliverySign = how[1]
		all = append(all, wrong{how[0], s.aboutOrder(s.tuned(m))})
	}
	return s.refuses(ctx, c, all...)
}

func askPlace(ctx context.Context, s *session, c Case) (verdict Verdict, got string) {
	s.local.first, verdict, got = s.placed(ctx, c, s.parcel(wechat.EventAddOrder))
	return verdict, got
}

// askPlacedAgain pushes the same event again in a new envelope.
func askPlacedAgain(of func(*session) *placement, none string) asking {
	return func(ctx context.Context, s *session, c Case) (Verdict, string) {
		p := of(s)
		if p == nil {
			return skip("%s", none)
		}
		return s.sameWaybill(ctx, c, *p)
	}
}

// askExisting adds an order that is there by a new event. Whether that is refused
// or answered with what is there, there must be no second waybill.
func askExisting(ctx context.Context, s *session, c Case) (Verdict, string) {
	p := s.local.first
	if p == nil {
		return skip(nothingPlaced)
	}
	again := *p
	again.order = s.anew(p.order, wechat.EventAddOrder)
	if verdict, got := s.refuses(ctx, c, wrong{"added again", s.aboutOrder(again.order)}); verdict != Fail {
		return verdict, got
	}
	if p.waybill == "" {
		return fail("resultcode 0, and the waybill_id is not told")
	}
	return s.sameWaybill(ctx, c, again)
}

func askHowFar(ctx context.Context, s *session, c Case) (Verdict, string) {
	p := s.local.first
	if p == nil {
		return skip(nothingPlaced)
	}
	s.local.queried = true
	verdict, got := s.stands(ctx, c, *p, underWay, "a reply")
	s.local.queried = verdict == Pass
	return verdict, got
}

// askWrongAsks wants each question about the order to be refused that is not signed
// for it.
func askWrongAsks(ctx context.Context, s *session, c Case) (Verdict, string) {
	p := s.local.first
	if p == nil {
		return skip(nothingPlaced)
	}
	var all []wrong
	for _, event := range []string{wechat.EventQueryOrder, wechat.EventCancelOrder} {
		for _, how := range s.wrongSigns(p.order.ShopOrderID) {
			m := s.concerning(*p, event, func(m *wechat.TransportAsk) { m.DeliverySign = how[1] })
			all = append(all, wrong{event + " " + how[0], s.aboutParcel(m)})
		}
	}
	return s.refuses(ctx, c, all...)
}

// askOtherWaybill cancels the order under a number that is not its own.
func askOtherWaybill(ctx context.Context, s *session, c Case) (Verdict, string) {
	p := s.local.first
	if p == nil {
		return skip(nothingPlaced)
	}
	m := s.concerning(*p, wechat.EventCancelOrder, func(m *wechat.TransportAsk) { m.WaybillID = "no-such-waybill" })
	verdict, got := s.refuses(ctx, c, wrong{"another's waybill_id", s.aboutParcel(m)})
	if verdict != Pass {
		return verdict, got
	}
	return s.stands(ctx, c, *p, underWay, got)
}

func askUnknownOrder(ctx context.Context, s *session, c Case) (Verdict, string) {
	m := s.parcel(wechat.EventReaddOrder)
	all := []wrong{{"readd", s.aboutOrder(m)}}
	for _, event := range []string{wechat.EventQueryOrder, wechat.EventCancelOrder} {
		all = append(all, wrong{event, s.aboutParcel(s.concerning(placement{order: m}, event))})
	}
	return s.refuses(ctx, c, all...)
}

func askUnderWay(ctx context.Context, s *session, c Case) (Verdict, string) {
	p := s.local.first
	if p == nil {
		return skip(nothingPlaced)
	}
	verdict, got := s.refuses(ctx, c, wrong{"placed again", s.aboutOrder(s.anew(p.order, wechat.EventReaddOrder))})
	if verdict != Pass {
		return verdict, got
	}
	return s.stands(ctx, c, *p, underWay, got)
}

// askTips gives the rider something, twice by the same event.
func askTips(ctx context.Context, s *session, c Case) (Verdict, string) {
	p := s.local.first
	if p == nil {
		return skip(nothingPlaced)
	}
	q := s.aboutParcel(s.concerning(*p, wechat.EventAddTips))
	verdict, got := s.expect(ctx, c, s.platform, q, "", 0)
	if verdict != Pass {
		return verdict, got
	}
	verdict, again := s.expect(ctx, c, s.platform, q, "", 0)
	return verdict, got + ", and again " + again
}

func askNotReturning(ctx context.Context, s *session, c Case) (Verdict, string) {
	p := s.local.first
	if p == nil {
		return skip(nothingPlaced)
	}
	verdict, got := s.refuses(ctx, c, wrong{"confirmed", s.aboutParcel(s.concerning(*p, wechat.EventConfirmReturn))})
	if verdict != Pass {
		return verdict, got
	}
	return s.stands(ctx, c, *p, underWay, got)
}

func askPrecancel(ctx context.Context, s *session, c Case) (Verdict, string) {
	p := s.local.first
	if p == nil {
		return skip(nothingPlaced)
	}
	verdict, got := s.expect(ctx, c, s.platform, s.aboutParcel(s.concerning(*p, wechat.EventPrecancelOrder)), "", 0)
	if verdict != Pass {
		return verdict, got
	}
	return s.stands(ctx, c, *p, underWay, got)
}

func askLocalCancel(ctx context.Context, s *session, c Case) (Verdict, string) {
	p := s.local.first
	if p == nil {
		return skip(nothingPlaced)
	}
	verdict, got := s.ended(ctx, c, p)
	if verdict != Pass {
		return verdict, got
	}
	if verdict, got = s.stands(ctx, c, *p, cancelled, got); verdict == Pass {
		s.local.ended = p
	}
	return verdict, got
}

func askLocalCancelAgain(ctx context.Context, s *session, c Case) (Verdict, string) {
	p := s.local.ended
	if p == nil {
		return skip(notCancelled)
	}
	return s.expect(ctx, c, s.platform, s.aboutParcel(*p.cancel), "", 0)
}
