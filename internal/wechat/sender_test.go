package wechat

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// vectorNamed returns one of vectors.json.
func vectorNamed(t testing.TB, id string) vector {
	t.Helper()
	for _, v := range vectors(t) {
		if v.ID == id {
			return v
		}
	}
	t.Fatalf("no vector %s", id)
	return vector{}
}

// TestSenderMakesTheSamples: with the vectors' randomness, the sealed pushes come
// out as in the samples, which other code made.
func TestSenderMakesTheSamples(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		v := vectorNamed(t, "own-cancel-"+f.String())
		for _, m := range Modes() {
			want, body := samplePush(t, f, m)
			msg := []byte(v.Msg)
			if m == Plain {
				msg = body
			}
			q, got := newSender(t, m).Push(f, sampleTime, nonce, random, msg)
			if q != want {
				t.Errorf("%v %v: query %+v, want %+v", f, m, q, want)
			}
			if !bytes.Equal(compact(t, f, got), compact(t, f, body)) {
				t.Errorf("%v %v:\n got %s\nwant %s", f, m, got, body)
			}
			if back := QueryFrom(q.Values().Encode()); back != q {
				t.Errorf("the query came back as %+v, want %+v", back, q)
			}
		}
	}
}

// TestSealMakesTheSamples: with the vectors' randomness and clock, the sealed
// reply is the sample's, and a sealed push of either mode gets one.
func TestSealMakesTheSamples(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		v := vectorNamed(t, "own-reply-"+f.String())
		want := sample(t, "cancel_waybill.secure.response."+f.String())
		for _, server := range []Mode{Compatible, Secure} {
			for _, m := range []Mode{Compatible, Secure} {
				q, body := samplePush(t, f, m)
				p, err := newReceiver(t, options(server)).Open(q, body)
				must(t, err)
				got, err := p.Seal([]byte(v.Msg))
				must(t, err)
				if !bytes.Equal(got, compact(t, f, want)) {
					t.Errorf("%v on %v:\n got %s\nwant %s", m, server, got, want)
				}
				if !bytes.Contains(got, []byte(v.Encrypt)) || !bytes.Contains(got, []byte(v.MsgSignature)) {
					t.Errorf("%v: the vector's ciphertext or signature is not in %s", f, got)
				}
				opened, err := newSender(t, m).OpenReply(q, f, got)
				must(t, err)
				if string(opened) != v.Msg {
					t.Errorf("%v: opened as %s", f, opened)
				}
			}
		}
	}
}

// TestSealIsFresh: two replies to one push differ, or an onlooker could compare
// them.
func TestSealIsFresh(t *testing.T) {
	t.Parallel()
	o := options(Secure)
	o.Rand = nil
	q, body := samplePush(t, XML, Secure)
	p, err := newReceiver(t, o).Open(q, body)
	must(t, err)
	a, err := p.Seal([]byte("<xml/>"))
	must(t, err)
	b, err := p.Seal([]byte("<xml/>"))
	must(t, err)
	if bytes.Equal(a, b) {
		t.Errorf("both are %s", a)
	}
	o.Rand = iotest.ErrReader(errors.New("dry"))
	p, err = newReceiver(t, o).Open(q, body)
	must(t, err)
	if out, err := p.Seal([]byte("<xml/>")); err == nil {
		t.Errorf("sealed without randomness: %s", out)
	}
}

// TestSecondCallSameResult: a Cipher that used up its IV would open only the
// first message.
func TestSecondCallSameResult(t *testing.T) {
	t.Parallel()
	c := newCipher(t, aesKey, appID)
	first := c.Encrypt(random, []byte("x"))
	for range 3 {
		if got := c.Encrypt(random, []byte("x")); got != first {
			t.Fatalf("%s, then %s", first, got)
		}
		if msg, err := c.Decrypt(first); err != nil || string(msg) != "x" {
			t.Fatalf("%q, %v", msg, err)
		}
	}
}

// TestChallenge goes through the URL check in each mode.
func TestChallenge(t *testing.T) {
	t.Parallel()
	for _, m := range Modes() {
		q := newSender(t, m).Challenge(sampleTime, nonce, "4375120948345356249")
		echo, err := newReceiver(t, options(m)).VerifyURL(q)
		if err != nil || echo != "4375120948345356249" {
			t.Errorf("%v: %q, %v", m, echo, err)
		}
		q.Nonce += "1"
		_, err = newReceiver(t, options(m)).VerifyURL(q)
		refusedBy(t, err, CheckSignature)
	}
}

