package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"carrierhook/internal/conformance"
	"carrierhook/internal/demo"
	"carrierhook/internal/store"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/wechat"
)

// conformanceFiles is a database with the rows of a conformance run, and the
// files that tell of them.
func conformanceFiles(tb testing.TB) (url, waybills, account string) {
	tb.Helper()
	url = withSamples(tb)
	st, err := store.Open(context.Background(), storeOptions(demo.Config(), url))
	must(tb, err)
	defer st.Close()
	merchants, rows, given := conformanceRows(time.Now())
	must(tb, st.Express.Reset(context.Background(), merchants, rows))
	must(tb, st.Instant.ResetShops(context.Background(), conformanceShops()))
	var list []map[string]any // a password does not show itself in JSON
	for _, w := range given {
		list = append(list, map[string]any{
			"code": w.Code, "biz_id": w.BizID, "biz_pwd": string(w.BizPwd), "order_id": w.OrderID,
			"waybill_id": w.WayBillID, "shop_app_id": w.ShopAppID,
		})
	}
	a := conformanceAccount() // sender and receiver are WeChat's sample, as without them
	merchant := map[string]any{
		"biz_id": a.BizID, "biz_pwd": string(a.BizPwd), "shop_app_id": a.ShopAppID, "quota": a.Quota,
		"service_type": a.ServiceType, "service_name": a.ServiceName,
		"numbers": map[string]any{"prefix": a.Numbers.Prefix, "width": a.Numbers.Width},
	}
	file := func(name string, v any) string {
		dir := opened(tb, filepath.Join(tb.TempDir(), "given"))
		must(tb, demo.WriteJSON(dir, name, v))
		return dir.Join(name)
	}
	return url, file("waybills.json", list), file("account.json", merchant)
}

// secretFile has a secret as an editor leaves it.
func secretFile(tb testing.TB, secret string) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "secret")
	must(tb, os.WriteFile(path, []byte(secret+"\n"), 0o600))
	return path
}

// conform runs the command against the program.
func conform(tb testing.TB, p *program, mode wechat.Mode, args ...string) (string, error) {
	tb.Helper()
	cmd := command()
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(append([]string{
		"conformance", "--url", p.url(), "--user-name", p.cfg.WeChat.UserName, "--app-id", p.cfg.WeChat.AppID,
		"--token", testToken, "--aes-key", testAESKey, "--mode", mode.String(),
	}, args...))
	err := cmd.ExecuteContext(tb.Context())
	noSecrets(tb, out.String())
	return out.String(), err
}

// conforms runs every case against our own server and wants none to fail, and every
// one to be run that can be. It returns the cases whose reply was right, but later
// than WeChat waits: that is the machine's as well as ours.
func conforms(t *testing.T, mode wechat.Mode) (late []string) {
	t.Helper()
	url, waybills, account := conformanceFiles(t)
	const otherToken, otherKey = "another token of the test's", "zyxwvutsrqponmlkjihgfedcba9876543210ABCDEFG"
	cfg := testConfig(url, mode)
	cfg.WeChat.PreviousToken, cfg.WeChat.PreviousAESKey = otherToken, otherKey
	out, err := conform(t, start(t, cfg), mode, "--previous-token", otherToken, "--previous-aes-key", otherKey, "--next-token", otherToken, "--waybills", waybills, "--account-file", account,
		"--shop-id", conformanceShopID, "--shop-secret-file", secretFile(t, demo.ShopSecret), "--format", "json", "--patience", "2m")
	var report conformance.Report
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if strings.Contains(out, otherToken) || strings.Contains(out, otherKey) {
		t.Error("the report shows the previous Token or AES key")
	}
	for _, r := range report.Results {
		if r.Verdict == conformance.Fail && strings.Contains(r.Got, "which WeChat does not wait for") {
			late = append(late, r.Case+": "+r.Got)
		}
		if r.Verdict == conformance.Skipped && !strings.Contains(r.Got, "does not arise") && r.Case != "code_-1" &&
			!strings.HasPrefix(r.Case, "calls_") { // TestConformanceCalls has those
			t.Errorf("%s/%s was not run: %s", r.Format, r.Case, r.Got)
		}
	}
	if (err != nil) != (report.Failed > 0) || report.Failed != len(late) {
		t.Errorf("%v\n%s", err, out)
	}
	if report.Passed < 100 || report.Mode != mode.String() || len(report.PushFormats) != 2 {
		t.Errorf("%d passed, %d failed, in %s and %v", report.Passed, report.Failed, report.Mode, report.PushFormats)
	}
	return late
}

