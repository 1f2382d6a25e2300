//go:build prove

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/demo"
	"carrierhook/internal/handler"
	"carrierhook/internal/wechat"
)

// crowd pushes cancels of waybills of its own, each once, in XML and JSON by turns, as
// WeChat does: it waits five seconds for an answer.
type crowd struct {
	t      *testing.T
	addr   net.Addr
	sender *wechat.Sender
	change func(i int, m *wechat.CancelWaybill) // of push i; nil: nothing

	mu      sync.Mutex
	idle    []net.Conn
	codes   map[string]int // ResultCode or error
	slowest time.Duration  // of those that were answered 0
}

// newCrowd is one for n waybills, that pushes in a mode.
func newCrowd(t *testing.T, p *program, mode wechat.Mode, n int) *crowd {
	t.Helper()
	execute(t, p.cfg.Database.URL.Value(), `INSERT INTO waybill (biz_id, waybill_id, order_id)
		SELECT $1, 'W' || i, 'O' || i FROM generate_series(1, $2::int) AS i`, demo.BizID, n)
	c := &crowd{t: t, addr: p.public, codes: map[string]int{}, sender: p.sender(t, mode)}
	t.Cleanup(func() {
		for _, conn := range c.idle {
			conn.Close()
		}
	})
	return c
}

func formatOf(i int) wechat.Format { return []wechat.Format{wechat.XML, wechat.JSON}[i%2] }

// request is the push about waybill i, whole.
func (c *crowd) request(i int) (wechat.Query, []byte) {
	f := formatOf(i)
	m := sampleCancel(int64(i))
	m.OrderID, m.WayBillID, m.ShopAppID = fmt.Sprint("O", i), fmt.Sprint("W", i), ""
	if c.change != nil {
		c.change(i, &m)
	}
	var random [16]byte
	q, body := c.sender.Push(f, time.Now(), strconv.Itoa(1e8+i), random, wechat.EncodeCancel(f, m))
	head := fmt.Sprintf("POST %s?%s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", handler.Path, q.Values().Encode(), len(body))
	return q, append([]byte(head), body...)
}

// push pushes about waybill i and notes its answer.
func (c *crowd) push(i int) {
	q, request := c.request(i)
	begun := time.Now()
	code, err := c.send(formatOf(i), q, request)
	took := time.Since(begun)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.codes[err.Error()]++
		return
	}
	c.codes[strconv.Itoa(code)]++
	if code == 0 {
		c.slowest = max(c.slowest, took)
	}
}

func (c *crowd) send(f wechat.Format, q wechat.Query, request []byte) (code int, err error) {
	conn, err := c.conn()
	if err != nil {
		return 0, err
	}
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := conn.Write(request); err != nil {
		conn.Close()
		return 0, fmt.Errorf("not sent: %w", unaddressed(err))
	}
	res, err := http.ReadResponse(bufio.NewReaderSize(conn, 1024), nil)
	if err != nil {
		conn.Close()
		return 0, fmt.Errorf("no answer: %w", unaddressed(err))
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		conn.Close()
		return 0, fmt.Errorf("no whole answer: %w", unaddressed(err))
	}
	if res.Close {
		conn.Close()
	} else {
		c.mu.Lock()
		c.idle = append(c.idle, conn)
		c.mu.Unlock()
	}
	packet, err := c.sender.OpenReply(q, f, body)
	if err != nil {
		return 0, fmt.Errorf("status %d: %w", res.StatusCode, err)
	}
	r, err := wechat.DecodeCancelReply(f, packet)
	return r.ResultCode, err
}

// unaddressed leaves the addresses out, so that alike failures are counted as one.
func unaddressed(err error) error {
	if op, ok := err.(*net.OpError); ok {
		return op.Err
	}
	return err
}

func (c *crowd) conn() (net.Conn, error) {
	c.mu.Lock()
	if n := len(c.idle); n > 0 {
		conn := c.idle[n-1]
		c.idle = c.idle[:n-1]
		c.mu.Unlock()
		return conn, nil
	}
	c.mu.Unlock()
	conn, err := net.Dial("tcp", c.addr.String())
	if err != nil {
		return nil, fmt.Errorf("dial: %w", unaddressed(err))
	}
	return conn, nil
}

// atOnce pushes about waybills from first on, all at the same time.
func (c *crowd) atOnce(first, n int) {
	var pushing sync.WaitGroup
	for i := range n {
		pushing.Go(func() { c.push(first + i) })
	}
	pushing.Wait()
}

// steadily pushes so many a second until then, each at its time, and waits for their
// answers.
func (c *crowd) steadily(rate int, until time.Time) (sent int) {
	var pushing sync.WaitGroup
	for tick := time.Tick(time.Second / time.Duration(rate)); time.Now().Before(until); <-tick {
		sent++
		i := sent
		pushing.Go(func() { c.push(i) })
	}
	pushing.Wait()
	return sent
}

// answers takes the answers since the last call.
func (c *crowd) answers() (codes map[string]int, slowest time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	codes, slowest = c.codes, c.slowest
	c.codes, c.slowest = map[string]int{}, 0
	return codes, slowest
}
