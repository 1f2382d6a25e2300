package wechat

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestQueryFrom compares the reader of a URL's query with the standard one. It builds
// nothing of the parameters that are not used.
func TestQueryFrom(t *testing.T) { // not parallel: allocations are the process's
	name := rapid.SampledFrom([]string{"signature", "msg_signature", "timestamp", "nonce", "encrypt_type", "echostr", "openid", "Nonce", ""})
	rapid.Check(t, func(t *rapid.T) {
		var raw []string
		for range rapid.IntRange(0, 9).Draw(t, "parameters") {
			value := url.QueryEscape(rapid.String().Draw(t, "value"))
			raw = append(raw, name.Draw(t, "name")+rapid.SampledFrom([]string{"=" + value, "=", ""}).Draw(t, "rest"))
		}
		query := strings.Join(raw, "&")
		v, err := url.ParseQuery(query)
		must(t, err)
		want := Query{Signature: v.Get("signature"), MsgSignature: v.Get("msg_signature"), Timestamp: v.Get("timestamp"),
			Nonce: v.Get("nonce"), EncryptType: v.Get("encrypt_type"), EchoStr: v.Get("echostr")}
		if got := QueryFrom(query); got != want {
			t.Fatalf("%q: %+v, want %+v", query, got, want)
		}
	})
	if got := QueryFrom("nonce=%zz&nonce=1&timestamp=1;2&%6eonce=3"); got != (Query{Timestamp: "1;2"}) {
		t.Errorf("%+v", got)
	}
	var distinct strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&distinct, "%d&", i)
	}
	for _, many := range []string{distinct.String(), strings.Repeat("%41=%41&", 2000), strings.Repeat("nonce=%41&", 1000), strings.Repeat("nonce=%zz&", 1000)} {
		if n := testing.AllocsPerRun(3, func() { QueryFrom(many) }); n > 1 {
			t.Errorf("%.20s…: %v allocations", many, n)
		}
	}
}

// TestSignIsSign compares the signature that pushes are checked with and the plain
// one, also for parts that sort in any order, are empty, equal or long.
func TestSignIsSign(t *testing.T) {
	t.Parallel()
	part := rapid.OneOf(rapid.StringMatching(`[0-9]{0,12}`), rapid.String(), rapid.StringN(300, 1500, -1))
	rapid.Check(t, func(t *rapid.T) {
		token, timestamp, nonce, encrypt := part.Draw(t, "token"), part.Draw(t, "timestamp"), part.Draw(t, "nonce"), part.Draw(t, "encrypt")
		got := sign(token, timestamp, nonce, []byte(encrypt))
		if want := Sign(token, timestamp, nonce, encrypt); string(got[:]) != want {
			t.Fatalf("sign %s, Sign %s", got, want)
		}
		got = sign(token, timestamp, nonce, nil)
		if want := Sign(token, timestamp, nonce); string(got[:]) != want {
			t.Fatalf("without a ciphertext: sign %s, Sign %s", got, want)
		}
	})
}

// TestSignCopiesNothing: a ciphertext may be of any length.
func TestSignCopiesNothing(t *testing.T) { // not parallel: allocations are the process's
	encrypt := []byte(strings.Repeat("A", 200<<10))
	if n := testing.AllocsPerRun(3, func() { sign(token, "1533042556", nonce, encrypt) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
