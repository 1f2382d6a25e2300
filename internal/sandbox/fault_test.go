package sandbox_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// caughtBy is the check of a careful receiver that each forged push must fail: nothing
// but what the fault says is wrong with the push, or an earlier check would have
// it.
var caughtBy = map[sandbox.Fault]wechat.Check{
	sandbox.WrongSignature:    wechat.CheckMsgSignature, // in plain mode CheckSignature
	sandbox.WrongMsgSignature: wechat.CheckMsgSignature,
	sandbox.StaleTimestamp:    wechat.CheckWindow,
	sandbox.ClockOff:          wechat.CheckWindow,
	sandbox.FlippedByte:       wechat.CheckMsgSignature,
	sandbox.WrongAppID:        wechat.CheckAppID,
	sandbox.BadPadding:        wechat.CheckPadding,
	sandbox.WrongLength:       wechat.CheckLength,
	sandbox.Truncated:         wechat.CheckOuterDocument,
}

// TestFaults: every fault goes wrong in the one way that its name says, and
// leaves the caller's packet alone.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, m := range wechat.Modes() {
		for _, f := range sandboxtest.Formats {
			for _, fault := range append(sandbox.Faults(), "") {
				t.Run(fmt.Sprintf("%v/%v/%s", m, f, fault), func(t *testing.T) {
					t.Parallel()
					commit(t, m, f, fault)
				})
			}
		}
	}
}

func commit(t *testing.T, m wechat.Mode, f wechat.Format, fault sandbox.Fault) {
	r := receiver(t, m)
	var push *wechat.Push
	var refusal error
	var query wechat.Query
	l := &listener{answer: func(_ int, _ http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		query = wechat.QueryFrom(req.URL.RawQuery)
		push, refusal = r.Open(query, body)
	}}
	p := platform(t, l, m, f)
	// A little more room than there is text shows who writes behind the end.
	packet := wechat.EncodeCancel(f, message())
	room := append(make([]byte, 0, 4<<20), packet...)
	if fault == sandbox.Twice || fault == sandbox.HangUp || fault == sandbox.SlowAnswer {
		return // they need no look at one push: see the tests of delivery
	}
	d, err := p.Push(t.Context(), room, fault)
	if !bytes.Equal(room, packet) || !bytes.Equal(room[:len(packet)+100][len(packet):], make([]byte, 100)) {
		t.Error("the packet was changed")
	}
	if !fault.Fits(m, f) {
		if err == nil || d.Tries != 0 || len(l.all()) != 0 {
			t.Errorf("a fault that cannot be was sent %d times, %v", d.Tries, err)
		}
		return
	}
	all := l.all()
	if len(all) != 1 || d.Query != query {
		t.Fatalf("%d requests, %v", len(all), err)
	}
	if check, forged := caughtBy[fault]; forged {
		if m == wechat.Plain && fault == sandbox.WrongSignature {
			check = wechat.CheckSignature
		}
		got, ok := errors.AsType[*wechat.Refusal](refusal)
		if !ok || got.Check != check || !fault.MustRefuse() {
			t.Errorf("refused with %v, want %v", refusal, check)
		}
		return
	}
	if refusal != nil {
		t.Fatalf("refused: %v", refusal)
	}
	wantType, wantEvent := "text/xml", "cancel_waybill"
	if f == wechat.JSON && fault != sandbox.JSONAsXML {
		wantType = "application/json"
	}
	if fault == sandbox.EventUpper {
		wantEvent = "CANCEL_WAYBILL"
	}
	if all[0].contentType != wantType || push.Header.Event != wantEvent {
		t.Errorf("Content-Type %s, Event %s", all[0].contentType, push.Header.Event)
	}
	if _, err := push.CancelWaybill(); (err != nil) != (fault == sandbox.RepeatedMember) {
		t.Errorf("the message: %v", err)
	}
	if long := len(all[0].body) > 1<<20; long != (fault == sandbox.OverLimit) {
		t.Errorf("a body of %d bytes", len(all[0].body))
	}
	if fault.MustRefuse() != (fault == sandbox.OverLimit) {
		t.Errorf("%s must be refused, or must not", fault)
	}
}

