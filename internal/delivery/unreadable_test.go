package delivery

import (
	"reflect"
	"testing"
)

// unreadable is what a text says that came in a shape that it cannot have.
const unreadable = "\x7f"

// partsOf is where each part of a form is, and what is said of one that is none.
var partsOf = map[Reason]func(*OrderFields) any{
	ReceiverWrong:  func(f *OrderFields) any { return &f.Receiver },
	SenderWrong:    func(f *OrderFields) any { return &f.Sender },
	CargoWrong:     func(f *OrderFields) any { return &f.Cargo },
	OrderInfoWrong: func(f *OrderFields) any { return &f.Info },
}

// ownReasons are the members of order_info that have a reason of their own.
var ownReasons = map[string]Reason{
	"ExpectedDelivery": ExpectedTimeWrong, "ExpectedFinish": ExpectedTimeWrong, "ExpectedPickUp": ExpectedTimeWrong,
	"IsInsured": InsuranceWrong, "DeclaredValue": InsuranceWrong, "Tips": TipsWrong,
}

// No member of an order may be unreadable, not even one that may be left out and one
// that decides nothing: the order is refused for the part that it is in.
func TestUnreadableMembers(t *testing.T) {
	refused := func(what string, f OrderFields, want Reason) {
		t.Helper()
		for _, kind := range []Kind{Precreate, Add, Readd} {
			var known *PlacedOrder
			if kind == Readd {
				known = placed(CancelledEarly)
			}
			if got := DecidePush(request(kind, f, requestFields()), shop(), known, next, policy(), now).Reason; got != want {
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

// A token that cannot be read is none of ours, and a tip no amount.
func TestUnreadableTokenAndTip(t *testing.T) {
	f, w := orderFields(), requestFields()
	f.Token, w.Tips = unreadable, unreadable
	for kind, want := range map[Kind]Reason{Add: TokenInvalid, Tip: TipsWrong} {
		var known *PlacedOrder
		if kind == Tip {
			known = placed(Waiting)
		}
		if got := DecidePush(request(kind, f, w), shop(), known, next, policy(), now).Reason; got != want {
			t.Errorf("%s: %s, want %s", kind, got, want)
		}
	}
}
