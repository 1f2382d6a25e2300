//go:build interop

package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/store/storetest"
)

// promtool takes the rules that the runbook prints, all of them, without a word of
// advice.
func TestInteropAlertRules(t *testing.T) {
	text := block(t, section(t, "docs/runbook.md", "## Alerts"), "yaml")
	rules := filepath.Join(t.TempDir(), "rules.yml")
	storetest.Must(t, os.WriteFile(rules, []byte(text), 0o600))
	said := mustSay(t, "", "promtool", "check", "rules", "--lint=all", "--lint-fatal", rules)
	alerts := strings.Count(text, "- alert:")
	if want := fmt.Sprintf(" %d rules found", alerts); alerts == 0 || !strings.Contains(said, want) {
		t.Errorf("promtool says of the rules of docs/runbook.md:\n%s\nwant %q", said, want)
	}
}

// The alert on guessing fires on many different wrong passwords and on what exceeds
// the comparisons, and neither on merchants with an old password, which are wrong once
// a minute each, nor on what is right.
func TestInteropGuessingAlert(t *testing.T) {
	text := block(t, section(t, "docs/runbook.md", "## Alerts"), "yaml")
	dir := t.TempDir()
	rules := filepath.Join(dir, "rules.yml")
	storetest.Must(t, os.WriteFile(rules, []byte(text), 0o600))
	for name, tt := range map[string]struct {
		perMinute map[string]int // checks at each of two servers
		fires     bool
	}{
		"different wrong ones":              {map[string]int{"wrong": 60}, true},
		"more than is compared":             {map[string]int{"wrong": 10, "too_many": 600}, true},
		"20 merchants with an old password": {map[string]int{"wrong": 20, "cached_wrong": 6000, "right": 5, "cached_right": 60000}, false},
		"a start":                           {map[string]int{"right": 600, "cached_right": 60000}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var file strings.Builder
			fmt.Fprintf(&file, "rule_files: [%s]\nevaluation_interval: 1m\ntests:\n  - interval: 1m\n    input_series:\n", rules)
			for _, reason := range []string{"right", "wrong", "cached_right", "cached_wrong", "too_many"} {
				for _, server := range []string{"a", "b"} {
					fmt.Fprintf(&file, "      - series: 'carrierhook_password_checks_total{instance=\"%s\",reason=\"%s\"}'\n        values: 0+%dx20\n",
						server, reason, tt.perMinute[reason])
				}
			}
			file.WriteString("    alert_rule_test:\n      - alertname: Guessing\n        eval_time: 15m\n        exp_alerts: [")
			if tt.fires {
				file.WriteString("{}")
			}
			file.WriteString("]\n")
			test := filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".yml")
			storetest.Must(t, os.WriteFile(test, []byte(file.String()), 0o600))
			if said := mustSay(t, "", "promtool", "test", "rules", test); !strings.Contains(said, "SUCCESS") {
				t.Errorf("promtool says\n%s", said)
			}
		})
	}
}

// The alerts on calls to WeChat fire on the first code that needs somebody; and on quotas that are nearly used up, but
// not on those that a server had read long ago, when it still called.
func TestInteropCallAlerts(t *testing.T) {
	dir := t.TempDir()
	rules, test := filepath.Join(dir, "rules.yml"), filepath.Join(dir, "test.yml")
	storetest.Must(t, os.WriteFile(rules, []byte(block(t, section(t, "docs/runbook.md", "## Alerts"), "yaml")), 0o600))
	const text = `rule_files: [%s]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: 'carrierhook_endpoint_attempts_total{endpoint="wechat.main.updatePath",instance="a",result="setup"}', values: '0x9 1x4 2x4 3x4 3x90'}
      - {series: 'carrierhook_wechat_quota_remaining_calls{account="main",instance="a",path="/p"}', values: '50x120'}
      - {series: 'carrierhook_wechat_quota_limit_calls{account="main",instance="a",path="/p"}', values: '1000x120'}
    alert_rule_test:
      - {alertname: CallsNeedSomebody, eval_time: 9m, exp_alerts: []}
      - {alertname: CallsNeedSomebody, eval_time: 11m, exp_alerts: [{exp_labels: {endpoint: wechat.main.updatePath}}]}
      - {alertname: CallsNeedSomebody, eval_time: 40m, exp_alerts: []}
      - {alertname: CallsRunOut, eval_time: 30m, exp_alerts: [{exp_labels: {account: main, instance: a, path: /p}}]}
      - {alertname: CallsRunOut, eval_time: 100m, exp_alerts: []}
`
	storetest.Must(t, os.WriteFile(test, fmt.Appendf(nil, text, rules), 0o600))
	if said := mustSay(t, "", "promtool", "test", "rules", test); !strings.Contains(said, "SUCCESS") {
		t.Errorf("promtool says\n%s", said)
	}
}

// promtool reads what a server says of itself, and has nothing against names, types
// and texts: after pushes that were answered and refused, and calls of the carrier's
// own systems, so that there are series of all kinds.
func TestInteropMetrics(t *testing.T) {
	s := serve(t, stocked(t), "WECHAT_MODE=secure", "WECHAT_DEADLINE=4500ms")
	w := platform{t, s.public, byOpenSSL{}, "xml", false}
	cancel := w.cancel("o1", "n1", time.Now().Unix())
	w.want(cancel, map[string]string{"ResultCode": "0"})
	w.want(cancel, map[string]string{"ResultCode": "0"})
	w.refused(cancel)
	w.want(w.booking("metrics", "123456780"), map[string]string{"ResultCode": "0"})
	if code, body := w.curl(s.internal+"/v1/waybills/xyz/n1", ""); code != 200 {
		t.Errorf("the waybill: %d %s", code, body)
	}
	code, metrics := w.curl(s.internal+"/metrics", "")
	for _, part := range []string{`carrierhook_pushes_total{account="main",event="add_waybill"`, "carrierhook_refusals_total{", "carrierhook_push_duration_seconds_bucket{", "carrierhook_api_requests_total{"} {
		if code != 200 || !strings.Contains(metrics, part) {
			t.Errorf("the metrics lack %s", part)
		}
	}
	if said := mustSay(t, metrics, "promtool", "check", "metrics"); said != "" {
		t.Errorf("promtool says of the metrics:\n%s", said)
	}
}
