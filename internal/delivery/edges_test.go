package delivery

import (
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/ledger"
)

// edge is a change of an order, and whether it is still valid.
type edge struct {
	name   string
	good   bool
	change func(*OrderFields)
}

func x(n int) string { return strings.Repeat("x", n) }

// wide has n characters of three bytes, and of four.
func wide(n int) string { return strings.Repeat("单", n-1) + "𠮷" }

// figuresOf are good and bad texts of a figure.
func figuresOf(name string, at func(*OrderFields) *string, good, bad []string) (edges []edge) {
	for i, list := range [][]string{good, bad} {
		for _, s := range list {
			edges = append(edges, edge{name + " " + strconv.Quote(s), i == 0, func(f *OrderFields) { *at(f) = s }})
		}
	}
	return edges
}

// noFigures are no figures at all.
var noFigures = []string{"x", "-1", "+1", "1e", "1,0", "１", "1.", ".1", "1 1", "NaN", "1\x00", "0x1"}

// textEdges are those of a text of at most limit characters.
func textEdges(name string, limit int, needed bool, at func(*OrderFields) *string) []edge {
	set := func(s string) func(*OrderFields) { return func(f *OrderFields) { *at(f) = s } }
	return []edge{
		{name + " longest", true, set(x(limit))},
		{name + " longest, wide", true, set(wide(limit))},
		{name + " longest, and space", true, set(" " + wide(limit) + "\n")},
		{name + " too long", false, set(x(limit + 1))},
		{name + " too long, wide", false, set(wide(limit + 1))},
		{name + " with NUL", true, set("a\x00b")},
		{name + " with delete", true, set("a\x7fb")},
		{name + " with escape and line", true, set("a\n\x1bb")},
		{name + " not UTF-8", false, set("a\xffb")},
		{name + " with lines", true, set("a\r\n\tb\v\fc\u0085d")},
		{name + " of controls", !needed, set("\x00\x1b")},
		{name + " of a delete", !needed, set("\x7f")},
		{name + " empty", !needed, set("")},
		{name + " white space", !needed, set(" \t\n\u3000")},
	}
}

func contactEdges(at func(*OrderFields) *ContactFields) []edge {
	edges := slices.Concat(
		textEdges("name", 256, true, func(f *OrderFields) *string { return &at(f).Name }),
		textEdges("city", 256, true, func(f *OrderFields) *string { return &at(f).City }),
		textEdges("phone", 64, true, func(f *OrderFields) *string { return &at(f).Phone }),
		textEdges("address", 1024, true, func(f *OrderFields) *string { return &at(f).Address }),
		textEdges("detail", 1024, true, func(f *OrderFields) *string { return &at(f).AddressDetail }),
		figuresOf("lng", func(f *OrderFields) *string { return &at(f).Lng },
			[]string{"180", "-180", "180.0000004", "0", "-0", "116.40", " 1 "}, append([]string{"180.0000005", "-180.000001", "181", "", " "}, without(noFigures, "-1")...)),
		figuresOf("lat", func(f *OrderFields) *string { return &at(f).Lat },
			[]string{"90", "-90", "90.0000004", "0", "-1"}, append([]string{"90.0000005", "-90.000001", "116", "", " "}, without(noFigures, "-1")...)),
		figuresOf("type", func(f *OrderFields) *string { return &at(f).CoordinateType },
			[]string{"0", "1", "", " ", "1.0"}, append([]string{"2", "0.5"}, noFigures...)),
	)
	located := func(lng, lat, kind string) func(*OrderFields) {
		return func(f *OrderFields) { at(f).Lng, at(f).Lat, at(f).CoordinateType = lng, lat, kind }
	}
	return append(edges,
		edge{"nobody", false, func(f *OrderFields) { *at(f) = ContactFields{} }},
		edge{"in the sea", false, located("0", "0.0", "0")},
		edge{"in the sea, once rounded", false, located("0.0000004", "-0.0000004", "0")},
		edge{"nearly in the sea", true, located("0.000001", "0", "0")},
		edge{"of Baidu, beyond the end", false, located("-180", "0", "1")},
		edge{"of Baidu, within the end", true, located("180", "0", "1")},
	)
}

