package redacted_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"carrierhook/internal/config"
	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/redacted"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
	"carrierhook/internal/wechat/client"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

const (
	secret       = "xyz123"
	secretNumber = 78797831 // coordinates, codes, money
)

type person struct {
	redacted.Struct
	Name string
	Age  int
	Keys [][]byte
}

// hidden are the types that hide.
var hidden = []reflect.Type{
	reflect.TypeFor[redacted.String](), reflect.TypeFor[person](),

	reflect.TypeFor[waybill.Contact](), reflect.TypeFor[waybill.Goods](), reflect.TypeFor[waybill.OrderGoods](), reflect.TypeFor[waybill.Order](),
	reflect.TypeFor[waybill.BookingRequest](), reflect.TypeFor[waybill.Scan](), reflect.TypeFor[waybill.RecordedScan](),
	reflect.TypeFor[waybill.Review](), reflect.TypeFor[waybill.ReviewResult](), reflect.TypeFor[waybill.ReviewCall](), reflect.TypeFor[waybill.PathNode](),

	reflect.TypeFor[delivery.OrderFields](), reflect.TypeFor[delivery.ContactFields](), reflect.TypeFor[delivery.CargoFields](), reflect.TypeFor[delivery.GoodsFields](),
	reflect.TypeFor[delivery.InfoFields](), reflect.TypeFor[delivery.RequestFields](), reflect.TypeFor[delivery.Request](), reflect.TypeFor[delivery.Point](),
	reflect.TypeFor[delivery.Contact](), reflect.TypeFor[delivery.Goods](), reflect.TypeFor[delivery.Cargo](), reflect.TypeFor[delivery.Order](),
	reflect.TypeFor[delivery.Attempt](), reflect.TypeFor[delivery.NewAttempt](), reflect.TypeFor[delivery.Decision](), reflect.TypeFor[delivery.StatusReport](),
	reflect.TypeFor[delivery.Step](), reflect.TypeFor[delivery.AttemptHistory](), reflect.TypeFor[delivery.Policy](),
	reflect.TypeFor[delivery.Agent](), reflect.TypeFor[delivery.StatusCall](),

	reflect.TypeFor[wechat.AddWaybill](), reflect.TypeFor[wechat.Contact](), reflect.TypeFor[wechat.Cargo](), reflect.TypeFor[wechat.CargoDetail](),
	reflect.TypeFor[wechat.AddReply](), reflect.TypeFor[wechat.CheckBiz](), reflect.TypeFor[wechat.InstantOrder](), reflect.TypeFor[wechat.InstantContact](),
	reflect.TypeFor[wechat.InstantCargo](), reflect.TypeFor[wechat.InstantGoods](), reflect.TypeFor[wechat.InstantInfo](),
	reflect.TypeFor[wechat.InstantFollowUp](), reflect.TypeFor[wechat.InstantReply](), reflect.TypeFor[wechat.Receiver](),
	reflect.TypeFor[wechat.ReceiverOptions](), reflect.TypeFor[wechat.Sender](), reflect.TypeFor[wechat.SenderOptions](),
	reflect.TypeFor[wechat.Cipher](), reflect.TypeFor[wechat.Header](),

	reflect.TypeFor[client.Options](), reflect.TypeFor[client.Client](), reflect.TypeFor[client.PathNode](), reflect.TypeFor[client.OrderStatus](),
	reflect.TypeFor[client.Agent](), reflect.TypeFor[client.Review](), reflect.TypeFor[client.Contacts](), reflect.TypeFor[client.Contact](),
	reflect.TypeFor[client.Preview](),
}

// fill sets every text and every number in v to what must not show.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(secret)
	case reflect.Int, reflect.Int64:
		v.SetInt(secretNumber)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[[]byte]() {
			v.SetBytes([]byte(secret))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0))
		fill(v.Index(1))
	case reflect.Map:
		key := reflect.New(v.Type().Key()).Elem()
		fill(key)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, key)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	}
}

// signs are the secrets as texts, bytes, base64, and hex, octal and binary digits.
var signs = []string{
	secret, "78797a31", "120 121 122", "0x78, 0x79", "ehl6mtiz", fmt.Sprint(secretNumber), fmt.Sprintf("%x", secretNumber),
	fmt.Sprintf("%o", secretNumber), fmt.Sprintf("%b", secretNumber), "7.87978",
}

func shows(s string) bool {
	s = strings.ToLower(s)
	for _, sign := range signs {
		if strings.Contains(s, sign) {
			return true
		}
	}
	return strings.Contains(s, "xy") && strings.Contains(s, "%!")
}

