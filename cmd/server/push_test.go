package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/demo"
	"carrierhook/internal/wechat"

	"github.com/jackc/pgx/v5"
)

// WeChat's sample is answered as WeChat's sample reply in every mode and
// format, the same push again too, and a new one is too late.
// Every other answer is reached as well.
func TestEveryModeAndFormat(t *testing.T) {
	t.Parallel()
	for _, mode := range wechat.Modes() {
		for _, f := range []wechat.Format{wechat.XML, wechat.JSON} {
			t.Run(fmt.Sprintf("%v/%v", mode, f), func(t *testing.T) {
				t.Parallel()
				p := start(t, testConfig(withSamples(t), mode))
				w := p.wechat(t, mode, f)
				if err := w.VerifyURL(t.Context()); err != nil {
					t.Errorf("URL check: %v", err)
				}
				want(t, w, sampleCancel(0), 0)
				want(t, w, sampleCancel(0), 0)
				want(t, w, sampleCancel(1), 30003)
				for i, s := range demo.Samples[1:] {
					m := sampleCancel(int64(10 + i))
					m.BizID, m.OrderID, m.WayBillID = s.BizID, s.OrderID, s.WaybillID
					var code int
					if _, err := fmt.Sscanf(s.Answer, "%d", &code); err != nil {
						t.Fatal(err)
					}
					want(t, w, m, code)
				}
				unknown := sampleCancel(50)
				unknown.BizPwd = "wrong"
				want(t, w, unknown, 30001)
				unknown = sampleCancel(51)
				unknown.WayBillID = "no such waybill"
				want(t, w, unknown, 30001)
				_, metrics := get(t, p.internal, "/metrics")
				line := fmt.Sprintf(`carrierhook_pushes_total{event="cancel_waybill",format="%v",mode="%v",result="0"} 3`, f, mode)
				if !strings.Contains(metrics, line) || !strings.Contains(metrics, "carrierhook_repeats_total 1") {
					t.Errorf("the metrics lack %s", line)
				}
				noSecrets(t, metrics)
			})
		}
	}
}

// The console's mode can be switched while the server runs: each server takes
// the pushes of the modes beside its own.
func TestSwitchingModes(t *testing.T) {
	t.Parallel()
	for server, takes := range map[wechat.Mode][]wechat.Mode{
		wechat.Plain:      {wechat.Plain, wechat.Compatible},
		wechat.Compatible: {wechat.Compatible, wechat.Secure},
		wechat.Secure:     {wechat.Secure, wechat.Compatible},
	} {
		p := start(t, testConfig(withSamples(t), server))
		for _, console := range wechat.Modes() {
			// A plain server answers a compatible push plainly, which WeChat allows.
			_, err := p.wechat(t, console, wechat.XML).Cancel(t.Context(), sampleCancel(0))
			if taken := contains(takes, console); taken != (err == nil) {
				t.Errorf("a %v server and a %v push: %v", server, console, err)
			}
		}
	}
}

func contains(all []wechat.Mode, m wechat.Mode) bool {
	for _, a := range all {
		if a == m {
			return true
		}
	}
	return false
}

// lockSample locks WeChat's sample waybill until the transaction ends.
func lockSample(t *testing.T, url string) pgx.Tx {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "SELECT 1 FROM waybill WHERE waybill_id = $1 FOR UPDATE", demo.WaybillID); err != nil {
		t.Fatal(err)
	}
	return tx
}

// A waybill that somebody else has locked is answered -1 while it is locked, and
// the same push gets its 0 later.
func TestLockedWaybill(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	cfg := testConfig(url, wechat.Secure)
	cfg.WeChat.Deadline = 300 * time.Millisecond
	p := start(t, cfg)
	w := p.wechat(t, wechat.Secure, wechat.JSON)
	tx := lockSample(t, url)
	defer tx.Rollback(t.Context()) // before the program's end waits for the push
	eventually(t, "the log says that the row was locked", func() bool {
		want(t, w, sampleCancel(0), -1) // on a slow machine perhaps before it was seen to be locked
		return strings.Contains(p.log.String(), "locked by another transaction")
	})
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	soon(t, w, sampleCancel(0))
}

// A push about another waybill is answered while the first still waits.
func TestLockedWaybillHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	p := start(t, testConfig(url, wechat.Secure))
	w := p.wechat(t, wechat.Secure, wechat.JSON)
	tx := lockSample(t, url)
	defer tx.Rollback(t.Context()) // before the program's end waits for the push
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		want(t, w, sampleCancel(0), 0)
	}()
	eventually(t, "the push finds its waybill locked", func() bool {
		_, metrics := get(t, p.internal, "/metrics")
		return !strings.Contains(metrics, "\ncarrierhook_transaction_retries_total 0\n")
	})
	other := sampleCancel(1)
	other.OrderID, other.WayBillID = demo.Samples[1].OrderID, demo.Samples[1].WaybillID
	want(t, w, other, 30002)
	select {
	case <-answered:
		t.Error("the push was answered while its waybill was locked")
	default:
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-answered
}

// An event that is not offered is answered as WeChat wants it for that event, and
// leaves a row. What nobody documents gets the bare word.
func TestOtherEvents(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	p := start(t, testConfig(url, wechat.Secure))
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for i, e := range []struct{ event, reason, label, says string }{
		{"debug_demo", "ignored", "other", "success"},
		{"add_express_path", "not_offered", "add_express_path", "success"},
		{"add_single_waybill", "not_offered", "add_single_waybill", "<ResultCode>-1</ResultCode><ResultMsg><![CDATA[不支持该业务]]></ResultMsg>"},
	} {
		m := sampleCancel(int64(i))
		m.Event = e.event
		a, err := p.wechat(t, wechat.Secure, wechat.XML).Cancel(t.Context(), m)
		if err == nil || a.Status != 200 || !strings.Contains(string(a.Opened), e.says) {
			t.Errorf("%s: status %d, %s, %v", e.event, a.Status, a.Opened, err)
		}
		var reason string
		if err := conn.QueryRow(t.Context(), "SELECT reason FROM push WHERE event = $1", e.event).Scan(&reason); err != nil || reason != e.reason {
			t.Errorf("%s: %s, %v", e.event, reason, err)
		}
		_, metrics := get(t, p.internal, "/metrics")
		if !strings.Contains(metrics, fmt.Sprintf("carrierhook_pushes_total{event=%q", e.label)) {
			t.Errorf("%s is not counted as %s", e.event, e.label)
		}
	}
	if _, metrics := get(t, p.internal, "/metrics"); strings.Contains(metrics, "debug_demo") {
		t.Error("an event's name from outside became a label")
	}
}