func without(list []string, those ...string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(those, s) })
}

func cargoEdges() []edge {
	goods := func(lines ...GoodsFields) func(*OrderFields) { return func(f *OrderFields) { f.Cargo.Goods = lines } }
	line := func(change func(*GoodsFields)) func(*OrderFields) {
		return func(f *OrderFields) { change(&f.Cargo.Goods[1]) }
	}
	at := func(get func(*CargoFields) *string) func(*OrderFields) *string {
		return func(f *OrderFields) *string { return get(&f.Cargo) }
	}
	good := func(get func(*GoodsFields) *string) func(*OrderFields) *string {
		return func(f *OrderFields) *string { return get(&f.Cargo.Goods[1]) }
	}
	edges := slices.Concat(
		figuresOf("value", at(func(c *CargoFields) *string { return &c.Value }), []string{"0.01", "0.005", "5000", "5000.00", "5000.00499", " 5 "}, append([]string{"", " ", "0", "0.00", "0.00499", "5000.005", "5000.01", "5001"}, noFigures...)),
		figuresOf("weight", at(func(c *CargoFields) *string { return &c.Weight }), []string{"0.01", "0.005", "50", "50.00499"}, append([]string{"", " ", "0", "0.00499", "50.005", "50.01"}, noFigures...)),
		figuresOf("height", at(func(c *CargoFields) *string { return &c.Height }), []string{"", " ", "0", "0.0", "-0", "0.00499", "0.01", "0.005", "45", "45.00499"}, append([]string{"45.005", "45.01"}, noFigures...)),
		figuresOf("length", at(func(c *CargoFields) *string { return &c.Length }), []string{"", " ", "0", "0.01", "0.005", "65", "65.00499"}, append([]string{"65.005", "65.01"}, noFigures...)),
		figuresOf("width", at(func(c *CargoFields) *string { return &c.Width }), []string{"", " ", "0", "0.01", "0.005", "50", "50.00499"}, append([]string{"50.005", "50.01"}, noFigures...)),
		figuresOf("count", good(func(g *GoodsFields) *string { return &g.Count }), []string{"1", "1.0", "1E3", "1000000000"}, append([]string{"", " ", "0", "1.5", "1000000001"}, noFigures...)),
		figuresOf("price", good(func(g *GoodsFields) *string { return &g.Price }), []string{"", " ", "0", "0.001", "100000", "100000.00499"}, append([]string{"100000.005", "100000.01"}, noFigures...)),
		textEdges("unit", 20, false, good(func(g *GoodsFields) *string { return &g.Unit })),
		textEdges("pickup info", 100, false, at(func(c *CargoFields) *string { return &c.PickupInfo })),
		textEdges("delivery info", 100, false, at(func(c *CargoFields) *string { return &c.DeliveryInfo })),
		textEdges("first class", 128, true, at(func(c *CargoFields) *string { return &c.FirstClass })),
		textEdges("second class", 128, true, at(func(c *CargoFields) *string { return &c.SecondClass })),
	)
	return append(edges,
		edge{"no cargo", false, func(f *OrderFields) { f.Cargo = CargoFields{} }},
		edge{"no goods", true, goods()},
		edge{"goods without name", false, line(func(g *GoodsFields) { g.Name = " " })},
		edge{"name with NUL", true, line(func(g *GoodsFields) { g.Name = "a\x00" })},
		edge{"name not UTF-8", false, line(func(g *GoodsFields) { g.Name = "a\xff" })},
		edge{"name with line", true, line(func(g *GoodsFields) { g.Name = "a\nb" })},
	)
}

