package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// loader sends prepared requests over connections that stay open. It does as
// little as it can for each: one write, one read and a look at the reply. What
// it keeps of the replies is opened when the clock has stopped.
type loader struct{ conns []*client }

// client is one connection.
type client struct {
	net.Conn
	in []byte
}

const patience = 10 * time.Second // for one reply

func dialLoader(addr string, conns int) (*loader, error) {
	l := &loader{}
	for range conns {
		c, err := net.DialTimeout("tcp", addr, patience)
		if err != nil {
			l.close()
			return nil, err
		}
		l.conns = append(l.conns, &client{Conn: c, in: make([]byte, 8<<10)})
	}
	return l, nil
}

func (l *loader) close() {
	for _, c := range l.conns {
		c.Close()
	}
}

// tally is what one run of the loader saw.
type tally struct {
	pushes    int             // replies within the run
	elapsed   time.Duration   // of them
	latencies []time.Duration // from when a push was meant to leave to its reply
	bad       map[string]int  // what was not ResultCode 0
	checks    []*checker      // what is still to be judged
}

func (t *tally) add(o tally) {
	t.pushes += o.pushes
	t.elapsed += o.elapsed
	t.latencies = append(t.latencies, o.latencies...)
	for why, n := range o.bad {
		t.spoilt(why, n)
	}
}

// judge opens the replies that were kept, off the clock.
func (t *tally) judge() {
	for _, c := range t.checks {
		c.finish(t)
	}
	t.checks = nil
}

func (t *tally) spoilt(why string, n int) {
	if t.bad == nil {
		t.bad = map[string]int{}
	}
	t.bad[why] += n
}

// run sends requests for a time, or until there are none left. With rate 0 the
// loop is closed: each connection sends when it has its reply. Otherwise push i
// is due at i/rate, whether or not those before it have been answered, and its
// latency counts from when it was due: a server that stalls is charged for all
// who would have come meanwhile.
func (l *loader) run(r *requests, rate float64, d time.Duration) (tally, error) {
	parts := make([]tally, len(l.conns))
	errs := make([]error, len(l.conns))
	checks := make([]*checker, len(l.conns))
	for i := range checks {
		if checks[i], errs[i] = newChecker(r); errs[i] != nil {
			return tally{}, errs[i]
		}
	}
	s := &shift{r: r, rate: rate, start: time.Now(), length: d}
	var all sync.WaitGroup
	for i, c := range l.conns {
		all.Go(func() { errs[i] = s.work(c, checks[i], &parts[i]) })
	}
	all.Wait()
	sum := total(parts)
	sum.checks = checks
	return sum, errors.Join(errs...)
}

// total is one tally of all connections', which ran at the same time.
func total(parts []tally) (sum tally) {
	for _, part := range parts {
		last := max(sum.elapsed, part.elapsed)
		sum.add(part)
		sum.elapsed = last
	}
	return sum
}

// shift is one run, as its connections share it.
type shift struct {
	r      *requests
	rate   float64
	start  time.Time
	length time.Duration
	next   atomic.Int64
}

func (s *shift) work(c *client, check *checker, t *tally) error {
	for {
		i := int(s.next.Add(1) - 1)
		if i >= len(s.r.bytes) {
			return nil
		}
		due := time.Since(s.start)
		if s.rate > 0 {
			due = time.Duration(float64(i) / s.rate * float64(time.Second))
		}
		if due >= s.length {
			return nil
		}
		time.Sleep(due - time.Since(s.start))
		status, body, err := c.do(s.r.bytes[i])
		if err != nil {
			return fmt.Errorf("push %d: %w", i, err)
		}
		done := time.Since(s.start)
		t.pushes++
		t.elapsed = done
		t.latencies = append(t.latencies, done-due)
		if why := check.look(i, status, body); why != "" {
			t.spoilt(why, 1)
		}
	}
}

// do sends one request and reads its reply. The body is good until the next.
func (c *client) do(request []byte) (status int, body []byte, err error) {
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, nil, err
	}
	if _, err := c.Write(request); err != nil {
		return 0, nil, err
	}
	have, head, whole := 0, 0, 0
	for whole == 0 || have < whole {
		if have == len(c.in) {
			return 0, nil, errors.New("the reply is too long")
		}
		n, err := c.Read(c.in[have:])
		if err != nil {
			return 0, nil, err
		}
		have += n
		if whole > 0 {
			continue
		}
		if i := bytes.Index(c.in[:have], []byte("\r\n\r\n")); i > 0 {
			head = i + 4
			var length int
			if status, length, err = readHead(c.in[:head]); err != nil {
				return 0, nil, err
			}
			whole = head + length
		}
	}
	return status, c.in[head:whole], nil
}

// readHead takes the two numbers that matter out of a reply's head.
func readHead(head []byte) (status, length int, err error) {
	if len(head) < 12 {
		return 0, 0, fmt.Errorf("the reply begins with %q", head)
	}
	if status, err = strconv.Atoi(string(head[9:12])); err != nil {
		return 0, 0, fmt.Errorf("the reply begins with %q", head)
	}
	_, rest, found := bytes.Cut(head, []byte("Content-Length: "))
	number, _, _ := bytes.Cut(rest, []byte("\r\n"))
	if !found {
		return 0, 0, errors.New("the reply has no Content-Length")
	}
	length, err = strconv.Atoi(string(number))
	return status, length, err
}
