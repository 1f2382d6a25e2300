package handler_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/handler"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

var update = flag.Bool("update", false, "rewrite the golden file")

var languages = map[string]handler.Language{"chinese": handler.Chinese, "english": handler.English}

// TestReplies compares the reply for every reason of every event, in both formats,
// languages and all modes, with a file for each event, byte for byte. In the sealed
// modes some replies of instant delivery stand for all: what is inside is the same.
func TestReplies(t *testing.T) {
	t.Parallel()
	for _, c := range eventCases() {
		var got bytes.Buffer
		for _, m := range wechat.Modes() {
			for _, f := range formats {
				for _, language := range []string{"chinese", "english"} {
					for _, why := range append(c.reasons, "failed") {
						stands := slices.Contains([]string{"accepted", "wrong_sign", "failed"}, why) && language == "chinese"
						if ledger.Instant(c.event) && m != wechat.Plain && !stands || !ledger.Instant(c.event) && m == wechat.Compatible {
							continue
						}
						s := newServer(t, m, func(o *options) { o.Language = languages[language] })
						switch why {
						case "failed":
							s.store.decides(fails(errAway))
						case "accepted": // as the store does by default, with what belongs to that
						default:
							s.store.decides(always(why))
						}
						w := s.post(wechatPush(t, f, m, c.packet(f)))
						fmt.Fprintf(&got, "%v %v %s %s: %d\n%s\n\n", m, f, language, why, w.Code, w.Body)
					}
				}
			}
		}
		golden(t, "replies."+c.event, got.Bytes())
	}
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

// repeats makes the store say that it had accepted the same push before, though the
// order has come farther since.
func (s *fakeStore) repeats() {
	s.cancel = fixed[waybill.CancelRequest](waybill.CancelDecision{Reason: waybill.Accepted, Repeat: true})
	s.book = fixed[waybill.BookingRequest](waybill.BookingDecision{Reason: waybill.Accepted, Repeat: true, WaybillID: sampleNumber, Label: sampleLabel})
	s.deliver = func(_ context.Context, r delivery.Request) (delivery.Decision, error) {
		d := sampleDecision(r)
		if d.Repeat = true; r.Kind == delivery.Add || r.Kind == delivery.Readd {
			d.Attempt.Status, d.Attempt.TipsNow, d.Attempt.Message = delivery.Delivered, 9999, "since then"
		}
		return d, nil
	}
}

// TestRepeats: a push that comes again gets the same bytes. That it is a repeat shows
// in the log and in a metric. Of accounts nothing is remembered.
func TestRepeats(t *testing.T) {
	t.Parallel()
	for _, c := range eventCases() {
		if c.event == "check_biz" || c.event == "get_quota" {
			continue
		}
		s := newServer(t, wechat.Plain)
		q, body := wechatPush(t, wechat.JSON, wechat.Plain, c.packet(wechat.JSON))
		first := s.post(q, body)
		s.store.repeats()
		if again := s.post(q, body); !bytes.Equal(first.Body.Bytes(), again.Body.Bytes()) {
			t.Errorf("%s: the repeat got %s, the first %s", c.event, again.Body, first.Body)
		}
		s.counted(t, `carrierhook_repeats_total`, 1)
		s.counted(t, fmt.Sprintf(`carrierhook_pushes_total{account="main",event=%q,format="json",mode="plain",result="0"}`, c.event), 2)
		lines := s.logs.FilterMessage("push").All()
		if len(lines) != 2 || lines[0].ContextMap()["repeat"] != false || lines[1].ContextMap()["repeat"] != true {
			t.Errorf("%s: the log:\n%s", c.event, s.written)
		}
	}
}

// TestEchoes: ids go back exactly as they came, white space, markup and all; nothing
// in JSON is escaped for HTML.
func TestEchoes(t *testing.T) {
	t.Parallel()
	m := sampleCancel
	m.BizID, m.OrderID, m.WayBillID = " xyz\t", `<&>"'\]]>号`, "  "
	for f, mode := range everyWay {
		_, packet := newServer(t, mode).push(t, f, mode, wechat.EncodeCancel(f, m))
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

// TestBookingEchoes: so do the token and the ids of an order; the number and the label
// are the store's when it accepts, and when it refuses the number is the push's and
// there is no label.
func TestBookingEchoes(t *testing.T) {
	t.Parallel()
	m := sampleBooking
	m.Token, m.OrderID, m.BizID, m.WayBillID = " to<&>]]>ken\t", `<&>"'\]]>号`, " xyz\t", " 0 "
	const number, label = "SF1000000017", `##mark##<&>"]]>##`
	for f, mode := range everyWay {
		for want, d := range map[wechat.AddReply]waybill.BookingDecision{
			m.Reply(number, 0, "success", label): {Reason: waybill.Accepted, WaybillID: number, Label: label},
			m.Reply(number, 0, "success", "##"):  {Reason: waybill.Accepted, Repeat: true, WaybillID: number, Label: "##"},
			m.Reply(" 0 ", 20003, "发件人地址不可达或者发货地址不在服务范围", ""): {Reason: waybill.SenderNotServed, WaybillID: number, Label: label},
		} {
			s := newServer(t, mode)
			s.store.book = fixed[waybill.BookingRequest](d)
			if _, got := s.push(t, f, mode, wechat.EncodeAddWaybill(f, m)); !bytes.Equal(got, want.Encode(f)) {
				t.Errorf("%v %v %s: %s", f, mode, d.Reason, got)
			}
		}
	}
}

// TestLongTexts: what is too long for the rules is still for them to answer, and goes
// back whole. For the log it is cut.
func TestLongTexts(t *testing.T) {
	t.Parallel()
	m := sampleBooking
	m.OrderID, m.Token = strings.Repeat("9", 513), strings.Repeat("t", 5000)
	s := newServer(t, wechat.Secure)
	s.store.decides(always(waybill.BadRequest))
	_, got := s.push(t, wechat.XML, wechat.Secure, wechat.EncodeAddWaybill(wechat.XML, m))
	if want := m.Reply(m.WayBillID, -1, "其他错误(订单信息不正确)", "").Encode(wechat.XML); !bytes.Equal(got, want) {
		t.Errorf("%s", got)
	}
	if r := onlyRequest[waybill.BookingRequest](t, s.store); !r.Malformed || r.OrderID != m.OrderID {
		t.Errorf("an order id of 513 bytes passes, or is cut to %d", len(r.OrderID))
	}
	_, fields := s.line(t, "push")
	if id, _ := fields["order_id"].(string); id != m.OrderID[:128]+"…" || len(s.written.String()) > 1000 {
		t.Errorf("the log has %d bytes of the order id, and %d bytes", len(id), len(s.written.String()))
	}
}

// TestPrices: the reply has the merchant's own tip, and the dispatch in whole seconds; 0
// is unknown.
func TestPrices(t *testing.T) {
	t.Parallel()
	for dispatch, want := range map[time.Duration]int64{0: 0, 90 * time.Second: 90, 1999 * time.Millisecond: 1} {
		for event, kind := range orderEvents {
			s := newServer(t, wechat.Plain)
			s.store.decidesInstant(delivery.Decision{Reason: delivery.Accepted, Attempt: sampleAttempt(), Dispatch: dispatch})
			m := orderOf(event)
			m.OrderInfo.Tips = "3.05"
			_, got := s.push(t, wechat.XML, wechat.Plain, wechat.EncodeInstantOrder(wechat.XML, m))
			r, err := wechat.DecodeInstantReply(wechat.XML, event, got)
			must(t, err)
			if r.DispatchDuration != want || kind == delivery.Precreate && r.Tips != 305 {
				t.Errorf("%s: %v is answered as %d, and the tip as %d", event, dispatch, r.DispatchDuration, r.Tips)
			}
		}
	}
}

// TestRotation: in the middle of a change of token and key, old and new pushes are
// taken, and each is answered with the pair that it came with.
func TestRotation(t *testing.T) {
	t.Parallel()
	const newToken, newKey = "thenexttoken", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
	for i, pair := range [][2]string{{token, aesKey}, {newToken, newKey}} {
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
