//go:build prove

package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/handler"
	"carrierhook/internal/localpg"
	"carrierhook/internal/store"
	"carrierhook/internal/wechat"
)

// maxMemory is how much the server may have taken, at its peak.
const maxMemory = 256 << 20

// peak is the most memory that a process has had.
func peak(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	must(t, err)
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	kib, _, found := strings.Cut(strings.TrimSpace(rest), " kB")
	n, err := strconv.Atoi(kib)
	if !found || err != nil {
		t.Fatalf("no peak in\n%s", text)
	}
	return n << 10
}

func withinMemory(t *testing.T, cmd *exec.Cmd, when string) {
	t.Helper()
	used := peak(t, cmd)
	t.Logf("%s: %d MiB", when, used>>20)
	if used > maxMemory {
		t.Errorf("%s the server took %d MiB, at most %d are allowed", when, used>>20, maxMemory>>20)
	}
}

// As many connections as may be, first silent, and then idle after a request.
func TestProveIdleConnections(t *testing.T) {
	cmd, p := serving(t, withSamples(t))
	withinMemory(t, cmd, "at the start")
	conns := make([]net.Conn, config.Default().MaxConnections)
	for i := range conns {
		conns[i] = opens(t, p.public)
	}
	answers(t, conns[len(conns)-1], "GET /healthz") // all before it are accepted
	withinMemory(t, cmd, fmt.Sprintf("with %d silent connections", len(conns)))
	for _, c := range conns {
		answers(t, c, "GET /healthz")
	}
	withinMemory(t, cmd, fmt.Sprintf("with %d idle connections", len(conns)))
}

// Strangers have as many connections as may be, each with as much of a header as is
// read and as much of a body as waits for nobody, and open them anew again and again.
func TestProveHeavyConnections(t *testing.T) {
	const limit = 2048
	cmd, p := serving(t, withSamples(t), fmt.Sprintf("CARRIERHOOK_MAX_CONNECTIONS=%d", limit))
	var head strings.Builder
	head.WriteString("POST /wechat/push HTTP/1.1\r\nHost: x\r\nContent-Length: 262144\r\n")
	for i := 0; head.Len() < 7<<10; i++ {
		fmt.Fprintf(&head, "X-A%03d: %s\r\n", i, strings.Repeat("a", 20))
	}
	heavy := head.String() + "\r\n" + strings.Repeat(" ", 16300)
	until := time.Now().Add(20 * time.Second)
	var strangers sync.WaitGroup
	for range 16 {
		strangers.Go(func() {
			conns := make([]net.Conn, limit/16)
			for i := 0; time.Now().Before(until); i++ {
				if c := conns[i%len(conns)]; c != nil {
					c.Close()
				}
				conns[i%len(conns)] = opens(t, p.public)
				io.WriteString(conns[i%len(conns)], heavy) // which the server may have closed
			}
		})
	}
	strangers.Wait()
	withinMemory(t, cmd, "with heavy connections that come and go")
}

// slowStore is a migrated database with the samples, where a commit costs a tenth of
// a second.
func slowStore(t *testing.T) (url string) {
	t.Helper()
	pg, err := localpg.Start(t.Context(), dataDir(t), localpg.Options{Settings: map[string]string{
		"fsync": "on", "commit_delay": "100000", "commit_siblings": "0", // no delay without fsync
	}})
	must(t, err)
	t.Cleanup(func() { must(t, pg.Stop()) })
	url = pg.URL(localpg.Database)
	must(t, store.Migrate(t.Context(), url, nil))
	putSamples(t, url)
	return url
}

// 600 and 2,000 cancels at once are all done by a store that can do 1,000 a second.
// At five times that every push is answered, and the memory is bounded.
func TestProveOverload(t *testing.T) {
	const rate, seconds = 1000, 15 // two batches a tenth of a second
	d := config.Default()
	cmd, p := serving(t, slowStore(t), "CARRIERHOOK_DATABASE_BATCH_SIZE=50")
	n := 0
	c := newCrowd(t, p, wechat.Secure, 2600+5*rate*seconds+5*rate)
	for _, many := range []int{600, 2000} {
		c.atOnce(n+1, many)
		n += many
		codes, slowest := c.answers()
		t.Logf("%d at once: %v, the slowest after %v", many, codes, slowest)
		if codes["0"] != many || slowest > d.WeChat.Deadline {
			t.Errorf("%d at once: %v, the slowest after %v", many, codes, slowest)
		}
		withinMemory(t, cmd, fmt.Sprintf("after %d at once", many))
	}

	var pushing sync.WaitGroup
	const step = 10 * time.Millisecond
	begun := time.Now()
	sent := 0
	for tick := time.Tick(step); time.Since(begun) < seconds*time.Second; <-tick {
		for due := int(time.Since(begun).Seconds() * float64(5*rate)); sent < due; sent++ {
			n++
			i := n
			pushing.Go(func() { c.push(i) })
		}
	}
	pushing.Wait()
	codes, slowest := c.answers()
	t.Logf("%d in %d s, five times %d/s: %v, the slowest 0 after %v", sent, seconds, rate, codes, slowest)
	answered := codes["0"] + codes["-1"]
	if answered != sent {
		t.Errorf("%d of %d were answered: %v", answered, sent, codes)
	}
	if codes["0"] < rate*seconds/2 || slowest > d.WeChat.Deadline+time.Second/2 {
		t.Errorf("%d were told 0, the slowest after %v", codes["0"], slowest)
	}
	withinMemory(t, cmd, "at five times the rate")
	why := p.failures(t)
	t.Logf("they failed of %v", why)
	// A disk that stalls for once leaves the batches under way in doubt, and no more than those.
	if under := d.Database.BatchWorkers * 50; why["outcome_unknown"] > under {
		t.Errorf("%d are in doubt, at most %d were under way at a time", why["outcome_unknown"], under)
	}
	delete(why, "outcome_unknown")
	if len(why) != 1 || why["overloaded"] == 0 {
		t.Errorf("they failed of %v", why)
	}
}

// failures counts why pushes failed.
func (p *program) failures(t *testing.T) map[string]int {
	t.Helper()
	why := map[string]int{}
	for _, word := range handler.Failures() {
		if n := int(p.metric(t, fmt.Sprintf("carrierhook_failures_total{why=%q}", word))); n > 0 {
			why[word] = n
		}
	}
	return why
}