// TestConformance: our own server fails no case, in any mode and format. That no
// reply is late, TestProveConformance wants.
func TestConformance(t *testing.T) {
	t.Parallel()
	for _, mode := range wechat.Modes() {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			conforms(t, mode)
		})
	}
}

// TestConformanceFails: a server that is not what the flags say fails the run,
// and the report says so on a line a case.
func TestConformanceFails(t *testing.T) {
	t.Parallel()
	p := start(t, testConfig(storetest.URL(t), wechat.Plain))
	out, err := conform(t, p, wechat.Secure, "--push-format", "xml")
	if !errors.Is(err, errShown) {
		t.Errorf("a plain server passed for a secure one: %v", err)
	}
	for _, part := range []string{"\nfail     xml   rule    answer ", "failed: xml/answer", "does not arise in xml", "Expected: ", "Got: HTTP 403"} {
		if !strings.Contains(out, part) {
			t.Errorf("the report lacks %q:\n%s", part, out)
		}
	}
	p.cfg.WeChat.UserName = ""
	if out, err := conform(t, p, wechat.Plain); err == nil || !strings.Contains(err.Error(), "--user-name") {
		t.Errorf("without a user name: %v\n%s", err, out)
	}
	for _, wrong := range [][]string{
		{"--push-format", "yaml"}, {"--format", "xml"}, {"--waybill", "0"}, {"--waybill", "x=a:b:c:d"}, {"--waybill", "0=a:b::d"},
		{"--waybills", "no such file"}, {"--account", "xyz"}, {"--account-file", "no such file"},
		{"--account", "a:b", "--account-file", "both"}, {"--shop-id", "a"}, {"--shop-secret", "b"}, {"--shop-secret-file", secretFile(t, "b")},
		{"--shop-id", "a", "--shop-secret-file", "no such file"}, {"--shop-id", "a", "--shop-secret-file", secretFile(t, "")},
		{"--shop-id", "a", "--shop-secret", "b", "--shop-secret-file", secretFile(t, "b")},
		{"--calls-listen", "127.0.0.1:0"}, {"--calls-listen", "127.0.0.1:0", "--calls-secret", "s"},
		{"--calls-listen", "127.0.0.1:0", "--scan-command", "report {waybill_id} {action_type}"},
		{"--calls-listen", "127.0.0.1:0", "--calls-secret", "s", "--scan-command", "report"},
		{"--calls-listen", "127.0.0.1:0", "--calls-secret-file", "no such file", "--v1-url", "http://127.0.0.1:1"},
		{"--calls-listen", "127.0.0.1:0", "--calls-secret", "s", "--v1-url", "http://127.0.0.1:1", "--v1-token-file", "no such file"},
		{"--calls-listen", "127.0.0.1:0", "--calls-secret", "s", "--v1-url", "http://127.0.0.1:1", "--calls-quiet", "0s"},
		{"--calls-listen", "nowhere", "--calls-secret", "s", "--v1-url", "http://127.0.0.1:1"},
	} {
		p.cfg.WeChat.UserName = "gh_abcdefg"
		_, err := conform(t, p, wechat.Plain, wrong...)
		if err == nil || errors.Is(err, errShown) || strings.HasPrefix(wrong[0], "--shop") && !strings.Contains(err.Error(), "shop-") {
			t.Errorf("%v was taken: %v", wrong, err)
		}
	}
}

