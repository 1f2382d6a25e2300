package delivery

import (
	"reflect"
	"testing"
)

// unreadable is the text of a member that had a wrong type on the wire.
const unreadable = "\x7f"

// partsOf has the parts of an order, by the reason of their faults.
var partsOf = map[Reason]func(*OrderFields) any{
	ReceiverWrong:  func(f *OrderFields) any { return &f.Receiver },
	SenderWrong:    func(f *OrderFields) any { return &f.Sender },
	CargoWrong:     func(f *OrderFields) any { return &f.Cargo },
	OrderInfoWrong: func(f *OrderFields) any { return &f.Info },
}

// ownReasons has the members of order_info that have their own reason.
var ownReasons = map[string]Reason{
	"ExpectedDelivery": ExpectedTimeWrong, "ExpectedFinish": ExpectedTimeWrong, "ExpectedPickUp": ExpectedTimeWrong,
	"IsInsured": InsuranceWrong, "DeclaredValue": InsuranceWrong, "Tips": TipsWrong,
}

// No member of an order may be unreadable, even if it is optional or decides nothing: the
// order is refused with the reason of its part.
func TestUnreadableMembers(t *testing.T) {
	refused := func(what string, f OrderFields, want Reason) {
		t.Helper()
		for _, kind := range []Kind{Precreate, Add, Readd} {
			var prior *PlacedOrder
			if kind == Readd {
				prior = placed(CancelledEarly)
			}
			if got := decide(kind, prior, func(s *scene) { s.f = f }).Reason; got != want {
				t.Errorf("%s: %s: %s, want %s", kind, what, got, want)
			}
		}
	}
	refused("nothing", orderFields(), Accepted)
	for why, part := range partsOf {
		whole := orderFields()
		for i := 1; i < reflect.ValueOf(part(&whole)).Elem().NumField(); i++ { // the first hides them
			one := orderFields()
			name := reflect.TypeOf(part(&one)).Elem().Field(i).Name
			want := why
			if own, ok := ownReasons[name]; ok {
				want = own
			}
			for _, f := range []*OrderFields{&one, &whole} {
				if field := reflect.ValueOf(part(f)).Elem().Field(i); field.Kind() == reflect.String {
					field.SetString(unreadable)
				}
			}
			if name != "Goods" {
				refused(name, one, want)
			}
		}
		refused("all of it", whole, why)
	}
	for i := 1; i < reflect.TypeFor[GoodsFields]().NumField(); i++ {
		f := orderFields()
		reflect.ValueOf(&f.Cargo.Goods[1]).Elem().Field(i).SetString(unreadable)
		refused("a line of goods", f, CargoWrong)
	}
}