func infoEdges() []edge {
	at := func(get func(*InfoFields) *string) func(*OrderFields) *string {
		return func(f *OrderFields) *string { return get(&f.Info) }
	}
	var edges []edge
	for name, get := range map[string]func(*InfoFields) *string{
		"direct": func(i *InfoFields) *string { return &i.IsDirect }, "finish code": func(i *InfoFields) *string { return &i.FinishCodeNeeded },
		"pickup code": func(i *InfoFields) *string { return &i.PickupCodeNeeded },
	} {
		edges = append(edges, figuresOf(name, at(get), []string{"", " ", "0", "1", "1.0"}, append([]string{"2", "0.1"}, noFigures...))...)
	}
	for name, get := range map[string]func(*InfoFields) *string{
		"cash on delivery": func(i *InfoFields) *string { return &i.CashOnDelivery }, "cash on pickup": func(i *InfoFields) *string { return &i.CashOnPickup },
	} {
		edges = append(edges, figuresOf(name, at(get), []string{"", " ", "0", "100000", "100000.00499"}, append([]string{"100000.005", "100000.01"}, noFigures...))...)
	}
	return slices.Concat(edges,
		figuresOf("order type", at(func(i *InfoFields) *string { return &i.OrderType }), []string{"", " ", "0"}, append([]string{"2", "0.1"}, noFigures...)),
		figuresOf("pick method", at(func(i *InfoFields) *string { return &i.PickMethod }), []string{"", " ", "0", "0.0", "1", "2", "2.0"}, append([]string{"3", "1.5"}, noFigures...)),
		figuresOf("order time", at(func(i *InfoFields) *string { return &i.OrderTime }), []string{"", " ", "0", "1", "253402300799"}, append([]string{"253402300800", "1.5"}, noFigures...)),
		textEdges("service", 128, false, at(func(i *InfoFields) *string { return &i.ServiceCode })),
		textEdges("poi seq", 32, false, at(func(i *InfoFields) *string { return &i.PoiSeq })),
		textEdges("note", 200, false, at(func(i *InfoFields) *string { return &i.Note })),
	)
}

func timeEdges() []edge {
	at := func(seconds int64) string { return strconv.FormatInt(now.Unix()+seconds, 10) }
	booked := func(delivery, finish, pickUp string) func(*OrderFields) {
		return func(f *OrderFields) {
			f.Info.OrderType, f.Info.ExpectedDelivery, f.Info.ExpectedFinish, f.Info.ExpectedPickUp = "1", delivery, finish, pickUp
		}
	}
	month := int64(31 * 24 * 3600)
	edges := []edge{
		{"booked for no time", false, booked("", "", "")},
		{"booked for 0", false, booked("0", "0", "0")},
		{"only the finish", true, booked("", at(1), "0")},
		{"only the pick-up", true, booked("0", "", at(1))},
		{"one of them is past", true, booked(at(-100), at(100), at(-1))},
		{"all are past", false, booked(at(-100), at(-1), at(-2))},
		{"more than 31 days ahead", false, booked(at(1), at(month+1), "")},
		{"in milliseconds", false, booked(strconv.FormatInt(now.UnixMilli(), 10), "", "")},
		{"not booked, and past", true, func(f *OrderFields) { f.Info.ExpectedDelivery = at(-1) }},
	}
	for _, s := range noFigures {
		edges = append(edges, edge{"delivery " + s, false, booked(s, at(1), at(1))}, edge{"finish " + s, false, booked(at(1), s, at(1))},
			edge{"pick-up " + s, false, booked(at(1), at(1), s)}, edge{"not booked, " + s, false, func(f *OrderFields) { f.Info.ExpectedFinish = s }})
	}
	return edges
}

