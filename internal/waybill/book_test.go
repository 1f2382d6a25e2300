package waybill

import (
	"testing"

	"carrierhook/internal/ledger"
)

// The carrier of these tests collects in one province and delivers in another, so that
// sender and receiver cannot be confused.
var (
	standard = Service{Type: 0, Name: "标准快递", Code: "standard", MaxGrams: 30_000, MaxSide: 1_500, MaxCount: 10, MaxInsured: 1_000_000}
	bare     = Service{Type: 7, Name: "经济快递", Code: "economy", MaxGrams: 30_000, MaxSide: 1_500, MaxCount: 10}
	areas    = []Area{{Location{"广东省", "", ""}, true, false}, {Location{"北京市", "", ""}, false, true}}
	routes   = []Route{{Location{"广东省", "", ""}, []Label{{"mark", "020"}}}, {Location{"北京市", "", ""}, []Label{{"mark", "010"}}}}
	wechats  = NumberRange{Prefix: "W", Width: 8, Check: Mod11, Last: 50_000_000, WeChats: true}
	ours     = NumberRange{Prefix: "C", Width: 8, Check: Mod11, Last: 50_000_000}
)

const (
	goodNumber = "W473124829"
	goodLabel  = "##mark##010##"
)

func offer() *Catalogue {
	return NewCatalogue([]Service{standard, bare}, areas, routes, []NumberRange{wechats, ours})
}

// order is a valid order.
func order() Order {
	sender, receiver := contact(), contact()
	receiver.Province, receiver.City, receiver.Area = "北京市", "北京市", "朝阳区"
	return Order{
		BizID: "B", Password: "pw", ShopAppID: "wxA", OrderID: "O", WaybillID: goodNumber, Token: "T", Remark: "易碎物品",
		Sender: sender, Receiver: receiver,
		Weight: "1.2", SpaceX: "20.5", SpaceY: "15.0", SpaceZ: "10", Count: "2",
		Goods:      []OrderGoods{{Name: "一千零一夜钻石包", Count: "1"}, {Name: "爱马仕柏金钻石包", Count: "1"}},
		UseInsured: "1", InsuredValue: "10000", ServiceType: "0", ServiceName: "标准快递",
	}
}

// bookFacts are everything that a booking depends on.
type bookFacts struct {
	badID, badRequest, merchant, password bool
	taken                                 bool
	sender, collected                     bool // complete; served
	receiver, delivered                   bool
	service, covered, cargo, insurance    bool
	prior                                 Status // of the order's waybill; "": the order is new
	number                                string // "": the carrier gives it
	account                               string
}

// bookChecks is the documented order.
var bookChecks = []check[bookFacts, BookingDecision]{
	{BookingDecision{Reason: BadIDs}, func(f bookFacts) bool { return f.badID }},
	{BookingDecision{Reason: BadRequest}, func(f bookFacts) bool { return f.badRequest }},
	{BookingDecision{Reason: UnknownMerchant}, func(f bookFacts) bool { return !f.merchant }},
	{BookingDecision{Reason: WrongPassword}, func(f bookFacts) bool { return !f.password }},
	{BookingDecision{Reason: OrderCancelled}, func(f bookFacts) bool { return f.prior == Cancelled }},
	{BookingDecision{Reason: Accepted, Repeat: true, WaybillID: "then", Label: "##as##then##"}, func(f bookFacts) bool { return f.prior != "" }},
	{BookingDecision{Reason: NumberOutOfRange}, func(f bookFacts) bool { return f.number == "malformed" || f.number == "outside" }},
	{BookingDecision{Reason: NumberTaken}, func(f bookFacts) bool { return f.number == "good" && f.taken }},
	{BookingDecision{Reason: SenderIncomplete}, func(f bookFacts) bool { return !f.sender }},
	{BookingDecision{Reason: SenderNotServed}, func(f bookFacts) bool { return !f.collected }},
	{BookingDecision{Reason: ReceiverIncomplete}, func(f bookFacts) bool { return !f.receiver }},
	{BookingDecision{Reason: ReceiverNotServed}, func(f bookFacts) bool { return !f.delivered }},
	{BookingDecision{Reason: UnknownService}, func(f bookFacts) bool { return !f.service }},
	{BookingDecision{Reason: ServiceNotCovered}, func(f bookFacts) bool { return !f.covered }},
	{BookingDecision{Reason: BadCargo}, func(f bookFacts) bool { return !f.cargo }},
	{BookingDecision{Reason: BadInsurance}, func(f bookFacts) bool { return !f.insurance }},
	{BookingDecision{Reason: QuotaUsedUp}, func(f bookFacts) bool { return f.account == "used up" }},
	{BookingDecision{Reason: Accepted, Label: goodLabel, Service: "standard"}, func(f bookFacts) bool { return f.number == "" && f.account == "monthly" }},
	{BookingDecision{Reason: Accepted, Label: goodLabel, Service: "standard", FromQuota: true}, func(f bookFacts) bool { return f.number == "" }},
	{BookingDecision{Reason: Accepted, Label: goodLabel, Service: "standard", WaybillID: goodNumber}, func(f bookFacts) bool { return f.account == "monthly" }},
	{BookingDecision{Reason: Accepted, Label: goodLabel, Service: "standard", WaybillID: goodNumber, FromQuota: true}, func(bookFacts) bool { return true }},
}

