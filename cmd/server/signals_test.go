package main

import (
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"carrierhook/internal/wechat"

	"github.com/jackc/pgx/v5"
)

// underWayAt is serve as a process that has a push under way: its waybill is locked
// by tx, and its result comes on the channel.
func underWayAt(t *testing.T) (cmd *exec.Cmd, p *program, tx pgx.Tx, answered <-chan error) {
	t.Helper()
	cmd, p = serving(t, withSamples(t))
	tx = lockSample(t, p.cfg.Database.URL.Value())
	result := make(chan error, 1)
	w := p.wechat(t, wechat.Secure, wechat.JSON)
	go func() {
		a, err := w.Cancel(t.Context(), sampleCancel(0))
		if code := a.Reply.ResultCode; err == nil && code != 0 && code != -1 { // the machine may be busy beyond the deadline
			err = fmt.Errorf("ResultCode %d", code)
		}
		result <- err
	}()
	p.underWay(t)
	return cmd, p, tx, result
}

// Signals that mean nothing to a server do nothing to it, and are in its log.
func TestSignalsThatMeanNothing(t *testing.T) {
	t.Parallel()
	cmd, p, tx, answered := underWayAt(t)
	defer tx.Rollback(t.Context())
	signals(t, cmd, syscall.SIGPIPE) // without a line: it may come of one
	for _, s := range []syscall.Signal{
		syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM, syscall.SIGVTALRM, syscall.SIGIO, syscall.SIGXCPU, syscall.SIGXFSZ,
	} {
		signals(t, cmd, s)
		p.log.wait(t, fmt.Sprintf(`"msg":"signal ignored","signal":%q`, s))
	}
	must(t, tx.Rollback(t.Context()))
	if err := <-answered; err != nil {
		t.Error(err)
	}
	want(t, p.wechat(t, wechat.Secure, wechat.XML), sampleCancel(0), 0)
	if n := strings.Count(p.log.String(), "signal ignored"); n != 8 {
		t.Errorf("%d lines of signals:\n%s", n, p.log)
	}
	stops(t, cmd, p.log, syscall.SIGTERM)
}

// Signals for the end let what is under way be finished, whichever comes
// again meanwhile.
func TestSignalsThatEnd(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			cmd, p, tx, answered := underWayAt(t)
			defer tx.Rollback(t.Context())
			signals(t, cmd, s)
			p.log.wait(t, `"msg":"draining"`)
			signals(t, cmd, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGHUP)
			p.log.wait(t, `"msg":"signal ignored"`) // by now the others have come too
			must(t, tx.Rollback(t.Context()))
			must(t, <-answered)
			if err := ends(t, cmd, p.log); err != nil || !strings.Contains(p.log.String(), `"msg":"stopped"}`) {
				t.Errorf("its end: %v\n%s", err, p.log)
			}
		})
	}
}

// What nohup started outlives its terminal.
func TestNohup(t *testing.T) {
	t.Parallel()
	cmd := process(t.TempDir(), carrierEnv, "sandbox", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--carrier", "http://127.0.0.1:1/wechat/push")
	sh, err := exec.LookPath("sh")
	must(t, err)
	cmd.Args = append([]string{"sh", "-c", `trap "" HUP; exec "$@"`, "sh"}, cmd.Args...)
	cmd.Path = sh
	out := new(output)
	cmd.Stdout, cmd.Stderr = out, out
	launch(t, cmd)
	merchants := merchantsAt(t, out)
	signals(t, cmd, syscall.SIGHUP, syscall.SIGUSR1)
	out.wait(t, `"msg":"signal ignored","signal":"user defined signal 1"`)
	callsOf(t, merchants)
	stops(t, cmd, out, syscall.SIGTERM)
}
