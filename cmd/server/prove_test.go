//go:build prove

package main

import (
	"testing"

	"carrierhook/internal/config"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// With the settings as they come, a push that finds its waybill locked is answered
// -1 before WeChat hangs up.
func TestProveLockedWaybill(t *testing.T) {
	url := withSamples(t)
	cfg, usual := testConfig(url, wechat.Secure), config.Default()
	cfg.WeChat.Deadline = usual.WeChat.Deadline
	cfg.Database.LockTimeout, cfg.Database.StatementTimeout = usual.Database.LockTimeout, usual.Database.StatementTimeout
	w := start(t, cfg).wechat(t, wechat.Secure, wechat.JSON)
	tx := lockSample(t, url)
	defer tx.Rollback(t.Context())
	a, err := w.Cancel(t.Context(), sampleCancel(0))
	if err != nil || a.Reply.ResultCode != -1 || a.Took > sandbox.Patience {
		t.Errorf("ResultCode %d after %v, %v", a.Reply.ResultCode, a.Took, err)
	}
}
