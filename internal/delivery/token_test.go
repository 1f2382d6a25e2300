package delivery

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// goldenToken holds the price of WeChat's sample until half an hour from now,
// under the key of 32 k's. It was made by another program.
const goldenToken = "AQAAAABrAsQoAAAAAAAAGvQAAAAAAAAAlgAAAAAAAAAAAAAAAAAAhrk0fpKcuFQiOQ2Ym8A8BUkUxTRvZu_P_oWe6E9PL2qiGg"

func TestTokenIsAsDocumented(t *testing.T) {
	d := decide(Precreate, nil)
	if d.Token != goldenToken {
		t.Errorf("%s, want %s", d.Token, goldenToken)
	}
	if got, why := policy().open(bearing(goldenToken), now); why != "" || got != d.Quote {
		t.Errorf("%+v, %q, want %+v", got, why, d.Quote)
	}
}

// bearing is the sample order with a token.
func bearing(token string) *Request {
	f := orderFields()
	f.Token = token
	r := request(Add, f, requestFields())
	return &r
}

// A token is valid until its time, whatever the tariff is by then, and under the key before
// the current one.
func TestTokenHolds(t *testing.T) {
	p := policy()
	until := now.Add(p.QuoteFor).Truncate(time.Second)
	dearer := policy()
	dearer.Tariff.Base, dearer.MaxMetres = 9999, 1
	rotated := policy()
	rotated.Keys = [][]byte{key('n'), key('k')}
	gone := policy()
	gone.Keys = [][]byte{key('n'), key('m')}
	none := policy()
	none.Keys = nil
	for name, tt := range map[string]struct {
		p    *Policy
		at   time.Time
		want Reason
	}{
		"at once":                 {p, now, ""},
		"before it was made":      {p, now.Add(-time.Hour), ""},
		"at its last moment":      {p, until.Add(-time.Nanosecond), ""},
		"at its time":             {p, until, TokenExpired},
		"long after":              {p, until.Add(1000 * time.Hour), TokenExpired},
		"after the price rose":    {dearer, now, ""},
		"after a rotation":        {rotated, now, ""},
		"after two rotations":     {gone, now, TokenInvalid},
		"two rotations, and late": {gone, until, TokenInvalid},
		"without a key":           {none, now, TokenInvalid},
	} {
		got, why := tt.p.open(bearing(goldenToken), tt.at)
		if why != tt.want || why == "" && got != (Quote{6900, 150, 0, 34489}) || why != "" && got != (Quote{}) {
			t.Errorf("%s: %+v, %q, want %q", name, got, why, tt.want)
		}
	}
	if token := none.seal(bearing(""), Quote{}, now); token != "" {
		t.Errorf("without a key: %q", token)
	}
}

// A token is bound to one shop's order and all that its price depends on, and to nothing
// else of an order.
func TestTokenIsBound(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*Request)
		want   Reason
	}{
		"nothing":                         {func(*Request) {}, ""},
		"shop":                            {func(r *Request) { r.ShopID += "x" }, TokenInvalid},
		"order":                           {func(r *Request) { r.OrderID += "x" }, TokenInvalid},
		"from order to shop":              {func(r *Request) { r.ShopID, r.OrderID = r.ShopID+r.OrderID[:1], r.OrderID[1:] }, TokenInvalid},
		"sender's lng":                    {func(r *Request) { r.Order.Sender.At.Lng++ }, TokenInvalid},
		"sender's lat":                    {func(r *Request) { r.Order.Sender.At.Lat-- }, TokenInvalid},
		"receiver's lng":                  {func(r *Request) { r.Order.Receiver.At.Lng++ }, TokenInvalid},
		"receiver's lat":                  {func(r *Request) { r.Order.Receiver.At.Lat++ }, TokenInvalid},
		"points swapped":                  {func(r *Request) { r.Order.Sender.At, r.Order.Receiver.At = r.Order.Receiver.At, r.Order.Sender.At }, TokenInvalid},
		"weight":                          {func(r *Request) { r.Order.Cargo.Grams += 10 }, TokenInvalid},
		"insured":                         {func(r *Request) { r.Order.Insured, r.Order.DeclaredValue = true, 1 }, TokenInvalid},
		"service":                         {func(r *Request) { r.Order.ServiceCode = "1" }, TokenInvalid},
		"value, not insured":              {func(r *Request) { r.Order.DeclaredValue = 5 }, ""},
		"tips":                            {func(r *Request) { r.Order.Tips = 500 }, ""},
		"note, time, codes":               {func(r *Request) { r.Order.Note, r.Order.Booked, r.Order.FinishCode = "x", true, false }, ""},
		"size and value":                  {func(r *Request) { r.Order.Cargo.HeightTenths, r.Order.Cargo.Value = 9, 9 }, ""},
		"the shop's number, and the kind": {func(r *Request) { r.ShopNo, r.Kind, r.Push.ID = "x", Readd, [32]byte{9} }, ""},
	} {
		r := bearing(goldenToken)
		tt.change(r)
		if _, why := policy().open(r, now); why != tt.want {
			t.Errorf("%s: %q, want %q", name, why, tt.want)
		}
	}
	insured := bearing("")
	insured.Order.Insured, insured.Order.DeclaredValue = true, 100
	insured.Token = policy().seal(insured, Quote{Deliver: 1}, now)
	insured.Order.DeclaredValue++
	if _, why := policy().open(insured, now); why != TokenInvalid {
		t.Errorf("another declared value: %q", why)
	}
}

