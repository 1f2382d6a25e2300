package wechat

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// text draws strings that are hard on a codec: all of Unicode, and often what
// ends a CDATA section, a quote or a line.
func text() *rapid.Generator[string] {
	hard := []string{"]]>", "]]", "]", ">", "<![CDATA[", "\r\n", "\r", "\n", "\t", " ", `"`, `\`, "&amp;", "<", "\u2028", "\u2029", "\x7f", "\u0085", "\ufeff", "中", "😀"}
	piece := rapid.OneOf(
		rapid.SampledFrom(hard),
		rapid.StringOfN(rapid.Rune(), 0, 8, -1),
		rapid.Map(rapid.RuneFrom(nil, unicode.Cc, unicode.Cf, unicode.Zs), func(r rune) string { return string(r) }),
	)
	return rapid.Map(rapid.SliceOfN(piece, 0, 6), func(all []string) string { return strings.Join(all, "") })
}

// inXML says whether XML has a way to carry s.
func inXML(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' && !strings.ContainsRune("\t\n\r", r) || r == 0xFFFE || r == 0xFFFF
	})
}

// TestCodecReadsBackWhatItWrites: messages and replies with any text in them
// come back the same, in both formats, by our decoder and by the standard ones.
func TestCodecReadsBackWhatItWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(formats).Draw(t, "format")
		s := text()
		if f == XML {
			s = s.Filter(inXML)
		}
		m := CancelWaybill{
			ToUserName: s.Draw(t, "to"), FromUserName: s.Draw(t, "from"),
			CreateTime: rapid.Int64().Draw(t, "time"), Event: s.Draw(t, "event"),
			BizID: s.Draw(t, "biz"), BizPwd: Password(s.Draw(t, "pwd")), ShopAppID: s.Draw(t, "shop"),
			OrderID: s.Draw(t, "order"), WayBillID: s.Draw(t, "waybill"),
		}
		r := m.Reply(rapid.IntRange(-1, 30004).Draw(t, "code"), s.Draw(t, "msg"))
		checkRoundTrip(t, f, m, r)

		var std struct{ ResultMsg, WayBillID string }
		var err error
		if f == XML {
			err = xml.Unmarshal(r.Encode(f), &std)
		} else {
			err = json.Unmarshal(r.Encode(f), &std)
		}
		if err != nil || std.ResultMsg != r.ResultMsg || std.WayBillID != r.WayBillID {
			t.Fatalf("the standard decoder reads %+v, %v", std, err)
		}
	})
}

// TestUnwritableText: bytes that are no text, and characters that XML lacks, are
// replaced, and never spoil the document.
func TestUnwritableText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(formats).Draw(t, "format")
		raw := strings.Join(rapid.SliceOf(rapid.OneOf(
			rapid.Map(rapid.Byte(), func(b byte) string { return string([]byte{b}) }),
			rapid.SampledFrom([]string{"\ufffe", "\uffff", "\x00", "\x1f", "\xed\xa0\x80", "]]"}),
		)).Draw(t, "pieces"), "")
		got, err := DecodeCancelReply(f, CancelReply{ResultMsg: raw}.Encode(f))
		if err != nil {
			t.Fatalf("%q spoils the reply: %v", raw, err)
		}
		want := string([]rune(raw)) // invalid bytes become U+FFFD
		if f == XML {
			want = strings.Map(func(r rune) rune {
				if !inXML(string(r)) {
					return utf8.RuneError
				}
				return r
			}, want)
		}
		if got.ResultMsg != want {
			t.Fatalf("got %q, want %q", got.ResultMsg, want)
		}
	})
}

// TestEnvelopeOpensWhatItSeals holds for every length of message, so for every
// length of padding.
func TestEnvelopeOpensWhatItSeals(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, err := NewCipher(rapid.StringMatching(`[A-Za-z0-9+/]{43}`).Draw(t, "key"), rapid.StringN(1, 40, -1).Draw(t, "app"))
		if err != nil {
			t.Fatal(err)
		}
		msg := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "msg")
		rnd := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "random"))
		if got, err := c.Decrypt(c.Encrypt(rnd, msg)); err != nil || string(got) != string(msg) {
			t.Fatalf("%q came back as %q, %v", msg, got, err)
		}
	})
}
