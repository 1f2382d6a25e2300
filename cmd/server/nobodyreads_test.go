package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// piped is the reading end of a process's output, which may stop reading.
type piped struct {
	tb   testing.TB
	r    *os.File
	log  *output
	idle chan struct{} // closed when the reader has stopped
}

// pipe makes a small pipe, which a few lines fill, and gives its writing end to a
// process that is about to start.
func pipe(tb testing.TB) (p *piped, w *os.File) {
	tb.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	const setSize, size = 1031, 4096 // F_SETPIPE_SZ
	raw, err := w.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { _, _, _ = syscall.Syscall(syscall.SYS_FCNTL, fd, setSize, size) })
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { r.Close() })
	p = &piped{tb: tb, r: r, log: new(output)}
	p.read(p.log)
	return p, w
}

// read reads from now on.
func (p *piped) read(into io.Writer) {
	p.tb.Helper()
	if err := p.r.SetReadDeadline(time.Time{}); err != nil {
		p.tb.Fatal(err)
	}
	p.idle = make(chan struct{})
	go func() {
		defer close(p.idle)
		_, _ = io.Copy(into, p.r)
	}()
}

// stop reads no more.
func (p *piped) stop() {
	p.tb.Helper()
	if err := p.r.SetReadDeadline(time.Now()); err != nil {
		p.tb.Fatal(err)
	}
	<-p.idle
}

// launch starts a process that is killed with the test.
func launch(tb testing.TB, cmd *exec.Cmd) {
	tb.Helper()
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	for _, f := range []io.Writer{cmd.Stdout, cmd.Stderr} { // the process has its own
		if f, ok := f.(*os.File); ok {
			f.Close()
		}
	}
	tb.Cleanup(func() { _ = cmd.Process.Kill() })
}

// servingInto is serve as a process whose log goes into a pipe.
func servingInto(t *testing.T) (cmd *exec.Cmd, p *program, log *piped) {
	t.Helper()
	url := withSamples(t)
	cmd = process(t.TempDir(), serveEnv(url, "127.0.0.1:0", "0s"), "serve")
	log, w := pipe(t)
	cmd.Stdout = w
	launch(t, cmd)
	p = &program{cfg: testConfig(url, wechat.Secure), log: log.log}
	p.waitReady(t)
	p.public, p.internal = listenedOn(t, log.log), internalOf(t, log.log)
	return cmd, p, log
}

// internalOf is where a process says that its internal side is.
func internalOf(t *testing.T, log *output) tcp {
	t.Helper()
	m := regexp.MustCompile(`"internal":"([^"]+)"`).FindStringSubmatch(log.String())
	if m == nil {
		t.Fatalf("no address in\n%s", log)
	}
	return tcp(m[1])
}

// pushes sends pushes, 16 at a time, until enough says so, and wants a right answer
// to each: what the answer is depends on how busy the machine is.
func pushes(t *testing.T, w *sandbox.Platform, enough func(sent int64) bool) {
	t.Helper()
	many := *w
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	defer transport.CloseIdleConnections()
	many.Client = &http.Client{Transport: transport}
	var sent atomic.Int64
	var pushing sync.WaitGroup
	for range 16 {
		pushing.Go(func() {
			for n := sent.Add(1); !enough(n); n = sent.Add(1) {
				m := sampleCancel(n)
				m.WayBillID = "none"
				if _, err := many.Cancel(t.Context(), m); err != nil {
					t.Errorf("push %d: %v", n, err)
					return
				}
			}
		})
	}
	pushing.Wait()
}

func upTo(limit int64) func(int64) bool { return func(sent int64) bool { return sent > limit } }

