package conformance

import (
	"bytes"
	"context"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// program is a way in which merchants' programs write what people gave them. Nobody means
// anything by it, and no person can mend it.
type program struct {
	name, does string
	answered   bool // any result code will do; else it must be 0
	format     wechat.Format
	order      func(*wechat.AddWaybill)
	instant    func(*wechat.InstantOrder)
	write      []writing // each makes another push; none: the order as it is
}

// writing changes the packet of an order: it writes what no encoder of ours would.
type writing struct {
	what           string
	json           bool // in XML it is as another
	order, instant func(wechat.Format, []byte) []byte
}

// spot is where a text gets bytes that an encoder would not write.
const spot = "\ue000"

func atSpot(what, text string) []writing {
	write := func(_ wechat.Format, packet []byte) []byte {
		return bytes.ReplaceAll(packet, []byte(spot), []byte(text))
	}
	return []writing{{what, false, write, write}}
}

var programs = []program{
	{
		name: "float", does: "with the noise of floating-point numbers, and a count of 1.0",
		order: func(m *wechat.AddWaybill) {
			m.Cargo.Weight, m.Cargo.SpaceX, m.Cargo.Count, m.Cargo.DetailList[0].Count = "1.2000000000000002", "20.500000000000004", "1.0", "1.0"
			m.Insured, m.Service.ServiceType = wechat.Insured{UseInsured: "0.0", InsuredValue: "0.0"}, m.Service.ServiceType+".0"
		},
		instant: func(m *wechat.InstantOrder) {
			m.Cargo.Value, m.Cargo.Weight, m.Cargo.Height = "5.000000000000001", "1.0000000000000002", "1.0"
			m.Cargo.Goods[0].Count, m.Cargo.Goods[0].Price = "1.0", "10.000000000000002"
			m.OrderInfo.OrderType, m.OrderInfo.Tips, m.OrderInfo.FinishCodeNeeded = "0.0", "0.0", "1.0"
		},
	},
	{
		name: "empty", does: `with 0, "", null, {} and [] for what nobody gave`, write: nothings(),
		instant: func(m *wechat.InstantOrder) { m.Cargo.Goods = nil },
	},
	{
		name: "line_breaks", does: "with line breaks and tabs in texts for people",
		order: func(m *wechat.AddWaybill) {
			m.Remark, m.Sender.Company, m.Cargo.DetailList[0].Name = "易碎\r\n轻放", "某某\n公司", "钻石包\t大"
		},
		instant: func(m *wechat.InstantOrder) {
			m.OrderInfo.Note, m.Cargo.PickupInfo, m.Cargo.Goods[0].Name = "易碎\r\n轻放", "三号\n门", "水果\t大"
		},
	},
	{name: "control", does: "with a control character in a string of JSON", answered: true, format: wechat.JSON, order: marked, instant: markedInstant, write: atSpot("ESC", "\x1b")},
	{name: "cut", does: "with texts that end in half a character", answered: true, order: marked, instant: markedInstant, write: atSpot("half a character", "\xe5\xad")},
}

func marked(m *wechat.AddWaybill) {
	m.Remark, m.Sender.Company = "易碎物品"+spot, "某某公司"+spot
}

func markedInstant(m *wechat.InstantOrder) {
	m.OrderInfo.Note, m.Cargo.Goods[0].Name = "易碎物品"+spot, "水果"+spot
}

// programCases push each of them in both families.
var programCases = func() (all []Case) {
	for _, p := range programs {
		expected := "a result code, whichever it is"
		if !p.answered {
			expected = "the result code 0"
		}
		for _, c := range []Case{
			{Name: "add_" + p.name, Does: "an order " + p.does, event: wechat.EventAddWaybill, needs: !p.answered, run: p.check(program.orders)},
			{Name: "instant_" + p.name, Does: "what an order costs, " + p.does, event: wechat.EventAddOrder, shop: true, run: p.check(program.prices)},
		} {
			c.Basis, c.Why, c.Expected, c.format = Advice, ours+": programs of merchants write that, and no person can mend it", expected, p.format
			all = append(all, c)
		}
	}
	return all
}()

// check wants an answer to each push that the program makes. Without any the text says why.
func (p program) check(pushes func(program, *session) ([]variant, string)) check {
	return func(ctx context.Context, s *session, c Case) (Verdict, string) {
		all, why := pushes(p, s)
		if len(all) == 0 {
			return skip("%s", why)
		}
		return s.each(ctx, c, func(code int) bool { return p.answered || code == 0 }, all...)
	}
}

// orders are add_waybill in the name of the merchant that is given, or of one that does not
// exist.
func (p program) orders(s *session) (all []variant, why string) {
	for _, w := range p.writings(s.format) {
		a, number := unknownMerchant, sandbox.CarrierGives
		if s.Merchant != nil {
			a = *s.Merchant
			if number, why = s.number(); why != "" {
				return all, why
			}
		}
		m := s.order(a, number)
		if p.order != nil {
			p.order(&m)
		}
		all = append(all, s.written(w, w.order, &m.FromUserName, func() probe { return s.addProbe(m) }))
	}
	return all, ""
}

// prices query what orders cost, which places nothing.
func (p program) prices(s *session) (all []variant, why string) {
	if s.unanswered[wechat.EventPrecreateOrder] {
		return nil, noPrice
	}
	for _, w := range p.writings(s.format) {
		m := s.newOrder(wechat.EventPrecreateOrder)
		if p.instant != nil {
			p.instant(&m)
		}
		all = append(all, s.written(w, w.instant, &m.FromUserName, func() probe { return s.orderProbe(m) }))
	}
	return all, ""
}

// written is a push whose packet is written as a program does, with as little padding as all
// pushes have.
func (s *session) written(w writing, write func(wechat.Format, []byte) []byte, from *string, about func() probe) variant {
	push := func() probe {
		q := about()
		if write != nil {
			q.packet = write(s.format, q.packet)
		}
		return q
	}
	s.tune(from, push)
	return variant{w.what, push()}
}

// writings are those that differ in a format.
func (p program) writings(f wechat.Format) (all []writing) {
	for _, w := range p.write {
		if f == wechat.JSON || !w.json {
			all = append(all, w)
		}
	}
	if len(p.write) == 0 {
		all = []writing{{what: "pushed"}}
	}
	return all
}
