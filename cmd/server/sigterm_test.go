package main

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"carrierhook/internal/wechat"
)

// serving starts serve as a process and waits until it is ready.
func serving(t *testing.T, drain time.Duration) (cmd *exec.Cmd, p *program) {
	t.Helper()
	return servingOn(t, withSamples(t), drain)
}

// servingOn is serving on a database, with further settings.
func servingOn(t *testing.T, url string, drain time.Duration, env ...string) (cmd *exec.Cmd, p *program) {
	t.Helper()
	return servingIn(t, t.TempDir(), url, drain, env...)
}

// servingIn is servingOn in a directory, which may have a config.yaml.
func servingIn(t *testing.T, dir, url string, drain time.Duration, env ...string) (cmd *exec.Cmd, p *program) {
	t.Helper()
	cmd = process(dir, append(serveEnv(url, "127.0.0.1:0", drain.String()), env...), "serve")
	log := new(output)
	cmd.Stdout, cmd.Stderr = log, log
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	p = &program{cfg: testConfig(url, wechat.Secure), log: log}
	p.waitReady(t)
	p.public, p.internal = listenedOn(t, log), internalOf(t, log)
	return cmd, p
}

// ends waits until a process has ended.
func ends(t *testing.T, cmd *exec.Cmd, log *output) error {
	t.Helper()
	over := make(chan error, 1)
	go func() { over <- cmd.Wait() }()
	select {
	case err := <-over:
		return err
	case <-time.After(patience):
		t.Fatalf("it does not end:\n%s", log)
		return nil
	}
}

// SIGTERM: not ready any more, but serving until the drain is over. Another does not
// shorten that: an engine may send it to all it knows of us. A second Ctrl-C does.
func TestSigterm(t *testing.T) {
	t.Parallel()
	cmd, p := serving(t, time.Hour)
	if code, _ := get(t, p.public, "/readyz"); code != 200 {
		t.Errorf("ready: %d", code)
	}
	must(t, cmd.Process.Signal(syscall.SIGTERM))
	p.log.wait(t, `"msg":"draining"`)
	if code, body := get(t, p.public, "/readyz"); code != 503 || body != `{"status":"draining"}` {
		t.Errorf("draining: %d %s", code, body)
	}
	if code, _ := get(t, p.public, "/healthz"); code != 200 {
		t.Errorf("alive while draining: %d", code)
	}
	for _, again := range []syscall.Signal{syscall.SIGTERM, syscall.SIGQUIT} {
		must(t, cmd.Process.Signal(again))
	}
	want(t, p.wechat(t, wechat.Secure, wechat.XML), sampleCancel(0), 0)
	must(t, cmd.Process.Signal(os.Interrupt))
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
	cmd, p := serving(t, drain)
	sent := time.Now()
	must(t, cmd.Process.Signal(syscall.SIGTERM))
	if err := ends(t, cmd, p.log); err != nil {
		t.Errorf("exit: %v\n%s", err, p.log)
	}
	if took := time.Since(sent); took < drain {
		t.Errorf("it was over after %v", took)
	}
	_, rest, _ := strings.Cut(p.log.String(), `"msg":"draining"`)
	if !strings.Contains(rest, `"msg":"stopped"`) {
		t.Errorf("no last word:\n%s", p.log)
	}
	noSecrets(t, p.log.String())
}
