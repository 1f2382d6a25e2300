package handler_test

import (
	"strings"
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// ask pushes a message to a new server and returns what its desk was asked.
func ask(t testing.TB, f wechat.Format, m wechat.Mode, msg wechat.CancelWaybill) waybill.CancelRequest {
	t.Helper()
	s := newServer(t, m)
	if w := s.post(wechatPush(t, f, m, wechat.EncodeCancel(f, msg))); w.Code != 200 {
		t.Fatalf("status %d; the log:\n%s", w.Code, s.written)
	}
	return onlyAsked[waybill.CancelRequest](t, s.desk)
}

// TestWhatTheDeskIsAsked: the domain's request says what the message said, with
// the ids trimmed for the look-up and the password as it is.
func TestWhatTheDeskIsAsked(t *testing.T) {
	t.Parallel()
	msg := sampleCancel
	msg.BizID, msg.OrderID, msg.WayBillID, msg.ShopAppID = " xyz", "\t0123 ", "123456789\n", " wxABCD "
	msg.BizPwd = " pass word "
	for _, f := range formats {
		for _, m := range wechat.Modes() {
			before := time.Now()
			got := ask(t, f, m, msg)
			if got.Push.Received.Before(before) || got.Push.Received.After(time.Now()) {
				t.Errorf("%v %v: received at %v", f, m, got.Push.Received)
			}
			want := waybill.CancelRequest{
				Push: ledger.Push{
					ID: msg.Identity(), Event: "cancel_waybill", Format: f.String(), Mode: m.String(),
					Received: got.Push.Received, Binding: got.Push.Binding,
				},
				BizID: "xyz", Password: " pass word ", ShopAppID: "wxABCD", OrderID: "0123", WaybillID: "123456789",
			}
			if got != want {
				t.Errorf("%v %v: asked %+v, want %+v", f, m, got, want)
			}
		}
	}
}

// TestImpossibleIDs: what cannot be an id is said to be so, and is still the
// domain's to answer.
func TestImpossibleIDs(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*wechat.CancelWaybill){
		"empty":   func(m *wechat.CancelWaybill) { m.WayBillID = "" },
		"blank":   func(m *wechat.CancelWaybill) { m.BizID = "  " },
		"control": func(m *wechat.CancelWaybill) { m.OrderID = "1\x7f2" },
		"long":    func(m *wechat.CancelWaybill) { m.WayBillID = strings.Repeat("9", 129) },
	} {
		msg := sampleCancel
		spoil(&msg)
		if got := ask(t, wechat.JSON, wechat.Secure, msg); !got.Malformed {
			t.Errorf("%s: %+v passes", name, got)
		}
	}
}

// TestIdentity: a push sent again is the same push, however it is carried; a
// push with anything new that means another wish is another.
func TestIdentity(t *testing.T) {
	t.Parallel()
	first := ask(t, wechat.XML, wechat.Secure, sampleCancel).Push.ID
	for _, f := range formats {
		for _, m := range wechat.Modes() {
			if id := ask(t, f, m, sampleCancel).Push.ID; id != first {
				t.Errorf("the same push in %v and %v has another identity", f, m)
			}
		}
	}
	for name, change := range map[string]func(*wechat.CancelWaybill){
		"CreateTime":   func(m *wechat.CancelWaybill) { m.CreateTime++ },
		"FromUserName": func(m *wechat.CancelWaybill) { m.FromUserName += "E" },
		"BizID":        func(m *wechat.CancelWaybill) { m.BizID += "z" },
		"OrderID":      func(m *wechat.CancelWaybill) { m.OrderID += "0" },
		"WayBillID":    func(m *wechat.CancelWaybill) { m.WayBillID += "0" },
	} {
		msg := sampleCancel
		change(&msg)
		if id := ask(t, wechat.XML, wechat.Secure, msg).Push.ID; id == first {
			t.Errorf("another %s makes no other push", name)
		}
	}
	shouted := sampleCancel
	shouted.Event = "CANCEL_Waybill"
	if id := ask(t, wechat.XML, wechat.Secure, shouted).Push.ID; id != first {
		t.Error("the event's letter case makes another push")
	}
}