// TestOpenReplyIsStrict: what WeChat might not take must not pass the sandbox.
func TestOpenReplyIsStrict(t *testing.T) {
	t.Parallel()
	s := newSender(t, Secure)
	q := query("")
	encrypt := s.cipher.Encrypt(random, []byte("{}"))
	sig := func(ts, nonce string) string { return Sign(token, ts, nonce, encrypt) }
	body := func(sig, ts, nonce, more string) string {
		return fmt.Sprintf(`{"Encrypt":"%s","MsgSignature":"%s","TimeStamp":%s,"Nonce":%s%s}`, encrypt, sig, ts, nonce, more)
	}
	quoted := `"` + nonce + `"`
	tests := []struct {
		name, body string
		want       Check
	}{
		{"wrong signature", body(sig("1", nonce), "1533042556", quoted, ""), CheckMsgSignature},
		{"another nonce", body(sig("1533042556", "5"), "1533042556", `"5"`, ""), CheckMsgSignature},
		{"milliseconds", body(sig("1533042556000", nonce), "1533042556000", quoted, ""), CheckTimestamp},
		{"TimeStamp is a string", body(sig("1533042556", nonce), `"1533042556"`, quoted, ""), CheckOuterDocument},
		{"Nonce is a number", body(sig("1533042556", nonce), "1533042556", nonce, ""), CheckOuterDocument},
		{"one member too many", body(sig("1533042556", nonce), "1533042556", quoted, `,"ToUserName":"x"`), CheckOuterDocument},
		{"a member is missing", `{"Encrypt":"x","MsgSignature":"y","TimeStamp":1}`, CheckOuterDocument},
		{"the query's names", `{"Encrypt":"x","msg_signature":"y","timestamp":1,"nonce":"1"}`, CheckOuterDocument},
		{"not sealed", `{"ResultCode":0}`, CheckOuterDocument},
		{"in XML", "<xml><Encrypt>x</Encrypt></xml>", CheckOuterDocument},
		{"neither format", "ok", CheckOuterDocument},
		{"success and more", "success\n", CheckOuterDocument},
	}
	for _, tt := range tests {
		_, err := s.OpenReply(q, JSON, []byte(tt.body))
		t.Run(tt.name, func(t *testing.T) { refusedBy(t, err, tt.want) })
	}
	if _, err := s.OpenReply(q, JSON, []byte(body(sig("1533042556", nonce), "1533042556", quoted, ""))); err != nil {
		t.Errorf("the good one: %v", err)
	}
	_, err := s.OpenReply(q, XML, []byte("<xml><Encrypt>x</Encrypt><MsgSignature>y</MsgSignature><TimeStamp><![CDATA[1533042556]]></TimeStamp><Nonce>1</Nonce></xml>"))
	refusedBy(t, err, CheckOuterDocument)
	ciphertext, err := base64.StdEncoding.DecodeString(encrypt)
	must(t, err)
	_, err = s.OpenReply(q, JSON, encodeEnvelope(XML, ciphertext, token, 1533042556, nonce))
	refusedBy(t, err, CheckOuterDocument)
	for _, open := range []string{"", "success"} {
		if got, err := s.OpenReply(q, JSON, []byte(open)); err != nil || string(got) != open {
			t.Errorf("%q: %q, %v", open, got, err)
		}
	}
	plain := `{"ResultCode":0}`
	if got, err := newSender(t, Compatible).OpenReply(q, JSON, []byte(plain)); err != nil || string(got) != plain {
		t.Errorf("compatible mode: %q, %v", got, err)
	}
}

// TestDecodeCancelReplyIsStrict spoils a good reply in one place at a time.
func TestDecodeCancelReplyIsStrict(t *testing.T) {
	t.Parallel()
	tests := []spoilt{
		{"code is a string", `"ResultCode":0`, `"ResultCode":"0"`},
		{"code is missing", `"ResultCode":0,`, ``},
		{"code is no integer", `"ResultCode":0`, `"ResultCode":0.0`},
		{"code is null", `"ResultCode":0`, `"ResultCode":null`},
		{"code in instant delivery's spelling", `"ResultCode"`, `"resultcode"`},
		{"time is a string", `1533042556`, `"1533042556"`},
		{"id is a number", `"123456789"`, `123456789`},
		{"id is missing", `"BizID":"xyz",`, ``},
		{"id is a list", `"xyz"`, `["xyz"]`},
		{"another type", `"event"`, `"text"`},
		{"another event", `"cancel_waybill"`, `"add_waybill"`},
		{"one member too many", `{`, `{"BizPwd":"x",`},
		{"junk behind", `"success"}`, `"success"}x`},
	}
	good := sampleCancel.Reply(0, "success").Encode(JSON)
	refuseSpoilt(t, good, tests, func(body []byte) error {
		_, err := DecodeCancelReply(JSON, body)
		return err
	})
	_, err := DecodeCancelReply(XML, good)
	refusedBy(t, err, CheckMessage)
	inXML := string(sampleCancel.Reply(0, "success").Encode(XML))
	_, err = DecodeCancelReply(XML, []byte(strings.Replace(inXML, "<ResultCode>0<", "<ResultCode><![CDATA[0]]><", 1)))
	refusedBy(t, err, CheckMessage)
}

