package waybill

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/input"
	"carrierhook/internal/ledger"
)

// Every field of an order is read: texts are trimmed, figures are parsed.
func TestNewBookingRequest(t *testing.T) {
	o := order()
	o.BizID, o.ShopAppID, o.OrderID, o.WaybillID = " B ", "\twxA", "O\n", " "+goodNumber
	o.Token, o.Remark, o.ServiceName = " T ", "\n易碎物品\r\n轻放 ", " 标准快递"
	o.Sender.Name, o.Receiver.Address = " 张三 ", "\tXX路\n"
	o.Goods[0].Name = " 一千零一夜\n钻石包 "
	push := ledger.Push{ID: mine, Event: "add_waybill"}
	sender, receiver := order().Sender, order().Receiver
	receiver.Address = "XX路"
	want := BookingRequest{
		Push: push, BizID: "B", Password: "pw", ShopAppID: "wxA", OrderID: "O", WaybillID: goodNumber,
		Token: "T", Remark: "易碎物品 轻放", Sender: sender, Receiver: receiver,
		Parcel: Parcel{
			Grams: 1200, Length: 205, Width: 150, High: 100, Count: 2,
			Goods: []Goods{{Name: "一千零一夜 钻石包", Count: 1}, {Name: "爱马仕柏金钻石包", Count: 1}},
		},
		Insurance: Insurance{Wanted: true, Value: 10_000},
		Service:   ServiceWish{Type: 0, Name: "标准快递"},
	}
	got := NewBookingRequest(push, o)
	if !reflect.DeepEqual(got, want) {
		for i := range reflect.TypeFor[BookingRequest]().NumField() {
			g, w := reflect.ValueOf(got).Field(i), reflect.ValueOf(want).Field(i)
			if !reflect.DeepEqual(g.Interface(), w.Interface()) {
				t.Errorf("%s differs", reflect.TypeFor[BookingRequest]().Field(i).Name)
			}
		}
	}
	if o.Sender.Name != " 张三 " || o.Goods[0].Name != " 一千零一夜\n钻石包 " {
		t.Error("the order itself was changed")
	}
}