// Every change of a token is detected: each bit, each byte more or less, and another text of
// the same bytes.
func TestTokenChanged(t *testing.T) {
	raw, err := base64.RawURLEncoding.DecodeString(goldenToken)
	if err != nil {
		t.Fatal(err)
	}
	var changed []string
	for i := range raw {
		for bit := range 8 {
			raw[i] ^= 1 << bit
			changed = append(changed, base64.RawURLEncoding.EncodeToString(raw))
			raw[i] ^= 1 << bit
		}
	}
	changed = append(changed,
		base64.RawURLEncoding.EncodeToString(append([]byte{0}, raw...)), base64.RawURLEncoding.EncodeToString(append(raw, 0)),
		base64.RawURLEncoding.EncodeToString(raw[1:]), base64.RawURLEncoding.EncodeToString(raw[:len(raw)-1]), base64.RawURLEncoding.EncodeToString(raw[:41]),
		base64.URLEncoding.EncodeToString(raw), goldenToken[:40]+"\n"+goldenToken[40:], goldenToken[:40]+"\r\n"+goldenToken[40:], goldenToken+goldenToken,
		goldenToken[:len(goldenToken)-1], "xxxxxxxx", "=", "\x00", "单", strings.Repeat("A", 98), strings.Repeat("A", 1<<20),
	)
	last := goldenToken[len(goldenToken)-1]
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for _, c := range alphabet { // some of them differ only in bits that no byte has
		if byte(c) != last {
			changed = append(changed, goldenToken[:len(goldenToken)-1]+string(c))
		}
	}
	for _, token := range changed {
		if q, why := policy().open(bearing(token), now); why != TokenInvalid || q != (Quote{}) {
			t.Errorf("%.120q: %+v, %q", token, q, why)
		}
	}
}

// Another version is invalid, even with a right MAC.
func TestTokenOfAnotherVersion(t *testing.T) {
	raw, err := tokenText.DecodeString(goldenToken)
	if err != nil {
		t.Fatal(err)
	}
	payload := raw[:tokenPayload]
	payload[0] = 2
	r := bearing("")
	r.Token = tokenText.EncodeToString(append(payload, tokenMAC(key('k'), payload, r)...))
	if _, why := policy().open(r, now); why != TokenInvalid {
		t.Errorf("%q", why)
	}
}

// open returns what was sealed, for any order and price.
func TestTokenRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := bearing("")
		r.ShopID, r.OrderID, r.Order.ServiceCode = rapid.String().Draw(t, "shop"), rapid.String().Draw(t, "order"), rapid.String().Draw(t, "service")
		r.Order.Sender.At, r.Order.Receiver.At = points().Draw(t, "from"), points().Draw(t, "to")
		fen := func(name string) Fen { return Fen(rapid.Int64().Draw(t, name)) }
		want := Quote{fen("deliver"), fen("coupon"), fen("insurance"), rapid.Int64().Draw(t, "metres")}
		r.Token = policy().seal(r, want, now)
		if got, why := policy().open(r, now); got != want || why != "" {
			t.Fatalf("%+v, %q, want %+v", got, why, want)
		}
	})
}

// FuzzToken: only a token that was sealed here is valid.
func FuzzToken(f *testing.F) {
	f.Add(goldenToken)
	f.Add(goldenToken + "\n")
	f.Add("xxxxxxxx")
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		r := bearing(token)
		_, why := policy().open(r, now)
		if want := map[bool]Reason{true: "", false: TokenInvalid}[r.Token == goldenToken]; why != want {
			t.Fatalf("%q: %q, want %q", token, why, want)
		}
	})
}
