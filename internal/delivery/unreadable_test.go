package delivery

import (
	"reflect"
	"testing"
)

// unreadable is what a text says that came in a shape that it cannot have.
const unreadable = "\x7f"

// partsOf is where each part of a form is, and what is said of one that is none.
var partsOf = map[Reason]func(*Form) any{
	ReceiverWrong:  func(f *Form) any { return &f.Receiver },
	SenderWrong:    func(f *Form) any { return &f.Sender },
	CargoWrong:     func(f *Form) any { return &f.Cargo },
	OrderInfoWrong: func(f *Form) any { return &f.Info },
}

// ownReasons are the members of order_info that have a reason of their own.
var ownReasons = map[string]Reason{
	"ExpectedDelivery": ExpectedTimeWrong, "ExpectedFinish": ExpectedTimeWrong, "ExpectedPickUp": ExpectedTimeWrong,
	"IsInsured": InsuranceWrong, "DeclaredValue": InsuranceWrong, "Tips": TipsWrong,
}

// No member of an order may be unreadable, not even one that may be left out and one
// that decides nothing: the order is refused for the part that it is in.
func TestUnreadableMembers(t *testing.T) {
	refused := func(what string, f Form, want Reason) {
		t.Helper()
		for _, ask := range []Ask{Precreate, Add, Readd} {
			var known *Known
			if ask == Readd {
				known = placed(CancelledEarly)
			}
			if got := Decide(request(ask, f, words()), shop(), known, fresh, policy(), now).Reason; got != want {
				t.Errorf("%s: %s: %s, want %s", ask, what, got, want)
			}
		}
	}
	refused("nothing", form(), Accepted)
	for why, part := range partsOf {
		whole := form()
		for i := 1; i < reflect.ValueOf(part(&whole)).Elem().NumField(); i++ { // the first hides them
			one := form()
			name := reflect.TypeOf(part(&one)).Elem().Field(i).Name
			want := why
			if own, ok := ownReasons[name]; ok {
				want = own
			}
			for _, f := range []*Form{&one, &whole} {
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
	for i := 1; i < reflect.TypeFor[FormGoods]().NumField(); i++ {
		f := form()
		reflect.ValueOf(&f.Cargo.Goods[1]).Elem().Field(i).SetString(unreadable)
		refused("a line of goods", f, CargoWrong)
	}
}

// A token that cannot be read is none of ours, and a tip no amount.
func TestUnreadableTokenAndTip(t *testing.T) {
	f, w := form(), words()
	f.Token, w.Tips = unreadable, unreadable
	for ask, want := range map[Ask]Reason{Add: TokenInvalid, Tip: TipsWrong} {
		var known *Known
		if ask == Tip {
			known = placed(Waiting)
		}
		if got := Decide(request(ask, f, w), shop(), known, fresh, policy(), now).Reason; got != want {
			t.Errorf("%s: %s, want %s", ask, got, want)
		}
	}
}