// dropped is how many lines of its log a server has lost.
func (p *program) dropped(t *testing.T) int {
	t.Helper()
	_, text := get(t, p.internal, "/metrics")
	m := regexp.MustCompile(`(?m)^carrierhook_log_lines_dropped_total (\S+)$`).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no such metric in\n%s", text)
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

// Nobody reads the log: pushes are answered, however many, and so is /healthz. What
// no longer fits is lost and counted, and the log says so when it is read again.
func TestNobodyReadsTheLog(t *testing.T) {
	t.Parallel()
	cmd, p, log := servingInto(t)
	log.stop()
	w := p.wechat(t, wechat.Secure, wechat.XML)
	var full atomic.Bool
	pushes(t, w, func(sent int64) bool {
		if sent%500 == 0 && p.dropped(t) > 0 {
			full.Store(true)
		}
		return full.Load() || sent > 20*logQueueLines
	})
	pushes(t, w, upTo(100))
	if code, _ := get(t, p.public, "/healthz"); code != 200 {
		t.Errorf("/healthz: %d", code)
	}
	lost := p.dropped(t)
	if lost < 100 {
		t.Errorf("%d lines were dropped", lost)
	}

	var read lineCount
	log.read(&read)
	eventually(t, "the log says how many lines were lost", func() bool { return read.lost.Load() == int64(lost) })
	m := sampleCancel(1)
	m.WayBillID = "the last one"
	want(t, w, m, 30001)
	eventually(t, "the log goes on", read.last.Load)

	log.stop()
	pushes(t, w, upTo(50)) // which fill the pipe
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := ends(t, cmd, p.log); err != nil {
		t.Errorf("its end, while nobody reads: %v", err)
	}
}

// lineCount adds up the lines that a log says were lost.
type lineCount struct {
	rest []byte
	lost atomic.Int64
	last atomic.Bool // the last push was read
}

func (c *lineCount) Write(b []byte) (int, error) {
	c.rest = append(c.rest, b...)
	for {
		line, rest, whole := bytes.Cut(c.rest, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		var l struct {
			Msg       string
			Lines     int64
			WaybillID string `json:"waybill_id"`
		}
		if err := json.Unmarshal(line, &l); err != nil {
			return 0, err
		}
		if l.Msg == "log lines dropped" {
			c.lost.Add(l.Lines)
		}
		if l.WaybillID == "the last one" {
			c.last.Store(true)
		}
		c.rest = rest
	}
}

// Who read the log has gone: the server neither ends nor stops.
func TestLogWithoutReader(t *testing.T) {
	t.Parallel()
	cmd, p, log := servingInto(t)
	log.stop()
	if err := log.r.Close(); err != nil {
		t.Fatal(err)
	}
	pushes(t, p.wechat(t, wechat.Secure, wechat.JSON), upTo(50))
	eventually(t, "lines are lost", func() bool { return p.dropped(t) >= 50 })
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := ends(t, cmd, p.log); err != nil {
		t.Errorf("its end: %v", err)
	}
}

// merchantsAt is where a sandbox, or a demo's, says that merchants call it.
func merchantsAt(t *testing.T, out *output) string {
	t.Helper()
	out.wait(t, "Instant delivery (即时配送): place")
	m := regexp.MustCompile(`Merchants: (\S+)`).FindStringSubmatch(out.String())
	if m == nil {
		t.Fatalf("no address in\n%s", out)
	}
	return m[1]
}

// calls makes calls of a merchant, each of which is a line in the sandbox's log.
func calls(t *testing.T, merchants string) {
	t.Helper()
	for i := range 60 {
		res, err := http.Get(fmt.Sprintf("%s/cgi-bin/token?n=%d", merchants, i))
		if err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
}

// carrierEnv is what a sandbox has to know of a carrier.
var carrierEnv = []string{
	"CARRIERHOOK_WECHAT_USER_NAME=gh_abcdefg", "CARRIERHOOK_WECHAT_APP_ID=wxb11529c136998cb6",
	"CARRIERHOOK_WECHAT_TOKEN=" + testToken, "CARRIERHOOK_WECHAT_AES_KEY=" + testAESKey,
}

// What runs in a terminal does not depend on its log's reader either, and ends when
// the terminal is closed.
func TestTerminalThatStops(t *testing.T) {
	t.Parallel()
	any := []string{"--listen", "127.0.0.1:0"}
	for name, args := range map[string][]string{
		"demo":    append(any, "--internal-listen", "127.0.0.1:0"),
		"sandbox": append(any, "--control", "127.0.0.1:0", "--carrier", "http://127.0.0.1:1/wechat/push"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := process(dataDir(t), nil, append([]string{name}, args...)...)
			if name == "sandbox" {
				cmd.Env = append(cmd.Env, carrierEnv...)
			}
			out := new(output)
			log, w := pipe(t)
			cmd.Stdout, cmd.Stderr = out, w
			launch(t, cmd)
			merchants := merchantsAt(t, out)
			log.stop()
			calls(t, merchants) // which fill the pipe
			if err := log.r.Close(); err != nil {
				t.Fatal(err)
			}
			calls(t, merchants)
			if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
			if err := ends(t, cmd, log.log); err != nil {
				t.Errorf("its end: %v", err)
			}
			if _, err := net.Dial("tcp", strings.TrimPrefix(merchants, "http://")); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("after its end: %v", err)
			}
			if name == "demo" {
				noPostgres(t, cmd.Dir)
			}
		})
	}
}

// noPostgres fails the test where an embedded Postgres was not stopped in order.
func noPostgres(t *testing.T, dir string) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(dir, demoDir, "pg*", "postmaster.pid"))
	if data, _ := filepath.Glob(filepath.Join(dir, demoDir, "pg*", "PG_VERSION")); err != nil || len(data) != 1 || len(left) > 0 {
		t.Errorf("data in %q, a server by %q, %v", data, left, err)
	}
}

// A demo whose greeting nobody reads to its end, as in a terminal that was stopped,
// ends when it is asked to.
func TestGreetingNobodyReads(t *testing.T) {
	t.Parallel()
	cmd := process(dataDir(t), nil, "demo", "--listen", "127.0.0.1:0", "--internal-listen", "127.0.0.1:0")
	greeting, w := pipe(t)
	greeting.stop()
	log := new(output)
	cmd.Stdout, cmd.Stderr = w, log
	launch(t, cmd)
	if err := greeting.r.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := greeting.r.Read(make([]byte, 1)); err != nil {
		t.Fatalf("no greeting: %v\n%s", err, log)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := ends(t, cmd, log); err != nil {
		t.Errorf("its end: %v", err)
	}
}