// orderEdges are both sides of every edge of an order, each alone, by the reason.
func orderEdges() map[Reason]map[string]func(*Order) {
	x := func(n int) string { return strings.Repeat("x", n) }
	goods := func(lines ...OrderGoods) func(*Order) { return func(o *Order) { o.Goods = lines } }
	weight := func(s string) func(*Order) { return func(o *Order) { o.Weight = s } }
	count := func(s string) func(*Order) { return func(o *Order) { o.Count = s } }
	number := func(s string) func(*Order) { return func(o *Order) { o.WaybillID = s } }
	insured := func(use, value string) func(*Order) {
		return func(o *Order) { o.UseInsured, o.InsuredValue = use, value }
	}
	service := func(typ, name string) func(*Order) {
		return func(o *Order) { o.ServiceType, o.ServiceName = typ, name }
	}
	edges := map[Reason]map[string]func(*Order){
		Accepted: {
			"nothing":            func(*Order) {},
			"longest ids":        func(o *Order) { o.BizID, o.ShopAppID, o.OrderID = x(MaxID), x(MaxID), x(MaxOrderID) },
			"longest texts":      func(o *Order) { o.Token, o.Remark = x(MaxToken), x(MaxRemark) },
			"no texts":           func(o *Order) { o.Token, o.Remark, o.ShopAppID = "", "", "" },
			"controls in remark": func(o *Order) { o.Remark = "a\nb\r\n\tc\vd\fe\x00\u0085\x1bf" }, "remark of a control": func(o *Order) { o.Remark = "\x7f" },
			"controls in goods": goods(OrderGoods{Name: "a\nb\v\x00", Count: "1"}), "controls in contacts": func(o *Order) { o.Sender.Area, o.Sender.Address, o.Receiver.Address = "a\x01b", "a\n\x00", "a\x7f\nb" },
			"carrier's number": number("0"), "carrier's number with space": number(" 0\n"),
			"first number": number("W000000005"), "last number": number("W500000004"),
			"no country":           func(o *Order) { o.Sender.Country, o.Receiver.Country = "", " " },
			"country in latin":     func(o *Order) { o.Sender.Country, o.Receiver.Country = "China", "CN" },
			"country on two lines": func(o *Order) { o.Sender.Country = "中华人民\n共和国" },
			"lines in address":     func(o *Order) { o.Sender.Address, o.Receiver.Address = "XX路\r\nXX号", "XX路\tXX号" },
			"no area":              func(o *Order) { o.Sender.Area, o.Receiver.Area = "", "" },
			"a gram":               weight("0.001"), "just a gram": weight("0.0005"), "heaviest": weight("30"), "just not too heavy": weight("30.00049"),
			"one piece": count("1"), "limit pieces": count("10"),
			"noise": weight("13.740000000000002"), "kilograms in a float": weight("1.2E1"), "pieces in a float": count("2.0"), "goods in a float": goods(OrderGoods{Name: "a", Count: "1.0"}),
			"no insurance": insured("", ""), "worth nothing, no wish": insured("", "0"), "insurance in floats": insured("1.0", "110.00000000000001"), "insurance of a Java double": insured("0.0", "1.0E7"),
			"type in a float": service("0.0", "标准快递"), "type below zero, as a float": service("-0", "标准快递"),
			"no goods": goods(), "longest name": goods(OrderGoods{Name: x(128), Count: "1"}), "limit goods": goods(slices.Repeat([]OrderGoods{{Name: "a", Count: "1"}}, 1000)...),
			"not insured": insured("0", ""), "not insured, worth nothing": insured("0", "0"), "not insured, worth much": insured("0", "999999999"),
			"min insured": insured("1", "1"), "limit insured": insured("1", "1000000"),
			"service with space": service(" 0 ", " 标准快递\n"), "service that insures nothing": func(o *Order) { service("7", "经济快递")(o); insured("0", "5")(o) },
		},
		BadIDs: {
			"no merchant": func(o *Order) { o.BizID = "" }, "space for a merchant": func(o *Order) { o.BizID = " \n" },
			"long merchant": func(o *Order) { o.BizID = x(MaxID + 1) }, "control in merchant": func(o *Order) { o.BizID = "a\x00b" },
			"all malformed": func(o *Order) { o.BizID, o.OrderID, o.Token = "", "", x(MaxToken+1) },
		},
		BadRequest: {
			"no order": func(o *Order) { o.OrderID = " " }, "long order": func(o *Order) { o.OrderID = x(MaxOrderID + 1) },
			"control in order": func(o *Order) { o.OrderID = "a\nb" },
			"long shop":        func(o *Order) { o.ShopAppID = x(MaxID + 1) }, "control in shop": func(o *Order) { o.ShopAppID = "a\x7fb" }, "lost in shop": func(o *Order) { o.ShopAppID = "a\ufffd" },
			"long token": func(o *Order) { o.Token = x(MaxToken + 1) }, "control in token": func(o *Order) { o.Token = "a\nb" }, "lost in token": func(o *Order) { o.Token = "a\ufffd" },
			"long remark":            func(o *Order) { o.Remark = x(MaxRemark + 1) },
			"remark that is no text": func(o *Order) { o.Remark = "\xff" }, "remark not UTF-8": func(o *Order) { o.Remark = "a\xff" },
		},
		NumberOutOfRange: {
			"no number": number(""), "space for a number": number(" "), "carrier's own": number("C473124829"), "wrong check digit": number("W473124828"),
			"after the last": number("W500000018"), "long number": number("W" + x(MaxID)), "two zeros": number("00"), "control": number("W\x01"),
		},
		SenderIncomplete: {
			"no sender":           func(o *Order) { o.Sender = Contact{} },
			"long address":        func(o *Order) { o.Sender.Address = x(513) },
			"no telephone":        func(o *Order) { o.Sender.Tel, o.Sender.Mobile = "", " " },
			"both incomplete":     func(o *Order) { o.Sender.City, o.Receiver.City = "", "" },
			"address of controls": func(o *Order) { o.Sender.Address = "\n\x00" },
		},
		SenderNotServed: {
			"sender where only delivered": func(o *Order) { o.Sender.Province = "北京" },
			"sender abroad":               func(o *Order) { o.Sender.Country = "日本" },
		},
		ReceiverIncomplete: {
			"no receiver":    func(o *Order) { o.Receiver = Contact{} },
			"long post code": func(o *Order) { o.Receiver.PostCode = x(11) },
		},
		ReceiverNotServed: {
			"receiver where only collected": func(o *Order) { o.Receiver.Province = "广东" },
			"receiver abroad":               func(o *Order) { o.Receiver.Country = "USA" },
		},
		UnknownService: {
			"type": service("1", "标准快递"), "name": service("0", "经济快递"), "no type": service("", "标准快递"), "no name": service("0", ""),
			"type no number": service("x", "标准快递"), "type with fraction": service("0.5", "标准快递"), "negative type": service("-1", "标准快递"),
			"long name": service("0", x(MaxID+1)),
		},
		BadCargo: {
			"no weight": weight(""), "weightless": weight("0"), "just not a gram": weight("0.00049"), "negative": weight("-1.2"), "too heavy": weight("30.001"), "just too heavy": weight("30.0005"), "exponent of nothing": weight("1e"),
			"no count": count(""), "no pieces": count("0"), "too many pieces": count("11"), "half a piece": count("1.5"), "negative pieces": count("-1"),
			"no name": goods(OrderGoods{Name: " ", Count: "1"}), "long name of goods": goods(OrderGoods{Name: x(129), Count: "1"}), "goods of controls": goods(OrderGoods{Name: "\x00", Count: "1"}),
			"none of the goods": goods(OrderGoods{Name: "a", Count: "0"}), "goods without count": goods(OrderGoods{Name: "a", Count: ""}), "second goods": goods(OrderGoods{Name: "a", Count: "1"}, OrderGoods{Name: "b", Count: "x"}, OrderGoods{Name: "c", Count: "1"}),
			"too many goods": goods(slices.Repeat([]OrderGoods{{Name: "a", Count: "1"}}, 1001)...),
		},
		BadInsurance: {
			"wish that is no text": insured("\xff", ""), "no wish, but a value": insured("", "1"), "another wish": insured("2", "1"), "wish no number": insured("yes", "1"), "negative wish": insured("-1", "1"),
			"worth nothing": insured("1", "0"), "no value": insured("1", ""), "worth too much": insured("1", "1000001"), "negative value": insured("1", "-1"), "part of a fen": insured("1", "1.5"),
			"not insured, negative": insured("0", "-1"), "not insured, no number": insured("0", "x"),
			"service that insures nothing": func(o *Order) { service("7", "经济快递")(o); insured("1", "1")(o) },
		},
	}
	for name, side := range map[string]func(*Order, string){
		"length": func(o *Order, s string) { o.SpaceX = s }, "width": func(o *Order, s string) { o.SpaceY = s }, "height": func(o *Order, s string) { o.SpaceZ = s },
	} {
		for s, reason := range map[string]Reason{
			"": Accepted, "0": Accepted, "150": Accepted, "150.04": Accepted, "15e0": Accepted,
			"150.1": BadCargo, "150.05": BadCargo, "-0.1": BadCargo, "x": BadCargo, "1e": BadCargo, "1234567890": BadCargo,
		} {
			edges[reason][name+" "+s] = func(o *Order) { side(o, s) }
		}
	}
	return edges
}

