package handler_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"carrierhook/internal/handler"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

var update = flag.Bool("update", false, "rewrite the golden file")

var languages = map[string]handler.Language{"chinese": handler.Chinese, "english": handler.English}

// cancelAnswers are the answers that a cancel may get, with a reason for each.
var cancelAnswers = []struct {
	name string
	why  waybill.Reason
}{
	{"ok", waybill.Accepted}, {"unknown", waybill.UnknownWaybill}, {"picked_up", waybill.NotBooked}, {"cancelled_before", waybill.AlreadyCancelled},
	{"signed_long_since", waybill.SignedLongAgo}, {"expired", waybill.WindowPassed}, {"unsupported", waybill.MerchantContract}, {"failed", ""},
}

// TestReplies compares the reply for every outcome, in both languages, formats
// and with and without a seal, with a file, byte for byte.
func TestReplies(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	for _, m := range []wechat.Mode{wechat.Plain, wechat.Secure} {
		for _, f := range formats {
			for _, language := range []string{"chinese", "english"} {
				for _, answer := range cancelAnswers {
					s := newServer(t, m, func(o *options) { o.Language = languages[language] })
					s.desk.answers(fails(errAwayInside))
					if answer.why != "" {
						s.desk.answers(always(answer.why))
					}
					w := s.post(samplePush(t, f, m))
					fmt.Fprintf(&got, "%v %v %s %s: %d\n%s\n\n", m, f, language, answer.name, w.Code, w.Body)
				}
			}
		}
	}
	golden(t, "replies", got.Bytes())
}

// golden compares with a file, byte for byte.
func golden(t testing.TB, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		must(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from\n%s", path, got)
	}
}

// TestSampleReplies: in Chinese, each code's reply is that of WeChat's samples.
func TestSampleReplies(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*desk){
		"":        func(d *desk) {},
		".minus1": func(d *desk) { d.answers(fails(errAwayInside)) },
		".30001":  func(d *desk) { d.cancel = decides(waybill.UnknownWaybill) },
		".30002":  func(d *desk) { d.cancel = decides(waybill.NotBooked) },
		".30003":  func(d *desk) { d.cancel = decides(waybill.AlreadyCancelled) },
		".30004":  func(d *desk) { d.cancel = decides(waybill.ServiceContract) },
	}
	for name, tell := range tests {
		for _, f := range formats {
			s := newServer(t, wechat.Plain)
			tell(s.desk)
			w := s.post(samplePush(t, f, wechat.Plain))
			want := compact(t, f, sample(t, fmt.Sprintf("cancel_waybill.response%s.%v", name, f)))
			if !bytes.Equal(w.Body.Bytes(), want) {
				t.Errorf("%s %v:\n got %s\nwant %s", name, f, w.Body, want)
			}
		}
	}
}

// TestEchoes: ids go back exactly as they came, white space, markup and all;
// nothing in JSON is escaped for HTML.
func TestEchoes(t *testing.T) {
	t.Parallel()
	m := sampleCancel
	m.BizID, m.OrderID, m.WayBillID = " xyz\t", `<&>"'\]]>号`, "  "
	for _, f := range formats {
		for _, mode := range wechat.Modes() {
			s := newServer(t, mode)
			q, body := wechatPush(t, f, mode, wechat.EncodeCancel(f, m))
			packet := opened(t, q, f, mode, s.post(q, body).Body.Bytes())
			r, err := wechat.DecodeCancelReply(f, packet)
			must(t, err)
			if want := m.Reply(0, "success"); r != want {
				t.Errorf("%v %v: reply %+v, want %+v", f, mode, r, want)
			}
			if f == wechat.JSON && !bytes.Contains(packet, []byte(`<&>`)) {
				t.Errorf("%v: HTML is escaped in %s", mode, packet)
			}
		}
	}
}

// TestRotation: in the middle of a change of token and key, old and new pushes
// are taken, and each is answered with the pair that it came with.
func TestRotation(t *testing.T) {
	t.Parallel()
	const newToken, newKey = "thenexttoken", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
	pairs := [][2]string{{token, aesKey}, {newToken, newKey}}
	for i, pair := range pairs {
		s := newServer(t, wechat.Secure, func(o *options) {
			o.Tokens, o.AESKeys = []string{newToken, token}, []string{newKey, aesKey}
		})
		sender, err := wechat.NewSender(wechat.SenderOptions{
			UserName: userName, AppID: appID, Mode: wechat.Secure, Token: pair[0], AESKey: pair[1],
		})
		must(t, err)
		q, body := sender.Push(wechat.JSON, sampleTime, nonce, random, wechat.EncodeCancel(wechat.JSON, sampleCancel))
		w := s.post(q, body)
		packet, err := sender.OpenReply(q, wechat.JSON, w.Body.Bytes())
		must(t, err)
		if want := sampleCancel.Reply(0, "success").Encode(wechat.JSON); !bytes.Equal(packet, want) {
			t.Errorf("pair %d: status %d, %s", i, w.Code, packet)
		}
		hides(t, s, newToken, newKey)
	}
}