// TestOptions: what cannot be safe is refused at the start, all faults at once,
// and no fault shows a secret.
func TestOptions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*ReceiverOptions)
		faults int
	}{
		{"good", func(*ReceiverOptions) {}, 0},
		{"no mode", func(o *ReceiverOptions) { o.Mode = 0 }, 1},
		{"unknown mode", func(o *ReceiverOptions) { o.Mode = Secure + 1 }, 1},
		{"no user name", func(o *ReceiverOptions) { o.UserName = "" }, 1},
		{"no token", func(o *ReceiverOptions) { o.Tokens = nil }, 1},
		{"only empty tokens", func(o *ReceiverOptions) { o.Tokens = []string{"", ""} }, 1},
		{"no key", func(o *ReceiverOptions) { o.AESKeys = []string{""} }, 1},
		{"no app id", func(o *ReceiverOptions) { o.AppID = "" }, 1},
		{"negative window", func(o *ReceiverOptions) { o.Window = -time.Second }, 1},
		{"short key", func(o *ReceiverOptions) { o.AESKeys = append(o.AESKeys, aesKey[1:]) }, 1},
		{"long key", func(o *ReceiverOptions) { o.AESKeys = append(o.AESKeys, aesKey+"=") }, 1},
		{"key with a line end", func(o *ReceiverOptions) { o.AESKeys = append(o.AESKeys, aesKey[1:]+"\n") }, 1},
		{"key of other characters", func(o *ReceiverOptions) { o.AESKeys = append(o.AESKeys, "-_"+aesKey[2:]) }, 1},
		{"surplus bits in the key", func(o *ReceiverOptions) { o.AESKeys = append(o.AESKeys, strings.Repeat("/", 43)) }, 0},
		{"nothing", func(o *ReceiverOptions) { *o = ReceiverOptions{Mode: Secure} }, 3},
		{"plain needs no key", func(o *ReceiverOptions) { o.Mode, o.AESKeys, o.AppID = Plain, nil, "" }, 0},
	}
	for _, tt := range tests {
		o := options(Secure)
		tt.change(&o)
		_, err := NewReceiver(o)
		var faults []string
		if err != nil {
			faults = strings.Split(err.Error(), "\n")
		}
		if len(faults) != tt.faults {
			t.Errorf("%s: faults %q, want %d", tt.name, faults, tt.faults)
		}
		if err != nil && (strings.Contains(err.Error(), aesKey[5:20]) || strings.Contains(err.Error(), token)) {
			t.Errorf("%s: %v shows a secret", tt.name, err)
		}
	}
	for _, o := range []SenderOptions{{}, {Mode: Plain, UserName: "x"}, {Mode: Plain, Token: "x"}, {Mode: Secure, UserName: "x", Token: "x"}} {
		if _, err := NewSender(o); err == nil {
			t.Errorf("mode %v: a sender without what it needs", o.Mode)
		}
	}
}

// TestNames: the names of formats and modes are in configurations and metrics.
func TestNames(t *testing.T) {
	t.Parallel()
	var got []string
	for _, m := range Modes() {
		back, err := ParseMode(m.String())
		if err != nil || back != m {
			t.Errorf("%v came back as %v, %v", m, back, err)
		}
		got = append(got, m.String())
	}
	got = append(got, XML.String(), JSON.String(), XML.ContentType(), JSON.ContentType())
	want := []string{"plain", "compatible", "secure", "xml", "json", "application/xml; charset=utf-8", "application/json; charset=utf-8"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, s := range []string{"", "Secure", "aes", "unknown"} {
		if m, err := ParseMode(s); err == nil {
			t.Errorf("%q is %v", s, m)
		}
	}
}