// fieldsOf are the members that a refusal names, by its reason; others name none.
var fieldsOf = map[Reason]string{
	BadIDs: "BizID", BadRequest: "OrderID|ShopAppID|Token|Remark", NumberOutOfRange: "|WayBillID",
	SenderIncomplete: "Sender[.](Tel|City|Name|Address)", ReceiverIncomplete: "Receiver[.](Name|PostCode)",
	UnknownService: "|Service[.]Service(Type|Name)", BadCargo: "Cargo[.](Weight|Space_[XYZ]|Count|DetailList([.](Name|Count))?)",
	BadInsurance: "Insured[.](UseInsured|InsuredValue)",
}

// Each member of an order is named as the push spells it, the first in the order of the checks.
func TestRefusalNamesTheMember(t *testing.T) {
	long := strings.Repeat("x", 2000)
	contact := func(side string, of func(*Order) *Contact) map[string]func(*Order) {
		return map[string]func(*Order){
			side + "Name": func(o *Order) { of(o).Name = "" }, side + "Tel": func(o *Order) { of(o).Tel, of(o).Mobile = "", "" }, side + "Mobile": func(o *Order) { of(o).Mobile = long }, side + "Company": func(o *Order) { of(o).Company = long },
			side + "PostCode": func(o *Order) { of(o).PostCode = long }, side + "Country": func(o *Order) { of(o).Country = long }, side + "Province": func(o *Order) { of(o).Province = " " }, side + "City": func(o *Order) { of(o).City = "" },
			side + "Area": func(o *Order) { of(o).Area = long }, side + "Address": func(o *Order) { of(o).Address = "" },
		}
	}
	all := contact("Sender.", func(o *Order) *Contact { return &o.Sender })
	maps.Copy(all, contact("Receiver.", func(o *Order) *Contact { return &o.Receiver }))
	maps.Copy(all, map[string]func(*Order){
		"BizID": func(o *Order) { o.BizID = "" }, "OrderID": func(o *Order) { o.OrderID = "a\nb" }, "ShopAppID": func(o *Order) { o.ShopAppID = long }, "Token": func(o *Order) { o.Token = "a\x00" }, "Remark": func(o *Order) { o.Remark = long },
		"WayBillID": func(o *Order) { o.WaybillID = "W\x01" }, "Cargo.Weight": func(o *Order) { o.Weight, o.Count = "zq", "zq" }, "Cargo.Space_X": func(o *Order) { o.SpaceX = "-1" }, "Cargo.Space_Y": func(o *Order) { o.SpaceY = "999" }, "Cargo.Space_Z": func(o *Order) { o.SpaceZ = "x" },
		"Cargo.Count": func(o *Order) { o.Count = "0" }, "Cargo.DetailList": func(o *Order) { o.Goods = make([]OrderGoods, 1001) }, "Cargo.DetailList.Name": func(o *Order) { o.Goods[1].Name = "\n" }, "Cargo.DetailList.Count": func(o *Order) { o.Goods[1].Count = "1.5" },
		"Insured.UseInsured": func(o *Order) { o.UseInsured = "2" }, "Insured.InsuredValue": func(o *Order) { o.UseInsured, o.InsuredValue = "1", "0" }, "Service.ServiceType": func(o *Order) { o.ServiceType = "" }, "Service.ServiceName": func(o *Order) { o.ServiceName = long },
		"": func(*Order) {},
	})
	for want, change := range all {
		o := order()
		change(&o)
		if got := DecideBooking(NewBookingRequest(ledger.Push{}, o), merchant(), true, nil, false, offer()).Field; got != want {
			t.Errorf("%q is named for %q", got, want)
		}
	}
	for want, ids := range map[string][4]string{"BizID": {"", "wx", "O", ""}, "OrderID": {"B", "wx", "", "W"}, "WayBillID": {"B", "wx", "O", "a\x00"}, "ShopAppID": {"B", "a\nb", "O", "W"}, "": {"B", "wx", "O", "W"}} {
		if got := NewCancelRequest(ledger.Push{}, ids[0], "", ids[1], ids[2], ids[3]).Field; got != want {
			t.Errorf("a cancel: %q is named for %q", got, want)
		}
	}
	if got := NewAccountRequest(ledger.Push{}, "a\nb", "").Field; got != "BizID" {
		t.Errorf("an account: %q is named", got)
	}
}