func insuranceEdges() []edge {
	insured := func(is, value string) func(*OrderFields) {
		return func(f *OrderFields) { f.Info.IsInsured, f.Info.DeclaredValue = is, value }
	}
	edges := []edge{
		{"not said", true, insured("", "")},
		{"not insured, worth much", true, insured("0", "100000")},
		{"not insured, worth too much", false, insured("0", "100000.01")},
		{"worth nothing", false, insured("1", "0")},
		{"worth nothing, once rounded", false, insured("1", "0.00499")},
		{"no value", false, insured("1", "")},
		{"min", true, insured("1", "0.01")},
		{"limit", true, insured("1", "100000")},
		{"too much", false, insured("1", "100000.005")},
		{"another wish", false, insured("2", "1")},
	}
	for _, s := range noFigures {
		edges = append(edges, edge{"wish " + s, false, insured(s, "1")}, edge{"value " + s, false, insured("1", s)}, edge{"not insured, " + s, false, insured("0", s)})
	}
	return edges
}

// partNames are the parts of a push that refusals name, by their reasons.
var partNames = map[Reason]string{
	ReceiverWrong: "receiver", SenderWrong: "sender", CargoWrong: "cargo", OrderInfoWrong: "order_info", ExpectedTimeWrong: "order_info", InsuranceWrong: "order_info", TipsWrong: "order_info",
}

// Both sides of every edge of an order, each alone.
func TestOrderEdges(t *testing.T) {
	for why, edges := range map[Reason][]edge{
		ReceiverWrong:     contactEdges(func(f *OrderFields) *ContactFields { return &f.Receiver }),
		SenderWrong:       contactEdges(func(f *OrderFields) *ContactFields { return &f.Sender }),
		CargoWrong:        cargoEdges(),
		OrderInfoWrong:    infoEdges(),
		ExpectedTimeWrong: timeEdges(),
		InsuranceWrong:    insuranceEdges(),
		TipsWrong: figuresOf("tips", func(f *OrderFields) *string { return &f.Info.Tips },
			[]string{"", " ", "0", "0.01", "1000", "1000.00499"}, append([]string{"1000.005", "1000.01"}, noFigures...)),
	} {
		for _, e := range edges {
			f := orderFields()
			e.change(&f)
			want := Accepted
			if !e.good {
				want = why
			}
			got := decide(Add, nil, func(s *scene) { s.f, s.p.MaxMetres = f, 0 })
			if got.Reason != want {
				t.Errorf("%s: %s, want %s", e.name, got.Reason, want)
			}
			part, member, _ := strings.Cut(got.Field, ".")
			if late := got.Reason == ExpectedTimeWrong && got.Field == ""; !late && (part != partNames[got.Reason] || (part == "") != (member == "")) {
				t.Errorf("%s: %s names %q", e.name, got.Reason, got.Field)
			}
		}
	}
}

// The booked time must be after the time of the decision, and at most 31 days after it.
func TestBookedAhead(t *testing.T) {
	whole := now.Truncate(time.Second)
	for name, tt := range map[string]struct {
		expected, at time.Time
		want         Reason
	}{
		"now":                      {whole, whole, ExpectedTimeWrong},
		"a moment ago":             {whole, whole.Add(time.Nanosecond), ExpectedTimeWrong},
		"in a moment":              {whole.Add(time.Second), whole.Add(time.Second - time.Nanosecond), Accepted},
		"one second later":         {whole.Add(time.Second), whole, Accepted},
		"31 days ahead":            {whole.Add(31 * 24 * time.Hour), whole, Accepted},
		"31 days and a moment":     {whole.Add(31 * 24 * time.Hour), whole.Add(-time.Nanosecond), ExpectedTimeWrong},
		"31 days and a second":     {whole.Add(31*24*time.Hour + time.Second), whole, ExpectedTimeWrong},
		"31 days but for a second": {whole.Add(31*24*time.Hour - time.Second), whole, Accepted},
		"a year ahead":             {whole.Add(366 * 24 * time.Hour), whole, ExpectedTimeWrong},
	} {
		for _, kind := range []Kind{Precreate, Add, Readd} {
			f := orderFields()
			f.Info.OrderType, f.Info.ExpectedFinish = "1", strconv.FormatInt(tt.expected.Unix(), 10)
			var prior *PlacedOrder
			if kind == Readd {
				prior = placed(CancelledEarly)
			}
			if got := decide(kind, prior, func(s *scene) { s.f, s.now = f, tt.at }).Reason; got != tt.want {
				t.Errorf("%s, %s: %s, want %s", name, kind, got, tt.want)
			}
		}
	}
}