// The whole truth table: every combination of every fact, in the documented
// order of checks.
func TestBookTruthTable(t *testing.T) {
	t.Parallel()
	c := offer()
	seen := map[Reason]bool{}
	for bits := range 1 << 13 {
		on := func(n int) bool { return bits>>n&1 == 1 }
		f := bookFacts{
			badID: on(0), badRequest: on(1), merchant: on(2), password: on(3), taken: on(4), sender: on(5), collected: on(6),
			receiver: on(7), delivered: on(8), service: on(9), cargo: on(10), insurance: on(11), covered: on(12),
		}
		for _, f.number = range []string{"", "good", "malformed", "outside"} {
			r := f.request()
			for _, f.prior = range append(Statuses(), "") {
				for _, f.account = range []string{"monthly", "used up", "one left"} {
					got := DecideBooking(r, f.customer(), f.password, f.before(), f.taken, c)
					want := first(bookChecks, f)
					seen[want.Reason] = true
					if names := fieldsOf[got.Reason] != ""; !names && got.Field != "" {
						t.Fatalf("%+v: names %s", got, got.Field)
					}
					got.Field = "" // TestRefusalNamesTheMember
					if got != want || got.Changes() != (got.Reason == Accepted && f.prior == "") {
						t.Fatalf("%+v: got %+v, changes %t, want %+v", f, got, got.Changes(), want)
					}
				}
			}
		}
	}
	for _, r := range BookReasons() {
		if !seen[r] {
			t.Errorf("reason %s was never decided", r)
		}
	}
	if len(seen) != len(BookReasons()) {
		t.Errorf("%d reasons were decided, %d are listed", len(seen), len(BookReasons()))
	}
}

func (f bookFacts) request() BookingRequest {
	o := order()
	if f.badID {
		o.BizID = ""
	}
	if f.badRequest {
		o.OrderID = ""
	}
	o.WaybillID = map[string]string{"": CarrierGives, "good": goodNumber, "malformed": "W\x00", "outside": "C473124829"}[f.number]
	if !f.sender {
		o.Sender.Name = ""
	}
	if !f.collected {
		o.Sender.Province = "北京市"
	}
	if !f.receiver {
		o.Receiver.Address = ""
	}
	if !f.delivered {
		o.Receiver.Province = "广东省"
	}
	if !f.service {
		o.ServiceType = "1"
	}
	if !f.cargo {
		o.Weight = "0"
	}
	if !f.insurance {
		o.InsuredValue = "0"
	}
	return NewBookingRequest(ledger.Push{ID: mine}, o)
}

func (f bookFacts) customer() *Merchant {
	if !f.merchant {
		return nil
	}
	m := merchant()
	m.Prepaid = f.account != "monthly"
	if f.account == "one left" {
		m.Quota = 1
	}
	if !f.covered {
		m.Services = []string{"economy", "Standard", "standard "}
	}
	return m
}

func (f bookFacts) before() *PriorBooking {
	if f.prior == "" {
		return nil
	}
	return &PriorBooking{WaybillID: "then", Status: f.prior, Label: "##as##then##", Push: other}
}

