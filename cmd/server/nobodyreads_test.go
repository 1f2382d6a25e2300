package main

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"carrierhook/internal/demo"
	"carrierhook/internal/wechat"
)

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
	// A push is answered before its line is written, so one more may have been lost since.
	eventually(t, "the log says how many lines were lost", func() bool { return read.lost.Load() == int64(p.dropped(t)) })
	m := sampleCancel(1)
	m.WayBillID = "the last one"
	want(t, w, m, 30001)
	eventually(t, "the log goes on", read.last.Load)

	log.stop()
	pushes(t, w, upTo(50)) // which fill the pipe
	stops(t, cmd, p.log, syscall.SIGTERM)
}

// Who read the log has gone: the server neither ends nor stops.
func TestLogWithoutReader(t *testing.T) {
	t.Parallel()
	cmd, p, log := servingInto(t)
	log.stop()
	must(t, log.r.Close())
	pushes(t, p.wechat(t, wechat.Secure, wechat.JSON), upTo(50))
	eventually(t, "lines are lost", func() bool { return p.dropped(t) >= 50 })
	stops(t, cmd, p.log, syscall.SIGTERM)
}

// merchantsAt is where a sandbox, or a demo's, says that merchants call it.
func merchantsAt(t *testing.T, out *output) string {
	t.Helper()
	out.wait(t, "Control: ")
	m := regexp.MustCompile(`Merchants: (\S+)`).FindStringSubmatch(out.String())
	if m == nil {
		t.Fatalf("no address in\n%s", out)
	}
	return m[1]
}

// callsOf makes calls of a merchant, each of which is a line in the sandbox's log.
func callsOf(t *testing.T, merchants string) {
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
			callsOf(t, merchants) // which fill the pipe
			must(t, log.r.Close())
			callsOf(t, merchants)
			stops(t, cmd, log.log, syscall.SIGHUP)
			if name == "demo" {
				noPostgres(t, cmd.Dir)
			}
		})
	}
}

// noPostgres fails the test where an embedded Postgres was not stopped in order.
func noPostgres(t *testing.T, dir string) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(dir, demo.Dir, "pg*", "postmaster.pid"))
	if data, _ := filepath.Glob(filepath.Join(dir, demo.Dir, "pg*", "PG_VERSION")); err != nil || len(data) != 1 || len(left) > 0 {
		t.Errorf("data in %q, a server by %q, %v", data, left, err)
	}
}

// A demo whose greeting nobody reads to its end, as in a terminal that was stopped,
// ends at the signal.
func TestGreetingNobodyReads(t *testing.T) {
	t.Parallel()
	cmd := process(dataDir(t), nil, "demo", "--listen", "127.0.0.1:0", "--internal-listen", "127.0.0.1:0")
	greeting, w := pipe(t)
	greeting.stop()
	log := new(output)
	cmd.Stdout, cmd.Stderr = w, log
	launch(t, cmd)
	must(t, greeting.r.SetReadDeadline(time.Time{}))
	if _, err := greeting.r.Read(make([]byte, 1)); err != nil {
		t.Fatalf("no greeting: %v\n%s", err, log)
	}
	stops(t, cmd, log, syscall.SIGTERM)
}
