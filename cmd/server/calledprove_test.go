//go:build prove

package main

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/wechat"
)

// Many more live, and WeChat is slower than it is waited for too.
func TestProveCalledLife(t *testing.T) {
	slow := slices.Clone(rounds)
	slow[3].fault = sandbox.CallSlow
	calledLives(t, 200, 100, slow)
}

// While WeChat does not answer and a thousand calls wait for it, pushes are answered as fast as
// by a server that makes no calls; all calls still wait.
func TestProvePushesWhileWeChatIsOut(t *testing.T) {
	out, err := net.Listen("tcp", "127.0.0.1:0") // it takes connections, and nobody reads them
	must(t, err)
	defer out.Close()
	url := withSamples(t)
	cfg := testConfig(url, wechat.Secure)
	cfg.WeChat.APIURL, cfg.WeChat.AppSecret, cfg.WeChat.Calls = "http://"+out.Addr().String(), sandbox.Secret, []string{"updatePath"}
	calling, quiet := start(t, cfg), start(t, testConfig(withSamples(t), wechat.Secure))
	const waiting = 1000
	wx := calling.wechat(t, wechat.Secure, wechat.JSON)
	var scans []string
	for n := range int64(waiting) {
		r := book(t, wx, order(n, fmt.Sprint("out-", n)))
		scans = append(scans, fmt.Sprintf(`{"waybill_id":%q,"action_type":100001,"action_time":%d}`, r.WayBillID, time.Now().Unix()))
	}
	for some := range slices.Chunk(scans, 100) {
		carrier{tb: t, p: calling}.call(http.StatusOK, http.MethodPost, "/v1/scans", "["+strings.Join(some, ",")+"]")
	}
	rates := map[*program][]float64{}
	for range 5 {
		for _, p := range []*program{quiet, calling} {
			rates[p] = append(rates[p], pushRate(t, p))
		}
	}
	median := func(p *program) float64 { return slices.Sorted(slices.Values(rates[p]))[2] }
	ratio := median(calling) / median(quiet)
	t.Logf("%.0f pushes a second, %.0f where none calls: %.2f (%.0f, %.0f)", median(calling), median(quiet), ratio, rates[calling], rates[quiet])
	if ratio < 0.8 {
		t.Errorf("pushes are slowed to %.2f", ratio)
	}
	storetest.OpenDatabase(t, url).WantInt(t, 0, `SELECT count(*) FROM event_dead`)
}

// pushRate is how many pushes a second are answered for some seconds, 16 at a time.
func pushRate(t *testing.T, p *program) float64 {
	t.Helper()
	var pushing sync.WaitGroup
	var n atomic.Int64
	begun := time.Now()
	for i := range int64(16) {
		pushing.Go(func() {
			w := p.wechat(t, wechat.Secure, wechat.JSON)
			w.Client = &http.Client{Transport: &http.Transport{}}
			defer w.Client.CloseIdleConnections()
			for time.Since(begun) < 3*time.Second {
				a, err := w.Cancel(t.Context(), sampleCancel(1_000_000*(i+1)+n.Add(1)))
				if err != nil || a.Reply.ResultCode != 0 && a.Reply.ResultCode != 30003 {
					t.Errorf("ResultCode %d, %v", a.Reply.ResultCode, err)
					return
				}
			}
		})
	}
	pushing.Wait()
	return float64(n.Load()) / time.Since(begun).Seconds()
}