// An order keeps what it got, whichever push it is and whatever it says now; but not for
// somebody else.
func TestBookRepeat(t *testing.T) {
	used := merchant()
	used.Prepaid = true
	prior := &PriorBooking{WaybillID: "then", Status: Collected, Label: "##as##then##", Push: mine}
	want := BookingDecision{Reason: Accepted, Repeat: true, WaybillID: "then", Label: "##as##then##"}
	for name, o := range map[string]Order{"the same": order(), "nothing right": {BizID: "B", OrderID: "O", WaybillID: "W\x00"}} {
		for _, push := range []ledger.PushID{mine, other, {}} {
			got := DecideBooking(NewBookingRequest(ledger.Push{ID: push}, o), used, true, prior, true, nil)
			if got != want || got.Changes() {
				t.Errorf("%s: %+v", name, got)
			}
		}
	}
	prior.Label = ""
	if got := DecideBooking(NewBookingRequest(ledger.Push{}, order()), used, true, prior, false, offer()).Label; got != "##" {
		t.Errorf("imported without a label: %q", got)
	}
}

// A merchant without a password needs none; without prepayment the quota does not matter;
// an empty list of services covers no service.
func TestBookMerchants(t *testing.T) {
	for name, tt := range map[string]struct {
		m     Merchant
		right bool
		want  Reason
	}{
		"no password":    {Merchant{}, false, Accepted},
		"wrong password": {Merchant{PasswordHash: "h"}, false, WrongPassword},
		"one left":       {Merchant{Prepaid: true, Quota: 1}, true, Accepted},
		"none left":      {Merchant{Prepaid: true, Quota: 0}, true, QuotaUsedUp},
		"below none":     {Merchant{Prepaid: true, Quota: -1}, true, QuotaUsedUp},
		"pays later":     {Merchant{Quota: 0}, true, Accepted},
		"no cancelling":  {Merchant{CancelAllowed: false}, true, Accepted},
		"its service":    {Merchant{Services: []string{"economy", "standard"}}, true, Accepted},
		"other services": {Merchant{Services: []string{"economy"}}, true, ServiceNotCovered},
		"no services":    {Merchant{Services: []string{}}, true, ServiceNotCovered},
	} {
		got := DecideBooking(NewBookingRequest(ledger.Push{}, order()), &tt.m, tt.right, nil, false, offer())
		if got.Reason != tt.want || got.FromQuota != (tt.m.Prepaid && tt.want == Accepted) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Each table that is empty refuses; without routes the label is empty.
func TestBookWithoutTables(t *testing.T) {
	services, ranges := []Service{standard}, []NumberRange{wechats, ours}
	for name, tt := range map[string]struct {
		c      *Catalogue
		number string
		want   BookingDecision
	}{
		"nothing":                       {nil, goodNumber, BookingDecision{Reason: NumberOutOfRange}},
		"nothing, the carrier's number": {nil, "0", BookingDecision{Reason: SenderNotServed}},
		"no services":                   {NewCatalogue(nil, areas, routes, ranges), goodNumber, BookingDecision{Reason: UnknownService}},
		"no areas":                      {NewCatalogue(services, nil, routes, ranges), goodNumber, BookingDecision{Reason: SenderNotServed}},
		"no ranges":                     {NewCatalogue(services, areas, routes, nil), goodNumber, BookingDecision{Reason: NumberOutOfRange}},
		"only our ranges":               {NewCatalogue(services, areas, routes, []NumberRange{ours}), goodNumber, BookingDecision{Reason: NumberOutOfRange}},
		"no routes":                     {NewCatalogue(services, areas, nil, ranges), goodNumber, BookingDecision{Reason: Accepted, WaybillID: goodNumber, Label: "##", Service: "standard"}},
		"the whole country":             {NewCatalogue(services, []Area{{Collects: true, Delivers: true}}, nil, ranges), goodNumber, BookingDecision{Reason: Accepted, WaybillID: goodNumber, Label: "##", Service: "standard"}},
	} {
		o := order()
		o.WaybillID = tt.number
		if got := DecideBooking(NewBookingRequest(ledger.Push{}, o), merchant(), true, nil, false, tt.c); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", name, got, tt.want)
		}
	}
}

// A malformed number is in no range.
func TestBookMalformedNumber(t *testing.T) {
	r := NewBookingRequest(ledger.Push{}, order())
	r.NumberMalformed = true
	if got := DecideBooking(r, merchant(), true, nil, false, offer()); got != (BookingDecision{Reason: NumberOutOfRange, Field: "WayBillID"}) {
		t.Errorf("got %+v", got)
	}
}
