package delivery

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

const hidden = "xyz123"

// hiddenNumber is what figures are set to: coordinates, codes, money.
const hiddenNumber = 78797831

// fill sets every text and every number in v to what must not show.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(hidden)
	case reflect.Int, reflect.Int64:
		v.SetInt(hiddenNumber)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[[]byte]() {
			v.SetBytes([]byte(hidden))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0))
		fill(v.Index(1))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	}
}

// shows looks for it as a text, as bytes, in base64, in hex, octal and binary digits
// and as a number.
func shows(s string) bool {
	s = strings.ToLower(s)
	for _, sign := range []string{hidden, "78797a31", "120 121 122", "0x78, 0x79", "ehl6mtiz", fmt.Sprint(hiddenNumber), fmt.Sprintf("%x", hiddenNumber), fmt.Sprintf("%o", hiddenNumber), fmt.Sprintf("%b", hiddenNumber), "7.87978"} {
		if strings.Contains(s, sign) {
			return true
		}
	}
	return strings.Contains(s, "xy") && strings.Contains(s, "%!")
}

// personal are the types that hide, alone.
var personal = []reflect.Type{
	reflect.TypeFor[Secret](), reflect.TypeFor[Form](), reflect.TypeFor[FormContact](), reflect.TypeFor[FormCargo](), reflect.TypeFor[FormGoods](),
	reflect.TypeFor[FormInfo](), reflect.TypeFor[Words](), reflect.TypeFor[Request](), reflect.TypeFor[Point](), reflect.TypeFor[Contact](),
	reflect.TypeFor[Goods](), reflect.TypeFor[Cargo](), reflect.TypeFor[Order](), reflect.TypeFor[Attempt](), reflect.TypeFor[Fresh](),
	reflect.TypeFor[Decision](), reflect.TypeFor[Report](), reflect.TypeFor[Step](), reflect.TypeFor[Traced](), reflect.TypeFor[Policy](),
}

// Nothing secret or personal shows, however it is printed: alone, by a pointer,
// in a list, in a struct. %p and %w are left out: fmt does not ask a value about
// them, and go vet refuses them.
func TestNothingPersonalShows(t *testing.T) {
	types := append([]reflect.Type{}, personal...)
	for _, typ := range personal {
		types = append(types, reflect.SliceOf(typ), reflect.PointerTo(typ), reflect.StructOf([]reflect.StructField{{Name: "Of", Type: typ}, {Name: "By", Type: reflect.PointerTo(typ)}}))
	}
	for _, typ := range types {
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
			text, err := json.Marshal(value)
			if err != nil || shows(string(text)) || !strings.Contains(string(text), redacted) {
				t.Errorf("JSON of %s: %s, %v", reflect.TypeOf(value), text, err)
			}
		}
	}
}

// What holds them shows the rest, and not them.
func TestWhatHoldsThem(t *testing.T) {
	for _, v := range []any{
		Shop{ID: "S", Secret: hidden}, Known{ShopNo: "S", Attempts: []Attempt{{WXToken: hidden, FinishCode: hiddenNumber}}, Order: &Order{Note: hidden}},
		Record{ShopID: "S", Attempts: []Traced{{Attempt: Attempt{Message: hidden}, Steps: []Step{{Message: hidden}}}}},
		ReportDecision{Verdict: "S", Attempt: Attempt{Message: hidden}},
	} {
		text, err := json.Marshal(v)
		for _, got := range []string{fmt.Sprint(v), fmt.Sprintf("%+v", v), fmt.Sprintf("%#v", v), fmt.Sprintf("%d", v), string(text)} {
			if err != nil || shows(got) || !strings.Contains(got, redacted) || !strings.Contains(got, "S") {
				t.Errorf("%T: %s, %v", v, got, err)
			}
		}
	}
}

// Each says its own name, to loggers too, which ask for a String before they
// look inside.
func TestPersonalTypesAreNamed(t *testing.T) {
	for _, typ := range personal {
		v := reflect.New(typ).Elem().Interface()
		want := "delivery." + typ.Name() + redacted
		s, ok := v.(fmt.Stringer)
		g, too := v.(fmt.GoStringer)
		if !ok || !too || s.String() != want || g.GoString() != want || fmt.Sprint(v) != want {
			t.Errorf("%s says %v", typ, v)
		}
		if text, err := json.Marshal(v); err != nil || string(text) != `"`+want+`"` {
			t.Errorf("%s in JSON is %s, %v", typ, text, err)
		}
	}
}
