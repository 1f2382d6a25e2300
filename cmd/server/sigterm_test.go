package main

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"carrierhook/internal/wechat"
)

// SIGTERM: not ready any more, but serving until the drain is over. Another does not
// shorten that: an engine may send it to all it knows of us. A second Ctrl-C does.
func TestSigterm(t *testing.T) {
	t.Parallel()
	cmd, p := serving(t, withSamples(t), "CARRIERHOOK_SHUTDOWN_DRAIN=1h")
	if code, _ := get(t, p.public, "/readyz"); code != 200 {
		t.Errorf("ready: %d", code)
	}
	signals(t, cmd, syscall.SIGTERM)
	p.log.wait(t, `"msg":"draining"`)
	if code, body := get(t, p.public, "/readyz"); code != 503 || body != `{"status":"draining"}` {
		t.Errorf("draining: %d %s", code, body)
	}
	if code, _ := get(t, p.public, "/healthz"); code != 200 {
		t.Errorf("alive while draining: %d", code)
	}
	signals(t, cmd, syscall.SIGTERM, syscall.SIGQUIT)
	want(t, p.wechat(t, wechat.Secure, wechat.XML), sampleCancel(0), 0)
	signals(t, cmd, syscall.SIGINT)
	err := ends(t, cmd, p.log)
	if how, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || how.Signal() != syscall.SIGINT {
		t.Errorf("after the Ctrl-C: %v\n%s", err, p.log)
	}
	noSecrets(t, p.log.String())
}

// Once the drain is over, and not before, the program ends with exit 0.
func TestDrain(t *testing.T) {
	t.Parallel()
	const drain = 300 * time.Millisecond
	cmd, p := serving(t, withSamples(t), "CARRIERHOOK_SHUTDOWN_DRAIN="+drain.String())
	sent := time.Now()
	stops(t, cmd, p.log, syscall.SIGTERM)
	if took := time.Since(sent); took < drain {
		t.Errorf("it was over after %v", took)
	}
	_, rest, _ := strings.Cut(p.log.String(), `"msg":"draining"`)
	if !strings.Contains(rest, `"msg":"stopped"`) {
		t.Errorf("no last word:\n%s", p.log)
	}
	noSecrets(t, p.log.String())
}
