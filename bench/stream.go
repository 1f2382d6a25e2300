package main

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// stream is work for one loader. With rate 0 the loop is closed: each connection
// sends when it has its reply. Otherwise request i is due at i/rate, whether or
// not those before it have been answered, and its latency counts from when it
// was due: a server that stalls is charged for all who would have come meanwhile.
type stream struct {
	*loader
	work
	rate float64
}

// together runs streams at the same time, for a time or until a closed loop has
// none of its requests left: from then on nothing would be as it is to be.
func together(d time.Duration, streams ...stream) ([]tally, error) {
	tallies := make([]tally, len(streams))
	errs := make([]error, len(streams))
	runs := make([]*streamRun, len(streams))
	var over atomic.Bool
	for i, s := range streams {
		runs[i] = &streamRun{stream: s, length: d, over: &over}
	}
	start := time.Now()
	var all sync.WaitGroup
	for i, s := range runs {
		s.start = start
		all.Go(func() { tallies[i], errs[i] = s.run() })
	}
	all.Wait()
	return tallies, errors.Join(errs...)
}

// streamRun is one run of a stream, as its connections share it.
type streamRun struct {
	stream
	start  time.Time
	length time.Duration
	next   atomic.Int64
	over   *atomic.Bool // of all streams
}

func (s *streamRun) run() (tally, error) {
	parts := make([]tally, len(s.conns))
	errs := make([]error, len(s.conns))
	var all sync.WaitGroup
	for i, c := range s.conns {
		all.Go(func() { errs[i] = s.send(c, &parts[i]) })
	}
	all.Wait()
	if s.rate == 0 && int(s.next.Load()) > s.len() {
		s.over.Store(true)
	}
	return total(parts), errors.Join(errs...)
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

func (s *streamRun) send(c *client, t *tally) error {
	for {
		i := int(s.next.Add(1) - 1)
		if i >= s.len() {
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
		if s.over.Load() {
			return nil
		}
		status, body, err := c.do(s.request(i))
		if err != nil {
			return fmt.Errorf("request %d: %w", i, err)
		}
		done := time.Since(s.start)
		t.replies++
		t.elapsed = done
		t.latencies = append(t.latencies, done-due)
		t.kept = append(t.kept, reply{i, status, t.keep(body)})
	}
}