// TestConformanceBesideDemo: without flags the running demo is tried, and as
// completely the second time; WeChat's sample is left as it was.
func TestConformanceBesideDemo(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	c := cli{tb: t, dir: dir}
	c.refuses("no demo is running", "conformance")
	cmd, log := demoProcess(t, dir, "compatible")
	for range 2 {
		out := c.says(", 0 failed", "conformance", "--patience", "2m")
		if strings.Contains(out, "no waybill is left") || skippedBesides(out, "code_-1", "previous_secrets", "next_secrets") {
			t.Error(out)
		}
		noSecrets(t, out)
		cred := credentials(t, dir)
		if slices.ContainsFunc([]string{cred.Token, cred.AESKey}, func(s string) bool { return strings.Contains(out, s) }) {
			t.Error("the report shows a credential")
		}
	}
	c.says("ResultCode 0", "push") // WeChat's sample was not used up
	stops(t, cmd, log, syscall.SIGTERM)
	c.refuses("no demo is running", "conformance")
}

// skippedBesides tells whether a report skips other cases than these, though they could
// have been arranged.
func skippedBesides(report string, these ...string) bool {
	for _, line := range regexp.MustCompile(`(?m)^skipped .*$`).FindAllString(report, -1) {
		name := strings.Fields(line)[3]
		if !strings.Contains(line, "does not arise") && !slices.Contains(these, name) && !strings.HasPrefix(name, "calls_") {
			return true
		}
	}
	return false
}

// TestConformanceDocumented: docs/conformance.md has every case with its basis,
// and every flag; its waybills can be read.
func TestConformanceDocumented(t *testing.T) {
	t.Parallel()
	text := read(t, "../../docs/conformance.md")
	_, table, _ := strings.Cut(text, "## The cases")
	for _, c := range conformance.Cases() {
		row := regexp.MustCompile("(?m)^\\|.*`" + c.Name + "`.*").FindString(table)
		if row == "" {
			t.Errorf("docs/conformance.md has no row for the case %s", c.Name)
		}
		advised := strings.Contains(row, "`"+c.Name+"` (advice)") || strings.HasSuffix(strings.Split(row, "|")[1], "(advice) ") && c.Basis == conformance.Advice
		if advised != (c.Basis == conformance.Advice) {
			t.Errorf("docs/conformance.md calls the case %s not what it is, %s", c.Name, c.Basis)
		}
	}
	flags := regexp.MustCompile(`(?m)^ +(--[a-z-]+)`).FindAllStringSubmatch(conformanceCommand().Flags().FlagUsages(), -1)
	if len(flags) < 15 {
		t.Errorf("found only %d flags", len(flags))
	}
	for _, f := range flags {
		if !strings.Contains(text, "`"+f[1]) {
			t.Errorf("docs/conformance.md has no flag %s", f[1])
		}
	}
	for _, m := range regexp.MustCompile(`--waybill '([^']+)'`).FindAllStringSubmatch(text, -1) {
		if _, err := conformance.ParseWaybill(m[1]); err != nil {
			t.Errorf("%s: %v", m[1], err)
		}
	}
	files := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(text, -1)
	if all, err := conformance.ParseWaybills([]byte(files[0][1])); err != nil || len(all) != 2 {
		t.Errorf("the file of the page: %d waybills, %v", len(all), err)
	}
	if _, err := conformance.ParseAccountFile([]byte(files[1][1])); err != nil {
		t.Errorf("the account of the page: %v", err)
	}
	commands := regexp.MustCompile("(?:--scan-command '|`)(\\[\"[^`]+|report-scan [^']+)").FindAllStringSubmatch(text, -1)
	for _, m := range commands {
		if _, err := conformance.ParseScanCommand(m[1], nil); err != nil {
			t.Errorf("%s: %v", m[1], err)
		}
	}
	if len(commands) != 2 {
		t.Errorf("found %d commands that report a scan", len(commands))
	}
	for _, m := range regexp.MustCompile(`--account '([^']+)'`).FindAllStringSubmatch(text, -1) {
		if _, err := conformance.ParseAccount(m[1]); err != nil {
			t.Errorf("%s: %v", m[1], err)
		}
	}
}
