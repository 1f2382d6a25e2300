package handler_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"carrierhook/internal/ledger"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
)

// message is the sample push with another type and event.
func message(f wechat.Format, msgType, event string) []byte {
	b := wechat.EncodeCancel(f, sampleCancel)
	if f == wechat.JSON {
		b = bytes.Replace(b, []byte(`"MsgType":"event"`), fmt.Appendf(nil, `"MsgType":%q`, msgType), 1)
	} else {
		b = bytes.Replace(b, []byte(`<MsgType><![CDATA[event]]>`), fmt.Appendf(nil, `<MsgType><![CDATA[%s]]>`, msgType), 1)
	}
	return bytes.Replace(b, []byte("cancel_waybill"), []byte(event), 1)
}

// TestLetterCase: WeChat writes the event in any letter case, and the reply in
// its own.
func TestLetterCase(t *testing.T) {
	t.Parallel()
	for _, event := range []string{"cancel_waybill", "CANCEL_WAYBILL", "Cancel_WayBill", " cancel_waybill\n"} {
		for _, msgType := range []string{"event", "EVENT"} {
			for _, f := range formats {
				s := newServer(t, wechat.Secure)
				event := event
				if f == wechat.JSON {
					event = strings.ReplaceAll(event, "\n", `\n`)
				}
				_, packet := s.push(t, f, wechat.Secure, message(f, msgType, event))
				if want := sampleCancel.Reply(0, "success").Encode(f); !bytes.Equal(packet, want) {
					t.Errorf("%q of type %q in %v: %s", event, msgType, f, packet)
				}
				s.counted(t, fmt.Sprintf(`carrierhook_pushes_total{account="main",event="cancel_waybill",format=%q,mode="secure",result="0"}`, f), 1)
			}
		}
	}
}

// TestOtherPushes: what is signed and unknown gets the bare word success, a log
// line, a row in the ledger and one label for all of it.
func TestOtherPushes(t *testing.T) {
	t.Parallel()
	tests := []struct{ msgType, event, recorded string }{
		{"event", "another_event", "another_event"},
		{"event", "add_waybill_", "add_waybill_"},
		{"text", "add_single_waybill", ""},
		{"event", "Debug_Demo", "debug_demo"},
		{"event", "cancel_waybill2", "cancel_waybill2"},
		{"event", "", ""},
		{"text", "hostile_name", ""},
		{"text", "cancel_waybill", ""},
		{"", "cancel_waybill", ""},
	}
	for _, tt := range tests {
		for f, m := range everyWay {
			t.Run(fmt.Sprintf("%s %s/%v/%v", tt.msgType, tt.event, m, f), func(t *testing.T) {
				t.Parallel()
				s := newServer(t, m)
				w, _ := s.push(t, f, m, message(f, tt.msgType, tt.event))
				if ct := w.Header().Get("Content-Type"); w.Code != http.StatusOK || w.Body.String() != "success" || ct != "text/plain; charset=utf-8" {
					t.Errorf("status %d, %s, %q", w.Code, ct, w.Body)
				}
				entry, fields := s.line(t, "push")
				if entry.Level != zap.InfoLevel || fields["event"] != "other" || fields["name"] != tt.event ||
					fields["msg_type"] != tt.msgType || fields["result"] != "success" || fields["reason"] != "ignored" {
					t.Errorf("%v: %v", entry.Level, fields)
				}
				got := onlyRecorded(t, s.store)
				if got.Event != tt.recorded || got.Format != f.String() || got.Mode != m.String() ||
					got.ID == (ledger.PushID{}) || got.Received.IsZero() || got.reason != "ignored" || got.code != nil {
					t.Errorf("recorded %+v", got)
				}
				s.counted(t, fmt.Sprintf(`carrierhook_pushes_total{account="main",event="other",format=%q,mode=%q,result="success"}`, f, m), 1)
				if tt.event != "" && tt.event != "cancel_waybill" && strings.Contains(strings.ToLower(s.scrape(t)), strings.ToLower(tt.event)) {
					t.Errorf("the metrics show %q, a name from outside", tt.event)
				}
			})
		}
	}
}

// TestOtherPushesDoNotNeedTheLedger: WeChat hears the same even if the row could
// not be written, and the log says that it is missing.
func TestOtherPushesDoNotNeedTheLedger(t *testing.T) {
	t.Parallel()
	for cause, record := range map[string]func(context.Context, recordedPush) error{
		"no partition":    func(context.Context, recordedPush) error { return errors.New("no partition") },
		"panic: a string": func(context.Context, recordedPush) error { panic("no partition") },
	} {
		for event, answer := range map[string]string{
			"another_event": "success", "add_express_path": "success", "add_single_waybill": "<ResultCode>-1<",
		} {
			s := newServer(t, wechat.Plain)
			s.store.record = record
			w := s.post(wechatPush(t, wechat.XML, wechat.Plain, message(wechat.XML, "event", event)))
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), answer) {
				t.Errorf("%s, %s: status %d, %q", cause, event, w.Code, w.Body)
			}
			entry, fields := s.line(t, "push")
			if why, _ := fields["ledger_error"].(string); entry.Level != zap.WarnLevel || !strings.Contains(why, cause) {
				t.Errorf("%s, %s: %v, %v", cause, event, entry.Level, fields)
			}
		}
	}
}

// TestHostileNamesDoNotFillTheLog: a name from outside is cut, and cannot start
// a log line of its own.
func TestHostileNamesDoNotFillTheLog(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain)
	s.post(signed(""), message(wechat.XML, "event", "a\n{\"level\":\"error\"}"+strings.Repeat("b", 100000)))
	s.line(t, "push")
	if n := strings.Count(s.written.String(), "\n"); n != 1 {
		t.Errorf("%d lines", n)
	}
	if n := len(s.written.String()); n > 1000 {
		t.Errorf("%d bytes", n)
	}
}
