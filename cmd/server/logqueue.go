package main

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	logQueueLines = 8192
	logQueueBytes = 8 << 20
	logFlushTime  = time.Second // that an end waits for the log's reader
	logLossTime   = time.Second // between two lines about lost lines, while it is behind
)

// logQueue writes a log without letting it stop anybody: a terminal that was
// stopped, a log driver that hangs and a full disk take lines, and not the answers
// of pushes. Lines wait in a bounded queue for one writer. Those that find it full
// are dropped and counted, and the log says so when it moves again.
type logQueue struct {
	out     io.Writer
	lines   chan []byte
	ended   chan struct{} // when all that waited is written
	bytes   atomic.Int64  // that wait
	dropped atomic.Uint64

	mu     sync.RWMutex // a line is put in the queue, or the queue is closed
	closed bool
}

func newLogQueue(out io.Writer) *logQueue {
	q := &logQueue{out: out, lines: make(chan []byte, logQueueLines), ended: make(chan struct{})}
	go q.write()
	return q
}

// Write queues a line, and never fails.
func (q *logQueue) Write(line []byte) (int, error) {
	q.mu.RLock()
	defer q.mu.RUnlock()
	n := int64(len(line))
	if q.closed || q.bytes.Add(n) > logQueueBytes {
		if !q.closed {
			q.bytes.Add(-n)
		}
		q.dropped.Add(1)
		return len(line), nil
	}
	select {
	case q.lines <- append([]byte(nil), line...): // the logger uses its buffer again
	default:
		q.bytes.Add(-n)
		q.dropped.Add(1)
	}
	return len(line), nil
}

// write gives the lines to the log's reader. One that it does not take is dropped.
func (q *logQueue) write() {
	defer close(q.ended)
	var reported uint64
	var at time.Time
	for line := range q.lines {
		_, err := q.out.Write(line)
		q.bytes.Add(-int64(len(line)))
		if err != nil {
			q.dropped.Add(1)
			continue
		}
		// A reader that is always behind never empties the queue.
		if lost := q.dropped.Load(); lost > reported && (len(q.lines) == 0 || time.Since(at) >= logLossTime) {
			at = time.Now()
			if _, err := fmt.Fprintf(q.out, `{"level":"warn","ts":%q,"msg":"log lines dropped","lines":%d}`+"\n", logTime(at), lost-reported); err == nil {
				reported = lost
			}
		}
	}
}

// close waits until all that was queued is written, for at most logFlushTime.
// What is logged afterwards is dropped.
func (q *logQueue) close() {
	q.mu.Lock()
	if !q.closed {
		q.closed = true
		close(q.lines)
	}
	q.mu.Unlock()
	t := time.NewTimer(logFlushTime)
	defer t.Stop()
	select {
	case <-q.ended:
	case <-t.C:
	}
}

func (q *logQueue) collector() prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "carrierhook_log_lines_dropped_total",
		Help: "Log lines dropped because nothing read the log in time.",
	}, func() float64 { return float64(q.dropped.Load()) })
}
