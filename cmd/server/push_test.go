package main

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"carrierhook/internal/demo"
	"carrierhook/internal/wechat"

	"github.com/jackc/pgx/v5"
)

// WeChat's sample is answered as WeChat's sample reply in every mode and
// format, the same push again too, and a new one is too late.
// Every other answer is reached as well.
func TestEveryModeAndFormat(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, p *program, mode wechat.Mode, f wechat.Format) {
		w := p.wechat(t, mode, f)
		if echo, a, err := w.Challenge(t.Context(), ""); err != nil || a.Status != http.StatusOK || string(a.Body) != echo {
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
		p.shows(t, map[string]float64{
			fmt.Sprintf(`carrierhook_pushes_total{account="main",event="cancel_waybill",format="%v",mode="%v",result="0"}`, f, mode): 3, "carrierhook_repeats_total": 1,
		})
		noSecrets(t, p.metrics(t))
	})
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
			if taken := slices.Contains(takes, console); taken != (err == nil) {
				t.Errorf("a %v server and a %v push: %v", server, console, err)
			}
		}
	}
}

// lockSample locks WeChat's sample waybill until the transaction ends.
func lockSample(t *testing.T, url string) pgx.Tx {
	t.Helper()
	tx, err := connect(t, url).Begin(t.Context())
	must(t, err)
	_, err = tx.Exec(t.Context(), "SELECT 1 FROM waybill WHERE waybill_id = $1 FOR UPDATE", demo.WaybillID)
	must(t, err)
	return tx
}