func TestBookEdges(t *testing.T) {
	c := offer()
	edges := orderEdges()
	for want, changes := range edges {
		for name, change := range changes {
			o := order()
			change(&o)
			got := DecideBooking(NewBookingRequest(ledger.Push{}, o), merchant(), true, nil, false, c)
			if got.Reason != want {
				t.Errorf("%s: %s, want %s", name, got.Reason, want)
			}
			if !regexp.MustCompile("^(" + fieldsOf[want] + ")$").MatchString(got.Field) {
				t.Errorf("%s: %s names %q", name, want, got.Field)
			}
		}
	}
	for _, r := range BookReasons() { // the others do not depend on the order
		elsewhere := []Reason{UnknownMerchant, WrongPassword, OrderCancelled, NumberTaken, QuotaUsedUp, ServiceNotCovered}
		if _, ok := edges[r]; ok == slices.Contains(elsewhere, r) {
			t.Errorf("%s: has edges: %t", r, ok)
		}
	}
}

// A malformed request keeps the ids that the ledger needs.
func TestMalformedKeepsItsIDs(t *testing.T) {
	r := NewBookingRequest(ledger.Push{}, Order{BizID: "", OrderID: " O ", WaybillID: " W\x00 ", ShopAppID: "wx"})
	if !r.Malformed || !r.NumberMalformed || r.OrderID != "O" || r.WaybillID != "W\x00" {
		t.Errorf("malformed %t, number %t, order %q, number %q", r.Malformed, r.NumberMalformed, r.OrderID, r.WaybillID)
	}
}

