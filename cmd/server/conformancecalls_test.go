package main

import (
	"context"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/conformance"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/wechat"
)

// callsConform tries our own server's calls and wants no case to fail, and every one to be run
// that can be. Without limits nothing of WeChat's is used up, and the times at which our server
// calls again are not waited for.
func callsConform(t *testing.T, limits bool, quiet time.Duration) {
	t.Helper()
	url, _, _ := conformanceFiles(t)
	cfg := withTokens(t, testConfig(url, wechat.Secure))
	var send func(context.Context, conformance.Scan) error
	calls, err := conformance.NewCalls(conformance.CallOptions{
		AppID: cfg.WeChat.AppID, Secret: sandbox.Secret, Patience: patience, Quiet: quiet, Limits: limits,
		SendScan: func(ctx context.Context, s conformance.Scan) error { return send(ctx, s) },
	})
	must(t, err)
	wx := httptest.NewServer(calls)
	t.Cleanup(wx.Close)
	cfg.WeChat.APIURL, cfg.WeChat.AppSecret, cfg.WeChat.Calls = wx.URL, sandbox.Secret, []string{"updatePath"}
	p := start(t, cfg)
	send = conformance.SendScanByV1("http://"+p.internal.String(), dispatchToken, wx.Client())
	if !limits {
		hurry(t, storetest.OpenDatabase(t, url))
	}
	report, err := conformance.Run(t.Context(), conformance.Options{
		URL: p.url(), Formats: []wechat.Format{wechat.JSON}, Merchant: conformanceAccount(), Patience: 2 * patience, Calls: calls,
		Account: wechat.SenderOptions{UserName: cfg.WeChat.UserName, AppID: cfg.WeChat.AppID, Mode: wechat.Secure, Token: testToken, AESKey: testAESKey},
	}, nil)
	must(t, err)
	ran := 0
	for _, r := range report.Results {
		if !strings.HasPrefix(r.Case, "calls_") {
			continue
		}
		ran++
		skipped := !limits && slices.Contains([]string{"calls_minute", "calls_daily"}, r.Case)
		if r.Verdict != conformance.Pass && !skipped {
			t.Error(r.Line())
		}
	}
	if ran < 15 {
		t.Errorf("only %d cases", ran)
	}
}

// hurry has events that are to be sent again later sent at once, until the test ends.
func hurry(t *testing.T, db storetest.Database) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			_, _ = db.DB.Exec(ctx, `UPDATE event_retry SET next_at = clock_timestamp() WHERE next_at < 'infinity' AND next_at > clock_timestamp()`)
			time.Sleep(20 * time.Millisecond) // it may fail at the end only
		}
	}()
	t.Cleanup(func() { cancel(); <-ended })
}

// TestConformanceCalls: our own server's calls fail no case.
func TestConformanceCalls(t *testing.T) {
	t.Parallel()
	callsConform(t, false, 2*time.Second)
}

// TestConformanceCallsCommand: the command plays WeChat where it is said to, and a server that
// makes no calls fails. What is taken already is said.
func TestConformanceCallsCommand(t *testing.T) {
	t.Parallel()
	url, _, account := conformanceFiles(t)
	p := start(t, withTokens(t, testConfig(url, wechat.Secure)))
	args := []string{
		"--push-format", "json", "--account-file", account, "--calls-secret", "secretOfTheCalls", "--calls-patience", "1s", "--calls-quiet", "1s",
		"--v1-url", "http://" + p.internal.String(), "--v1-token", dispatchToken, "--calls-listen",
	}
	out, _ := conform(t, p, wechat.Secure, append(args, "127.0.0.1:0")...)
	for _, part := range []string{"\nfail     -     rule    calls_made ", "Got: within 1s no call with errcode 0 of 100001.", "skipped  -     rule    calls_nodes ", "(case calls_made)"} {
		if !strings.Contains(out, part) {
			t.Errorf("the report lacks %q:\n%s", part, out)
		}
	}
	if strings.Contains(out, "secretOfTheCalls") {
		t.Error("the report shows the AppSecret")
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer taken.Close()
	if out, err := conform(t, p, wechat.Secure, append(args, taken.Addr().String())...); err == nil || !strings.Contains(err.Error(), "--calls-listen: ") {
		t.Errorf("an address that is taken: %v\n%s", err, out)
	}
}
