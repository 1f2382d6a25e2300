package conformance

import (
	"context"
	"strings"

	"carrierhook/internal/wechat"
)

// edge is a limit of WeChat's page of reOrder: a change that goes as far as it may,
// if that can be tried together with the others, and one that goes too far. Lengths
// are in characters, an id's in bytes.
type edge struct {
	what     string
	at, over func(*wechat.InstantOrder)
}

// field is an edge of one text; at "" is not tried.
func field(what string, of func(*wechat.InstantOrder) *string, at, over string) edge {
	e := edge{what, func(*wechat.InstantOrder) {}, func(m *wechat.InstantOrder) { *of(m) = over }}
	if at != "" {
		e.at = func(m *wechat.InstantOrder) { *of(m) = at }
	}
	return e
}

// long is an edge of a text's length.
func long(what string, limit int, of func(*wechat.InstantOrder) *string) edge {
	return field(what, of, strings.Repeat("字", limit), strings.Repeat("字", limit+1))
}

var edges = []edge{
	{
		"a shop_order_id of 129 bytes",
		func(m *wechat.InstantOrder) { m.ShopOrderID += strings.Repeat("x", 128-len(m.ShopOrderID)) },
		func(m *wechat.InstantOrder) { m.ShopOrderID += strings.Repeat("x", 129-len(m.ShopOrderID)) },
	},
	long("a sender's name of 257 characters", 256, func(m *wechat.InstantOrder) *string { return &m.Sender.Name }),
	long("a receiver's name of 257 characters", 256, func(m *wechat.InstantOrder) *string { return &m.Receiver.Name }),
	field("a receiver's phone of 65 characters", func(m *wechat.InstantOrder) *string { return &m.Receiver.Phone },
		strings.Repeat("1", 64), strings.Repeat("1", 65)),
	field("a value of 5000.01 yuan", func(m *wechat.InstantOrder) *string { return &m.Cargo.Value }, "5000", "5000.01"),
	field("a weight of 50.01 kg", func(m *wechat.InstantOrder) *string { return &m.Cargo.Weight }, "50", "50.01"),
	field("a weight of 0 kg", func(m *wechat.InstantOrder) *string { return &m.Cargo.Weight }, "", "0"),
	field("a height of 45.01 cm", func(m *wechat.InstantOrder) *string { return &m.Cargo.Height }, "45", "45.01"),
	field("a length of 65.01 cm", func(m *wechat.InstantOrder) *string { return &m.Cargo.Length }, "65", "65.01"),
	field("a width of 50.01 cm", func(m *wechat.InstantOrder) *string { return &m.Cargo.Width }, "50", "50.01"),
	long("a goods_pickup_info of 101 characters", 100, func(m *wechat.InstantOrder) *string { return &m.Cargo.PickupInfo }),
	long("a note of 201 characters", 200, func(m *wechat.InstantOrder) *string { return &m.OrderInfo.Note }),
	field("a poi_seq of 33 characters", func(m *wechat.InstantOrder) *string { return &m.OrderInfo.PoiSeq },
		strings.Repeat("1", 32), strings.Repeat("1", 33)),
	field("a longitude of 181 degrees", func(m *wechat.InstantOrder) *string { return &m.Receiver.Lng }, "", "181"),
	field("an order that is booked for no time", func(m *wechat.InstantOrder) *string { return &m.OrderInfo.OrderType }, "", "1"),
}

// noPrice is why nothing is learnt of prices.
const noPrice = "would say nothing: " + wechat.EventPrecreateOrder + " is not answered (case instant_price)"

// checkLimits queries the price of orders that go as far as they may, or too far.
// Nothing is placed.
func checkLimits(over bool) check {
	return func(ctx context.Context, s *session, c Case) (Verdict, string) {
		if s.unanswered[wechat.EventPrecreateOrder] {
			return skip("%s", noPrice)
		}
		m := s.newOrder(wechat.EventPrecreateOrder)
		if !over {
			for _, e := range edges {
				e.at(&m)
			}
			m.DeliverySign = s.Shop.sign(m.ShopOrderID)
			return s.expect(ctx, c, s.platform, s.orderProbe(s.tuned(m)), "", 0)
		}
		var all []variant
		for _, e := range edges {
			m := s.newEvent(m, m.Event)
			e.over(&m)
			m.DeliverySign = s.Shop.sign(m.ShopOrderID)
			all = append(all, variant{e.what, s.orderProbe(s.tuned(m))})
		}
		return s.refuses(ctx, c, all...)
	}
}