// TestWrongMsgSignatureOnly: the 3-part signature stays right, which is what
// careless receivers look at.
func TestWrongMsgSignatureOnly(t *testing.T) {
	t.Parallel()
	l := &listener{answer: func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }}
	p := platform(t, l, wechat.Secure, wechat.XML)
	for fault, right := range map[sandbox.Fault]bool{sandbox.WrongMsgSignature: true, sandbox.WrongSignature: false} {
		d, _ := p.Push(t.Context(), []byte("<xml></xml>"), fault)
		if (d.Query.Signature == wechat.Sign(token, d.Query.Timestamp, d.Query.Nonce)) != right {
			t.Errorf("%s: the signature's rightness is not %v", fault, right)
		}
	}
}

// TestFaultNeedsAccount: what only the holder of the key can get wrong cannot be
// committed by a platform that does not know the key, or knows another.
func TestFaultNeedsAccount(t *testing.T) {
	t.Parallel()
	l := &listener{}
	p := platform(t, l, wechat.Secure, wechat.XML)
	for _, account := range []wechat.SenderOptions{
		{},
		{UserName: userName, AppID: appID, Mode: wechat.Secure, Token: token, AESKey: strings.Repeat("A", 43)},
	} {
		p.Account = account
		for _, f := range []sandbox.Fault{sandbox.WrongAppID, sandbox.BadPadding, sandbox.WrongLength} {
			if _, _, err := p.PushCancel(t.Context(), message(), f); err == nil || !strings.Contains(err.Error(), "account") {
				t.Errorf("%s: %v", f, err)
			}
		}
	}
	if len(l.all()) > 0 {
		t.Error("something was sent")
	}
}

// TestParseFault: every name is taken and says what it does; no other is.
func TestParseFault(t *testing.T) {
	t.Parallel()
	if len(sandbox.Faults()) != 17 {
		t.Errorf("%d faults", len(sandbox.Faults()))
	}
	for _, f := range append(sandbox.Faults(), "") {
		if got, err := sandbox.ParseFault(string(f)); got != f || err != nil || f.Text() == "" || (f != "") == (f.Text() == "no fault") {
			t.Errorf("%q: %q, %q, %v", f, got, f.Text(), err)
		}
	}
	for _, name := range []string{"none", "Twice", "twice ", "wrong-signature"} {
		if _, err := sandbox.ParseFault(name); err == nil || !strings.Contains(err.Error(), "hang_up") {
			t.Errorf("%q was taken, or the error does not say what there is: %v", name, err)
		}
	}
}

// TestChallengeFaults: the URL check can be forged as well.
func TestChallengeFaults(t *testing.T) {
	t.Parallel()
	r := receiver(t, wechat.Secure)
	var refusal error
	p := platform(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var echo string
		echo, refusal = r.VerifyURL(wechat.QueryFrom(req.URL.RawQuery))
		_, _ = w.Write([]byte(echo))
	}), wechat.Secure, wechat.XML)
	seen := map[string]bool{}
	for fault, check := range map[sandbox.Fault]wechat.Check{
		"": 0, sandbox.WrongSignature: wechat.CheckSignature, sandbox.StaleTimestamp: wechat.CheckWindow, sandbox.ClockOff: wechat.CheckWindow,
	} {
		echo, a, err := p.Challenge(t.Context(), fault)
		must(t, err)
		seen[echo] = true
		got, _ := errors.AsType[*wechat.Refusal](refusal)
		if check == 0 && (refusal != nil || string(a.Body) != echo || len(echo) != 18) || check != 0 && (got == nil || got.Check != check) {
			t.Errorf("%q: %v", fault, refusal)
		}
	}
	if len(seen) != 4 {
		t.Errorf("four checks had %v", seen)
	}
}
