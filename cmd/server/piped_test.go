package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"carrierhook/internal/sandbox"
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
	must(tb, err)
	const setSize, size = 1031, 4096 // F_SETPIPE_SZ
	raw, err := w.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { _, _, _ = syscall.Syscall(syscall.SYS_FCNTL, fd, setSize, size) })
	}
	must(tb, err)
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
	return int(p.metric(t, "carrierhook_log_lines_dropped_total"))
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