// Nothing hidden shows, however it is printed: alone, by a pointer, in a list, a map, a
// struct; and a reader sees that something is hidden. %p and %w are left out: fmt
// does not ask a value about them, and go vet refuses them.
func TestNothingShows(t *testing.T) {
	t.Parallel()
	for _, typ := range hidden {
		types := []reflect.Type{
			typ, reflect.SliceOf(typ), reflect.PointerTo(typ),
			reflect.StructOf([]reflect.StructField{{Name: "Of", Type: typ}, {Name: "By", Type: reflect.PointerTo(typ)}}),
		}
		if typ.Kind() == reflect.Struct && typ.Comparable() { // JSON does not ask a string that is a key
			types = append(types, reflect.MapOf(typ, typ))
		}
		for _, typ := range types {
			v := reflect.New(typ)
			fill(v.Elem())
			for _, value := range []any{v.Interface(), v.Elem().Interface()} {
				for how, text := range printed(t, value) {
					if shows(text) {
						t.Errorf("%s of %s shows it: %s", how, reflect.TypeOf(value), text)
					}
				}
			}
		}
		v := reflect.New(typ).Elem().Interface()
		s, isStringer := v.(fmt.Stringer)
		g, isGoStringer := v.(fmt.GoStringer)
		if !isStringer || !isGoStringer || s.String() != redacted.Text || g.GoString() != redacted.Text || fmt.Sprint(v) != redacted.Text {
			t.Errorf("%s does not say that it hides: %v", typ, v)
		}
	}
}

// printed is a value in every way in which it may get into a log.
func printed(t *testing.T, value any) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, verb := range "abcdefghijklmnoqrstuvxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!" {
		for _, flags := range []string{"", "+", "#", " ", "0", "-20.2", "+#"} {
			format := "%" + flags + string(verb)
			all[format] = fmt.Sprintf(format, value)
		}
	}
	text, err := json.Marshal(value)
	if err != nil || !strings.Contains(string(text), redacted.Text) {
		t.Errorf("%T in JSON: %s, %v", value, text, err)
	}
	all["JSON"] = string(text)
	if text, err := xml.Marshal(value); err == nil { // it knows no struct without a name
		all["XML"] = string(text)
	}
	var out bytes.Buffer
	config := zap.NewProductionEncoderConfig()
	config.TimeKey = "" // its digits may be those of a figure
	logger := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(config), zapcore.AddSync(&out), zap.DebugLevel))
	logger.Info("push", zap.Any("any", value), zap.Reflect("reflect", value))
	logger.Sugar().Infow("push", "v", value)
	timeless := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}
	slog.New(slog.NewTextHandler(&out, timeless)).Info("push", "v", value)
	slog.New(slog.NewJSONHandler(&out, timeless)).Info("push", "v", value)
	all["logs"] = out.String()
	return all
}

// What holds hidden values shows the rest, and not them. A push has a field of the
// name Format, so it is asked for a String.
func TestWhatHoldsThem(t *testing.T) {
	t.Parallel()
	for _, v := range []any{
		delivery.Shop{ID: "S", Secret: secret},
		delivery.PlacedOrder{ShopNo: "S", Attempts: []delivery.Attempt{{WXToken: secret, FinishCode: secretNumber}}, Order: &delivery.Order{Note: secret}},
		delivery.OrderHistory{ShopID: "S", Attempts: []delivery.AttemptHistory{{Attempt: delivery.Attempt{Message: secret}, Steps: []delivery.Step{{Message: secret}}}}},
		delivery.StatusDecision{Verdict: "S", Attempt: delivery.Attempt{Message: secret}},
		waybill.Contract{BizID: "S", Password: waybill.To(waybill.Password(secret))},
		waybill.NewCancelRequest(ledger.Push{}, "S", secret, "wx", "O", "W"), waybill.NewAccountRequest(ledger.Push{}, "S", secret),
		config.Database{Dir: "S", URL: secret},
	} {
		text, err := json.Marshal(v)
		for _, got := range []string{fmt.Sprint(v), fmt.Sprintf("%+v", v), fmt.Sprintf("%#v", v), fmt.Sprintf("%d", v), string(text)} {
			if err != nil || shows(got) || !strings.Contains(got, redacted.Text) || !strings.Contains(got, "S") {
				t.Errorf("%T: %s, %v", v, got, err)
			}
		}
	}
	push := wechat.Push{Header: wechat.Header{FromUserName: secret}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		if got := fmt.Sprintf(verb, &push) + fmt.Sprintf(verb, push); shows(got) || !strings.Contains(got, redacted.Text) && verb != "%x" && verb != "%q" {
			t.Errorf("%s of a push: %s", verb, got)
		}
	}
}
