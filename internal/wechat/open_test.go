package wechat

import (
	"bytes"
	"fmt"
	"testing"
	"time"
)

// query signs as WeChat would for the given ciphertext ("" = none).
func query(encrypt string) Query {
	q := Query{Timestamp: "1533042556", Nonce: nonce, Signature: Sign(token, "1533042556", nonce)}
	if encrypt != "" {
		q.EncryptType, q.MsgSignature = "aes", Sign(token, q.Timestamp, q.Nonce, encrypt)
	}
	return q
}

// samplePush is a sample packet with the query that goes with it.
func samplePush(t testing.TB, f Format, m Mode) (Query, []byte) {
	t.Helper()
	kind := map[Mode]string{Plain: "", Compatible: ".compat", Secure: ".secure"}[m]
	body := sample(t, fmt.Sprintf("cancel_waybill%s.request.%v", kind, f))
	doc, _, err := parse(body, CheckOuterDocument)
	must(t, err)
	encrypt, err := doc.Bytes("Encrypt")
	must(t, err)
	return query(string(encrypt)), body
}

// TestOpenSamples opens each sample packet on each receiver that must take it,
// and turns it away on each that must not: the mode is the receiver's, and the
// console can still be switched step by step.
func TestOpenSamples(t *testing.T) {
	t.Parallel()
	takes := map[Mode][]Mode{
		Plain:      {Plain, Compatible},
		Compatible: {Compatible, Secure},
		Secure:     {Compatible, Secure},
	}
	for _, f := range formats {
		for server, taken := range takes {
			r := newReceiver(t, options(server))
			for _, m := range taken {
				t.Run(fmt.Sprintf("%v/%v on %v", f, m, server), func(t *testing.T) {
					q, body := samplePush(t, f, m)
					p, err := r.Open(q, body)
					must(t, err)
					if p.Format != f || p.Mode != m || p.EventName() != EventCancelWaybill {
						t.Errorf("opened as %v, %v, event %q", p.Format, p.Mode, p.EventName())
					}
					want := Header{ToUserName: userName, FromUserName: "oABCD", CreateTime: "1533042556", MsgType: "event", Event: "cancel_waybill"}
					if p.Header != want {
						t.Errorf("header %+v, want %+v", p.Header, want)
					}
					got, err := p.CancelWaybill()
					must(t, err)
					if got != sampleCancel {
						t.Errorf("got %+v, want %+v", got, sampleCancel)
					}
				})
			}
		}
		for server, m := range map[Mode]Mode{Plain: Secure, Compatible: Plain, Secure: Plain} {
			q, body := samplePush(t, f, m)
			_, err := newReceiver(t, options(server)).Open(q, body)
			refusedBy(t, err, CheckMode)
		}
	}
}

// TestOnlyTheDecryptedCopyCounts: the plain members of a compatible push have
// no signature, so whatever they say must not matter, nor what bytes it is.
func TestOnlyTheDecryptedCopyCounts(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		q, body := samplePush(t, f, Compatible)
		forged := bytes.ReplaceAll(body, []byte("123456789"), []byte("987654321"))
		forged = bytes.Replace(forged, []byte("gh_abcdefg"), []byte("gh_\x01\xe4&\\x"), 1)
		for _, m := range []Mode{Compatible, Secure} {
			p, err := newReceiver(t, options(m)).Open(q, forged)
			must(t, err)
			if got, err := p.CancelWaybill(); err != nil || got != sampleCancel {
				t.Errorf("%v on %v: got %+v, %v", f, m, got, err)
			}
		}
	}
}

// TestPlainServerUsesPlainMembers: a plain receiver has no key, so it neither
// opens the ciphertext beside the members nor seals its reply.
func TestPlainServerUsesPlainMembers(t *testing.T) {
	t.Parallel()
	o := options(Plain)
	o.AESKeys, o.AppID = nil, ""
	q, body := samplePush(t, XML, Compatible)
	p, err := newReceiver(t, o).Open(q, body)
	must(t, err)
	reply, err := p.Seal([]byte("<xml/>"))
	must(t, err)
	if string(reply) != "<xml/>" {
		t.Errorf("a plain server replied %s", reply)
	}
}

