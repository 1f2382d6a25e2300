package conformance

import (
	"context"
	"fmt"
	"strconv"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// order is an add_waybill of an order that nobody has booked yet.
func (s *session) order(a Account, number string) wechat.AddWaybill {
	at := s.next()
	m := wechat.AddWaybill{
		ToUserName: s.Account.UserName, FromUserName: s.user, CreateTime: at, Event: wechat.EventAddWaybill,
		Token: fmt.Sprintf("conformance%s%d", s.user, s.sent), OrderID: fmt.Sprintf("conformance-%s-%d", s.user, s.sent),
		BizID: a.BizID, BizPwd: a.BizPwd, ShopAppID: a.ShopAppID, WayBillID: number, Remark: "易碎物品",
		Sender: a.Sender, Receiver: a.Receiver,
		Cargo: wechat.Cargo{
			Weight: "1.2", SpaceX: "20.5", SpaceY: "15.0", SpaceZ: "10.0", Count: "1",
			DetailList: []wechat.CargoDetail{{Name: "一千零一夜钻石包", Count: "1"}},
		},
		Insured: wechat.Insured{UseInsured: "0", InsuredValue: "0"},
		Service: wechat.Service{ServiceType: strconv.FormatInt(a.ServiceType, 10), ServiceName: a.ServiceName},
	}
	s.tune(&m.FromUserName, func() probe { return s.addProbe(m) })
	return m
}

// anyOrder is an order whose number is of no importance.
func (s *session) anyOrder(a Account) probe { return s.addProbe(s.order(a, sandbox.CarrierGives)) }

// aboutAccount pushes a check_biz or a get_quota, which is a check_biz without a shop.
func aboutAccount(event string) about {
	return func(s *session, a Account) probe {
		m := wechat.CheckBiz{
			ToUserName: s.Account.UserName, FromUserName: s.user, CreateTime: s.next(), Event: event,
			BizID: a.BizID, BizPwd: a.BizPwd, ShopAppID: a.ShopAppID,
		}
		s.tune(&m.FromUserName, func() probe { return s.accountProbe(m) })
		return s.accountProbe(m)
	}
}

// booking is an order that was booked, and its number.
type booking struct {
	order     wechat.AddWaybill
	number    string
	cancelled bool
}

// cancelOf is a cancel of what was booked.
func (s *session) cancelOf(b booking) wechat.CancelWaybill {
	return s.cancel(Waybill{
		BizID: b.order.BizID, BizPwd: b.order.BizPwd, OrderID: b.order.OrderID, WayBillID: b.number, ShopAppID: b.order.ShopAppID,
	})
}

// book pushes an order and wants it to be booked, under one number that is right.
func (s *session) book(ctx context.Context, c Case, p *sandbox.Platform, m wechat.AddWaybill, f sandbox.Fault) (b booking, verdict Verdict, got string) {
	replies, verdict, got := s.replies(ctx, c, p, s.addProbe(m), f, 0)
	b.order = m
	for _, reply := range replies {
		number := reply.text("WayBillID")
		switch {
		case verdict != Pass:
		case number == "" || number == sandbox.CarrierGives:
			verdict, got = fail("ResultCode 0 with the WayBillID %q, which is none", number)
		case m.WayBillID != sandbox.CarrierGives && number != m.WayBillID:
			verdict, got = fail("ResultCode 0 with the WayBillID %q, while the push had %q", number, m.WayBillID)
		case b.number != "" && number != b.number:
			verdict, got = fail("ResultCode 0 with the WayBillID %q, and 0 with %q", b.number, number)
		default:
			b.number = number
		}
	}
	return b, verdict, got
}

// number is what an order is pushed with: none, if the carrier gives numbers, else
// one of WeChat's. Without either, an order cannot be booked.
func (s *session) number() (number string, why string) {
	switch {
	case s.gives:
		return sandbox.CarrierGives, ""
	case s.numbers == nil:
		return "", "the carrier gives no number (case add_0), and no range of WeChat's is given"
	}
	number, err := s.numbers.Take()
	if err != nil {
		return "", err.Error()
	}
	return number, ""
}

// cancelBookings cancels what the run booked, if the carrier lets it.
func (s *session) cancelBookings(ctx context.Context) {
	for _, b := range s.toCancel {
		if ctx.Err() == nil {
			_, _ = s.platform.Push(ctx, wechat.EncodeCancel(s.format, s.cancelOf(b)), "")
		}
	}
}