// goods_detail is measured as the shortest JSON that it can have been, in characters.
func TestDetail(t *testing.T) {
	measure := func(goods ...GoodsFields) int {
		fill := func(n int) []GoodsFields { // n characters more
			return append(slices.Clone(goods), GoodsFields{Count: "1", Name: x(n), Price: "", Unit: ""})
		}
		frame := len(`,{"good_count":1,"good_name":""}`)
		if len(goods) == 0 {
			frame--
		}
		n := sort.Search(maxDetail, func(n int) bool { return !detailFits(fill(n)) })
		return maxDetail + 1 - n - frame
	}
	for want, goods := range map[string][]GoodsFields{
		`{"goods":[]}`: {},
		`{"goods":[{"good_count":1,"good_name":"水果","good_price":10,"good_unit":"元"}]}`:                        {{Count: "1", Name: "水果", Price: "10", Unit: "元"}},
		`{"goods":[{"good_count":1,"good_name":"水果","good_price":10.50,"good_unit":"元"}]}`:                     {{Count: " 1 ", Name: " 水果\n", Price: " 10.50 ", Unit: " 元 "}},
		`{"goods":[{"good_count":1,"good_name":"a<b>&\"c"},{"good_count":2,"good_name":"𠮷","good_unit":"x"}]}`: {{Count: "1", Name: `a<b>&"c`, Price: "", Unit: ""}, {Count: "2", Name: "𠮷", Price: " ", Unit: "x"}},
		`{"goods":[{"good_count":"01","good_name":"x"}]}`:                                                      {{Count: "01", Name: "x", Price: "", Unit: ""}},
	} {
		if got := measure(goods...); got != len([]rune(want)) {
			t.Errorf("%s: %d characters, want %d", want, got, len([]rune(want)))
		}
	}
}

// On both sides of the limit of goods_detail, in one long name, in wide
// characters and in many lines.
func TestDetailEdges(t *testing.T) {
	one := len(`{"goods":[{"good_count":1,"good_name":"","good_price":10,"good_unit":"x"}]}`)
	for name, goods := range map[string]func(over int) []GoodsFields{
		"long": func(over int) []GoodsFields {
			return []GoodsFields{{Count: "1", Name: x(10240 - one + over), Price: "10", Unit: "x"}}
		},
		"wide": func(over int) []GoodsFields {
			return []GoodsFields{{Count: "1", Name: wide(10240 - one + over), Price: "10", Unit: "x"}}
		},
		"many": func(over int) []GoodsFields {
			const line = `,{"good_count":1,"good_name":"x"}`
			lines := (10240 - len(`{"goods":[]}`) + 1) / len(line)
			rest := (10240 - len(`{"goods":[]}`) + 1) % len(line)
			return append(slices.Repeat([]GoodsFields{{Count: "1", Name: "x", Price: "", Unit: ""}}, lines-1), GoodsFields{Count: "1", Name: x(1 + rest + over), Price: "", Unit: ""})
		},
	} {
		for over, want := range map[int]Reason{0: "", 1: CargoWrong} {
			f := orderFields()
			f.Cargo.Goods = goods(over)
			if got := NewOrderRequest(ledger.Push{}, Add, f).Fault; got != want {
				t.Errorf("%s, %d over: %q", name, over, got)
			}
		}
	}
}