// TestWindow holds the timestamp's window at its two edges, for POST and GET.
func TestWindow(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		skew   time.Duration
		window time.Duration
		refuse bool
	}{
		{"in time", 0, time.Minute, false},
		{"late, on the edge", time.Minute, time.Minute, false},
		{"late", time.Minute + time.Millisecond, time.Minute, true},
		{"early, on the edge", -time.Minute, time.Minute, false},
		{"early", -time.Minute - time.Millisecond, time.Minute, true},
		{"years late", 8 * 365 * 24 * time.Hour, time.Minute, true},
		{"years late, window off", 8 * 365 * 24 * time.Hour, 0, false},
	}
	for _, tt := range tests {
		for _, m := range Modes() {
			t.Run(fmt.Sprintf("%s/%v", tt.name, m), func(t *testing.T) {
				o := options(m)
				o.Window, o.Now = tt.window, func() time.Time { return sampleTime.Add(tt.skew) }
				r := newReceiver(t, o)
				q, body := samplePush(t, JSON, m)
				q.EchoStr = "echo"
				p, postErr := r.Open(q, body)
				echo, getErr := r.VerifyURL(q)
				if tt.refuse {
					if got := refusedBy(t, postErr, CheckWindow); got.Skew != tt.skew {
						t.Errorf("the refusal's skew is %v, want %v", got.Skew, tt.skew)
					}
					refusedBy(t, getErr, CheckWindow)
					return
				}
				must(t, postErr)
				must(t, getErr)
				if p.Skew != tt.skew || echo != "echo" {
					t.Errorf("skew %v, want %v; echo %q", p.Skew, tt.skew, echo)
				}
			})
		}
	}
}

// TestWindowOfFarTimestamps: no timestamp overflows its way into the window.
func TestWindowOfFarTimestamps(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, options(Plain))
	for _, ts := range []string{"1", "1533042556000", "99999999999999999", "999999999999999999"} {
		_, err := r.VerifyURL(Query{Timestamp: ts, Nonce: nonce, Signature: Sign(token, ts, nonce)})
		refusedBy(t, err, CheckWindow)
	}
}

// TestRotation: while token and key are changed in the console, pushes come
// under either pair (and, half-way, under a mixed one), and each is answered
// with the pair that it came with.
func TestRotation(t *testing.T) {
	t.Parallel()
	const newToken, newKey = "tokenB", "BAgeygBJLPqGkj1EvTpjSo0SxXSFhS4VqAlRMDFzvGk"
	for _, f := range formats {
		o := options(Secure)
		o.Tokens, o.AESKeys = []string{newToken, "", token}, []string{newKey, "", aesKey}
		r := newReceiver(t, o)
		for _, tok := range []string{token, newToken} {
			for _, key := range []string{aesKey, newKey} {
				s, err := NewSender(SenderOptions{UserName: userName, AppID: appID, Mode: Secure, Token: tok, AESKey: key})
				must(t, err)
				q, body := s.Push(f, sampleTime, nonce, random, EncodeCancel(f, sampleCancel))
				p, err := r.Open(q, body)
				must(t, err)
				want := sampleCancel.Reply(0, "success")
				sealed, err := p.Seal(want.Encode(f))
				must(t, err)
				opened, err := s.OpenReply(q, f, sealed)
				must(t, err)
				if got, err := DecodeCancelReply(f, opened); err != nil || got != want {
					t.Errorf("%v: got %+v, %v", f, got, err)
				}
			}
		}
	}
}

// TestEventInAnyCase: WeChat compares names of events without case, names of
// members with it.
func TestEventInAnyCase(t *testing.T) {
	t.Parallel()
	tests := []struct{ msgType, event, want string }{
		{"event", "Cancel_WayBill", "cancel_waybill"},
		{"EVENT", "\n CANCEL_WAYBILL\t", "cancel_waybill"},
		{"text", "cancel_waybill", ""},
		{"", "cancel_waybill", ""},
	}
	for _, tt := range tests {
		body := fmt.Sprintf("<xml><ToUserName>%s</ToUserName><MsgType>%s</MsgType><Event>%s</Event><event>x</event></xml>",
			userName, tt.msgType, tt.event)
		p, err := newReceiver(t, options(Plain)).Open(query(""), []byte(body))
		must(t, err)
		if got := p.EventName(); got != tt.want {
			t.Errorf("%q, %q: event %q, want %q", tt.msgType, tt.event, got, tt.want)
		}
	}
}
