package wechat

import (
	"encoding/json"
	"encoding/xml"
	"testing"

	"pgregory.net/rapid"
)

// TestCodecReadsBackWhatItWrites: messages and replies with any text in them
// come back the same, in both formats, by our decoder and by the standard ones.
func TestCodecReadsBackWhatItWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(formats).Draw(t, "format")
		s, _ := texts(f)
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

// TestEnvelopeOpensWhatItSeals holds for every length of message, so for every
// length of padding.
func TestEnvelopeOpensWhatItSeals(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, err := NewCipher(rapid.StringMatching(`[A-Za-z0-9+/]{43}`).Draw(t, "key"), rapid.StringN(1, 40, -1).Draw(t, "app"))
		must(t, err)
		msg := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "msg")
		rnd := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "random"))
		if got, err := c.Decrypt(c.Encrypt(rnd, msg)); err != nil || string(got) != string(msg) {
			t.Fatalf("%q came back as %q, %v", msg, got, err)
		}
	})
}
