package conformance

import (
	"context"
	"errors"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// about makes a push about an account.
type about = func(*session, Account) probe

// checkEvent finds out whether an event is answered at all.
func checkEvent(event string, about about) check {
	return func(ctx context.Context, s *session, c Case) (Verdict, string) {
		verdict, got, answered := s.answered(ctx, c, about(s, unknownMerchant))
		s.unanswered[event] = !answered
		return verdict, got
	}
}

// checkAccount pushes in the name of an account, changed.
func checkAccount(about about, code int, change func(*Account)) check {
	return func(ctx context.Context, s *session, c Case) (Verdict, string) {
		a := unknownMerchant
		if c.needs {
			a = *s.Merchant
		}
		change(&a)
		return s.expect(ctx, c, s.platform, about(s, a), "", code)
	}
}

func unchanged(*Account) {}

func wrongPassword(a *Account) { a.BizPwd += "x" }

// checkNumber books an order whose number the carrier gives, and leaves it to the
// cases after it.
func checkNumber(ctx context.Context, s *session, c Case) (Verdict, string) {
	b, verdict, got := s.book(ctx, c, s.platform, s.order(*s.Merchant, sandbox.CarrierGives), "")
	if verdict == Pass {
		s.gives, s.booked = true, &b
		got += ", WayBillID " + b.number
	}
	return verdict, got
}

// checkWeChatNumber books an order under a number of WeChat's.
func checkWeChatNumber(ctx context.Context, s *session, c Case) (Verdict, string) {
	if s.numbers == nil {
		return skip("no range of WeChat's numbers is given")
	}
	number, err := s.numbers.Take()
	if err != nil {
		return skip("%v", err)
	}
	b, verdict, got := s.book(ctx, c, s.platform, s.order(*s.Merchant, number), "")
	if verdict == Pass && s.booked == nil {
		s.booked = &b
	}
	return verdict, got
}

// checkNoSender pushes an order that is right but for its sender.
func checkNoSender(ctx context.Context, s *session, c Case) (Verdict, string) {
	number, why := s.number()
	if why != "" {
		return skip("%s", why)
	}
	a := *s.Merchant
	a.Sender = wechat.Contact{Country: "中国"}
	return s.expect(ctx, c, s.platform, s.addProbe(s.order(a, number)), "", 20002)
}

const notBooked = "nothing was booked (cases add_0 and add_wechat_number)"

// checkBookedAgain pushes the booked order again, changed, and wants the same number.
func checkBookedAgain(change func(*session, *wechat.AddWaybill)) check {
	return func(ctx context.Context, s *session, c Case) (Verdict, string) {
		if s.booked == nil {
			return skip(notBooked)
		}
		m := s.booked.order
		change(s, &m)
		return s.sameNumber(ctx, c, m, s.booked.number)
	}
}

func sameEvent(*session, *wechat.AddWaybill) {}

func anotherEvent(s *session, m *wechat.AddWaybill) { m.CreateTime = s.next() }

func (s *session) sameNumber(ctx context.Context, c Case, m wechat.AddWaybill, number string) (Verdict, string) {
	b, verdict, got := s.book(ctx, c, s.platform, m, "")
	if verdict == Pass && b.number != number {
		return fail("ResultCode 0 with the WayBillID %q, and before with %q", b.number, number)
	}
	return verdict, got
}

// checkAwkwardOrder books an order by a push that arrives more than once, and pushes
// it once more to see what its number is.
func checkAwkwardOrder(f sandbox.Fault) check {
	return func(ctx context.Context, s *session, c Case) (Verdict, string) {
		number, why := s.number()
		if why != "" {
			return skip("%s", why)
		}
		b, verdict, got := s.book(ctx, c, s.patient, s.order(*s.Merchant, number), f)
		if verdict != Pass {
			return verdict, got
		}
		verdict, again := s.sameNumber(ctx, c, b.order, b.number)
		return verdict, got + ", and then " + again
	}
}

func checkCancelOfBooked(ctx context.Context, s *session, c Case) (Verdict, string) {
	if s.booked == nil {
		return skip(notBooked)
	}
	verdict, got := s.expect(ctx, c, s.platform, s.cancelProbe(s.cancelOf(*s.booked)), "", 0)
	s.booked.cancelled = verdict == Pass
	return verdict, got
}

// checkBookedNoMore pushes the order once more after it was cancelled. Which code
// says no WeChat leaves open.
func checkBookedNoMore(ctx context.Context, s *session, c Case) (Verdict, string) {
	if s.booked == nil || !s.booked.cancelled {
		return skip("nothing was booked and cancelled (case add_cancel)")
	}
	m := s.booked.order
	m.CreateTime = s.next()
	replies, _, err := s.push(ctx, c, s.platform, s.addProbe(m), "")
	if errors.Is(err, errUnopened) {
		return skip("%v", err)
	}
	if err != nil {
		return fail("%v", err)
	}
	switch code, ok := replies[0].code(); {
	case !ok:
		return fail("no ResultCode")
	case code == 0:
		return fail("ResultCode 0 and the WayBillID %q", replies[0].text("WayBillID"))
	default:
		return pass("ResultCode %d", code)
	}
}
