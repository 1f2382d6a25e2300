package waybill

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

const secret = "xyz123"

// fill sets every text in v to the secret.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(secret)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i))
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0))
		fill(v.Index(1))
	}
}

// Nothing secret or personal shows, however it is printed: alone, by a pointer,
// in a list, in a struct. %p and %w are left out: fmt does not ask a value about
// them, and go vet refuses them.
func TestNothingPersonalShows(t *testing.T) {
	for _, typ := range []reflect.Type{
		reflect.TypeFor[Password](), reflect.TypeFor[Contact](), reflect.TypeFor[Goods](), reflect.TypeFor[OrderGoods](),
		reflect.TypeFor[Order](), reflect.TypeFor[BookRequest](), reflect.TypeFor[[]Goods](),
		reflect.TypeFor[Scan](), reflect.TypeFor[Traced](), reflect.TypeFor[[]Traced](), reflect.TypeFor[struct{ Of *Traced }](),
		reflect.TypeFor[Setting[Password]](),
		reflect.TypeFor[struct{ Of Contact }](), reflect.TypeFor[struct{ Of Password }](),
	} {
		v := reflect.New(typ)
		fill(v.Elem())
		for _, value := range []any{v.Interface(), v.Elem().Interface()} {
			for _, verb := range "abcdefghijklmnoqrstuvxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!" {
				for _, flags := range []string{"", "+", "#", " ", "0", "-20.2", "+#"} {
					format := "%" + flags + string(verb)
					if got := fmt.Sprintf(format, value); shows(got) {
						t.Errorf("%s of %s shows it: %s", format, reflect.TypeOf(value), got)
					}
				}
			}
			if s, ok := value.(fmt.Stringer); ok && shows(s.String()) {
				t.Errorf("String of %T shows it", value)
			}
			if s, ok := value.(fmt.GoStringer); ok && shows(s.GoString()) {
				t.Errorf("GoString of %T shows it", value)
			}
		}
	}
}

// Loggers ask for a String before they look inside.
func TestPersonalTypesAreStringers(t *testing.T) {
	for _, v := range []any{Password(""), Contact{}, Goods{}, OrderGoods{}, Order{}, BookRequest{}, Scan{}, Traced{}} {
		s, ok := v.(fmt.Stringer)
		if _, too := v.(fmt.GoStringer); !ok || !too || !strings.Contains(s.String(), redacted) {
			t.Errorf("%T has no String or GoString that says so", v)
		}
	}
}

// shows looks for the secret as a text, as bytes and as hex digits.
func shows(s string) bool {
	s = strings.ToLower(s)
	return strings.Contains(s, secret) || strings.Contains(s, "78797a31") || strings.Contains(s, "120 121 122") ||
		strings.Contains(s, "0x78, 0x79") || strings.Contains(s, "xy") && strings.Contains(s, "%!")
}

// A contract shows its parts when it is printed or written as JSON, and not the
// password.
func TestContractHidesPassword(t *testing.T) {
	c := Contract{BizID: "B", Password: To(Password(secret)), Services: To([]string{"standard"})}
	text, err := json.Marshal(c)
	for _, got := range []string{fmt.Sprint(c), fmt.Sprintf("%+v", &c), fmt.Sprintf("%#v", c), string(text)} {
		if err != nil || shows(got) || !strings.Contains(got, redacted) || !strings.Contains(got, "standard") {
			t.Errorf("%s, %v", got, err)
		}
	}
}

// A message may have a courier's telephone number, and gets into no JSON that
// was not written for it.
func TestMessagesDoNotMarshal(t *testing.T) {
	s := Scan{Message: secret, Key: secret}
	for _, v := range []any{s, &s, traced(s), *traced(s), []Scan{s}, History{Trace: []Traced{*traced(s)}}} {
		text, err := json.Marshal(v)
		if err != nil || shows(string(text)) || !strings.Contains(string(text), redacted) {
			t.Errorf("%T: %s, %v", v, text, err)
		}
	}
}

func TestPasswordDoesNotMarshal(t *testing.T) {
	r := NewCancelRequest(Push{}, "B", secret, "wx", "O", "W")
	for _, v := range []any{r, NewAccountRequest(Push{}, "B", secret), NewBookRequest(Push{}, Order{Password: secret})} {
		text, err := json.Marshal(v)
		if err != nil || shows(string(text)) || !strings.Contains(string(text), redacted) {
			t.Errorf("%T: %s, %v", v, text, err)
		}
	}
	if got := fmt.Sprintf("%v %+v %#v", r, r, r); shows(got) {
		t.Errorf("the password shows in %s", got)
	}
}