// A service's name is checked like any text, whatever the catalogue has.
func TestServiceWish(t *testing.T) {
	for name, malformed := range map[string]bool{
		"标准快递": false, "": false, strings.Repeat("x", MaxID): false, strings.Repeat("x", MaxID+1): true, "a\x00b": true,
	} {
		o := order()
		o.ServiceName = name
		if got := NewBookingRequest(ledger.Push{}, o).Service; got != (ServiceWish{Name: name, Field: map[bool]string{true: "Service.ServiceName"}[malformed]}) {
			t.Errorf("%q: %+v", name, got)
		}
	}
}

// FuzzBook: the rule answers any order with one of its reasons, and what it accepts can be
// stored.
func FuzzBook(f *testing.F) {
	o := order()
	f.Add(o.WaybillID, o.Token, o.Remark, o.Sender.Name, o.Sender.Address, o.Weight, o.SpaceX, o.Count, o.Goods[0].Name, o.UseInsured, o.InsuredValue, o.ServiceName)
	f.Add("0", "", "a\nb", "单", "x", "0.0005", "", "10", "x", "0", "", "标准快递")
	f.Add("W\x00", "\x00", "\x00", "", "\n", "1e9", "-1", "0", "", "2", "x", "")
	c := offer()
	f.Fuzz(func(t *testing.T, number, token, remark, name, address, weight, side, count, goods, use, value, service string) {
		o := order()
		o.WaybillID, o.Token, o.Remark, o.Sender.Name, o.Receiver.Address = number, token, remark, name, address
		o.Weight, o.SpaceZ, o.Count, o.Goods[1].Name, o.UseInsured, o.InsuredValue, o.ServiceName = weight, side, count, goods, use, value, service
		r := NewBookingRequest(ledger.Push{}, o)
		d := DecideBooking(r, merchant(), true, nil, false, c)
		if !slices.Contains(BookReasons(), d.Reason) {
			t.Fatalf("reason %q", d.Reason)
		}
		if d.Reason != Accepted {
			return
		}
		p := r.Parcel
		if p.Grams < 1 || p.Grams > 30_000 || p.High < 0 || p.High > 1500 || p.Count < 1 || p.Count > 10 || r.Insurance.Value < 0 {
			t.Fatalf("accepted %d g, %d mm, %d pieces, %d fen", p.Grams, p.High, p.Count, r.Insurance.Value)
		}
		for _, s := range []string{r.WaybillID, r.Token, r.Sender.Name, r.Receiver.Address, p.Goods[1].Name, r.Remark} {
			if input.CheckText(s, 1024) != nil {
				t.Fatalf("accepted %q", s)
			}
		}
	})
}
