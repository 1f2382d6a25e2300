package main

import (
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"carrierhook/internal/wechat"
)

// process is the program as a process of its own, run in a directory.
func process(dir string, env []string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = slices.Concat(os.Environ(), []string{asProgram + "=1"}, env)
	return cmd
}

// launch starts a process that is killed with the test.
func launch(tb testing.TB, cmd *exec.Cmd) {
	tb.Helper()
	must(tb, cmd.Start())
	for _, f := range []io.Writer{cmd.Stdout, cmd.Stderr} { // the process has its own
		if f, ok := f.(*os.File); ok {
			f.Close()
		}
	}
	tb.Cleanup(func() { _ = cmd.Process.Kill() })
}

func signals(t *testing.T, cmd *exec.Cmd, all ...syscall.Signal) {
	t.Helper()
	for _, s := range all {
		must(t, cmd.Process.Signal(s))
	}
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

// stops sends a signal, and wants a process to end with exit 0.
func stops(t *testing.T, cmd *exec.Cmd, log *output, s syscall.Signal) {
	t.Helper()
	signals(t, cmd, s)
	if err := ends(t, cmd, log); err != nil {
		t.Errorf("its end: %v\n%s", err, log)
	}
}

// carrierEnv is what a sandbox or a push has to know of a carrier, serveEnv what a
// server on a database has to know.
var carrierEnv = []string{
	"CARRIERHOOK_WECHAT_USER_NAME=gh_abcdefg", "CARRIERHOOK_WECHAT_APP_ID=wxb11529c136998cb6",
	"CARRIERHOOK_WECHAT_TOKEN=" + testToken, "CARRIERHOOK_WECHAT_AES_KEY=" + testAESKey,
}

func serveEnv(url string, more ...string) []string {
	return slices.Concat(carrierEnv, []string{
		"CARRIERHOOK_LISTEN=127.0.0.1:0", "CARRIERHOOK_INTERNAL_LISTEN=127.0.0.1:0", "CARRIERHOOK_DATABASE_URL=" + url, "CARRIERHOOK_SHUTDOWN_DRAIN=0s",
	}, more)
}

// serving starts serve as a process on a database, with further settings, and waits
// until it is ready.
func serving(t *testing.T, url string, env ...string) (cmd *exec.Cmd, p *program) {
	t.Helper()
	return servingIn(t, t.TempDir(), url, env...)
}

// servingIn is serving in a directory, which may have a config.yaml.
func servingIn(t *testing.T, dir, url string, env ...string) (cmd *exec.Cmd, p *program) {
	t.Helper()
	cmd, log := process(dir, serveEnv(url, env...), "serve"), new(output)
	cmd.Stdout, cmd.Stderr = log, log
	return cmd, served(t, cmd, url, log)
}

// servingInto is serving with a log that goes into a pipe.
func servingInto(t *testing.T) (cmd *exec.Cmd, p *program, log *piped) {
	t.Helper()
	url := withSamples(t)
	cmd = process(t.TempDir(), serveEnv(url), "serve")
	log, w := pipe(t)
	cmd.Stdout = w
	return cmd, served(t, cmd, url, log.log), log
}

func served(t *testing.T, cmd *exec.Cmd, url string, log *output) *program {
	t.Helper()
	launch(t, cmd)
	p := &program{cfg: testConfig(url, wechat.Secure), log: log}
	p.waitReady(t)
	m := regexp.MustCompile(`"public":"([^"]+)","internal":"([^"]+)"`).FindStringSubmatch(log.String())
	if m == nil {
		t.Fatalf("no addresses in\n%s", log)
	}
	p.public, p.internal = tcp(m[1]), tcp(m[2])
	return p
}

// tcp is an address that a process logged.
type tcp string

func (tcp) Network() string  { return "tcp" }
func (a tcp) String() string { return string(a) }

// cli runs commands of the program, each as a process of its own, to their ends.
type cli struct {
	tb  testing.TB
	dir string
	env []string
	in  string // what they read
}

// on is a command line on a database.
func on(tb testing.TB, url string, env ...string) cli {
	return cli{tb: tb, dir: tb.TempDir(), env: append(env, "CARRIERHOOK_DATABASE_URL="+url)}
}

func (c cli) reading(text string) cli {
	c.in = text
	return c
}

func (c cli) run(args ...string) (string, error) {
	cmd := process(c.dir, c.env, args...)
	cmd.Stdin = strings.NewReader(c.in)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// says wants a command to succeed, and to say this.
func (c cli) says(part string, args ...string) (out string) {
	c.tb.Helper()
	out, err := c.run(args...)
	if err != nil || !strings.Contains(out, part) {
		c.tb.Errorf("%q: want %q, got %v\n%s", args, part, err, out)
	}
	return out
}

// refuses wants a command to fail, and to say this.
func (c cli) refuses(part string, args ...string) (out string) {
	c.tb.Helper()
	out, err := c.run(args...)
	if err == nil || !strings.Contains(out, part) {
		c.tb.Errorf("%q: want a refusal with %q, got %v\n%s", args, part, err, out)
	}
	return out
}
