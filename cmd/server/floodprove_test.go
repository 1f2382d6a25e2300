//go:build prove

package main

import (
	"bufio"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/wechat"
	"carrierhook/internal/wechat/hostile"
)

var floodFor = flag.Duration("flood", 30*time.Second, "how long each flood is")

// Strangers send bodies of every shape at the limit, 200 at once, without a break.
// The memory stays bounded, every body gets a clear refusal, and every real push
// beside them is decided, soon.
func TestProveFlood(t *testing.T) {
	for _, mode := range []wechat.Mode{wechat.Secure, wechat.Compatible} {
		t.Run(mode.String(), func(t *testing.T) {
			underFlood(t, mode, func(p *program) []hostileRequest { return strangers(t, p, mode) })
		})
	}
}

// Bodies of every shape that are signed, and sealed where the mode seals: somebody has
// seen the signature of a plain push, or WeChat has gone mad. And messages with as many
// members as there may be, which are answered.
func TestProveSignedFlood(t *testing.T) {
	for _, mode := range []wechat.Mode{wechat.Plain, wechat.Secure} {
		t.Run(mode.String(), func(t *testing.T) {
			underFlood(t, mode, func(p *program) []hostileRequest { return signedOnes(t, p, mode) })
		})
	}
}

// 200 bodies come at a byte a second. Half of them have sent so much at once that they take
// the room that large bodies share.
func TestProveSlowFlood(t *testing.T) {
	cmd, p := serving(t, withSamples(t))
	body := hostile.Shapes()[0].Body(limit, "AAAA")
	head := request("", wechat.Query{}, "", body).parts[0]
	f := newFlood(p)
	f.beside(t, cmd, p, wechat.Secure, func(i int) { f.dribble(head, body, i%2*(16<<10+1)) })
}

// underFlood starts a server and floods it from 200 connections, on each of which every
// body is sent three times in a row, while real pushes come.
func underFlood(t *testing.T, mode wechat.Mode, requests func(*program) []hostileRequest) {
	cmd, p := serving(t, withSamples(t), "CARRIERHOOK_WECHAT_MODE="+mode.String())
	all := requests(p)
	f := newFlood(p)
	f.beside(t, cmd, p, mode, func(i int) { f.send(all, i*len(all)/floodConnections) })
	if f.bodies() < 3*len(all) {
		t.Errorf("%d bodies are not each of %d three times", f.bodies(), len(all))
	}
}

const floodConnections = 200

// beside runs attack on each connection while 20 pushes a second are real, and holds
// all to what must be: the memory is bounded, no stranger gets anything but a refusal, and
// every real push is decided within a second.
func (f *flood) beside(t *testing.T, cmd *exec.Cmd, p *program, mode wechat.Mode, attack func(i int)) {
	t.Helper()
	const rate = 20
	c := newCrowd(t, p, mode, rate*int(floodFor.Seconds()+1))
	f.until = time.Now().Add(*floodFor)
	var flooding sync.WaitGroup
	for i := range floodConnections {
		flooding.Go(func() { attack(i) })
	}
	sent := c.steadily(rate, f.until)
	flooding.Wait()
	codes, slowest := c.answers()
	t.Logf("%d bodies were answered %v; %d real pushes %v, the slowest after %v", f.bodies(), f.statuses, sent, codes, slowest)
	for what, n := range f.wrong {
		t.Errorf("%s: %d times", what, n)
	}
	if codes["0"] != sent || sent < rate*int(floodFor.Seconds())*9/10 || slowest > time.Second {
		t.Errorf("%d real pushes were told %v, the slowest after %v", sent, codes, slowest)
	}
	withinMemory(t, cmd, "under the flood")
}

// flood is what somebody sends without a break, and what became of it.
type flood struct {
	addr  net.Addr
	until time.Time

	mu       sync.Mutex
	statuses map[int]int
	wrong    map[string]int
}

func newFlood(p *program) *flood {
	return &flood{addr: p.public, statuses: map[int]int{}, wrong: map[string]int{}}
}

func (f *flood) bodies() (n int) {
	for _, many := range f.statuses {
		n += many
	}
	return n
}

// send sends all of them in turn, beginning with one, each three times, on a
// connection that it opens again where the server closes it.
func (f *flood) send(all []hostileRequest, from int) {
	var conn net.Conn
	var replies *bufio.Reader
	for n := 3 * from; time.Now().Before(f.until); n++ {
		r := all[n/3%len(all)]
		if conn == nil {
			var err error
			if conn, err = net.Dial("tcp", f.addr.String()); err != nil {
				f.note(0, r.name+": "+unaddressed(err).Error())
				return
			}
			replies = bufio.NewReaderSize(conn, 1024)
		}
		status, open, err := r.send(conn, replies)
		switch {
		case err != nil:
			f.note(0, fmt.Sprintf("%s: %v", r.name, unaddressed(err)))
		case status != http.StatusServiceUnavailable && !slices.Contains(r.may, status):
			f.note(status, fmt.Sprintf("%s: status %d", r.name, status))
		default:
			f.note(status, "")
		}
		if !open {
			conn.Close()
			conn = nil
		}
	}
	if conn != nil {
		conn.Close()
	}
}

func (f *flood) note(status int, wrong string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if status > 0 {
		f.statuses[status]++
	}
	if wrong != "" {
		f.wrong[wrong]++
	}
}

// dribble sends a body at a byte a second, but for its beginning, and again when it is
// refused.
func (f *flood) dribble(head, body []byte, begin int) {
	for time.Now().Before(f.until) {
		conn, err := net.Dial("tcp", f.addr.String())
		if err != nil {
			f.note(0, unaddressed(err).Error())
			return
		}
		r := hostileRequest{parts: [][]byte{head, body[:begin]}}
		over := make(chan struct{})
		var dribbling sync.WaitGroup
		dribbling.Go(func() {
			for at := begin; ; at++ {
				select {
				case <-time.After(time.Second):
				case <-over:
					return
				}
				if _, err := conn.Write(body[at : at+1]); err != nil {
					return
				}
			}
		})
		status, _, err := r.send(conn, bufio.NewReader(conn))
		close(over)
		dribbling.Wait()
		conn.Close()
		switch {
		case err != nil:
			f.note(0, unaddressed(err).Error())
		case status == http.StatusBadRequest || status == http.StatusServiceUnavailable:
			f.note(status, "")
		default:
			f.note(status, fmt.Sprintf("status %d", status))
		}
	}
}
