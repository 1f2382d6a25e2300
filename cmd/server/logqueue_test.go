package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// reader is a log's reader that may stop, fail, or take its time.
type reader struct {
	turn chan struct{} // has one while it reads

	mu    sync.Mutex
	lines []string
	fails error
	takes time.Duration
}

func newReader(reads bool) *reader {
	r := &reader{turn: make(chan struct{}, 1)}
	if reads {
		r.read()
	}
	return r
}

func (r *reader) read() { r.turn <- struct{}{} }

func (r *reader) Write(line []byte) (int, error) {
	<-r.turn
	defer r.read()
	time.Sleep(r.takes)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fails != nil {
		return 0, r.fails
	}
	r.lines = append(r.lines, string(line))
	return len(line), nil
}

// fail makes every write fail, nil: none.
func (r *reader) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fails = err
}

// got parts what was read from the counts of lost lines.
func (r *reader) got(t *testing.T) (lines []string, lost []int) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, line := range r.lines {
		if !strings.Contains(line, `"msg":"log lines dropped"`) {
			lines = append(lines, line)
			continue
		}
		var l struct {
			Level, TS string
			Lines     int
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil || l.Level != "warn" || l.TS == "" {
			t.Errorf("%q: %v", line, err)
		}
		lost = append(lost, l.Lines)
	}
	return lines, lost
}

// says writes lines by their numbers, as a logger does, which uses its buffer again.
func says(t *testing.T, q *logQueue, from, to int) (said []string) {
	t.Helper()
	var buf []byte
	for i := from; i < to; i++ {
		buf = fmt.Appendf(buf[:0], "line %d\n", i)
		said = append(said, string(buf))
		if n, err := q.Write(buf); n != len(buf) || err != nil {
			t.Errorf("wrote %d, %v", n, err)
		}
	}
	return said
}

// Lines come out as they went in, however late somebody reads them.
func TestLogQueueKeepsTheOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReader(false)
		q := newLogQueue(r)
		defer q.close()
		said := says(t, q, 0, 1000)
		r.read()
		synctest.Wait()
		if got, lost := r.got(t); !slices.Equal(got, said) || lost != nil || q.dropped.Load() != 0 || q.bytes.Load() != 0 {
			t.Errorf("%d lines of %d, lost %v; %d bytes wait", len(got), len(said), lost, q.bytes.Load())
		}
	})
}

// Nobody reads: so many lines wait, or so many bytes, and the writer waits for
// nobody. What was lost is counted, and said when somebody reads again.
func TestLogQueueIsBounded(t *testing.T) {
	t.Parallel()
	for name, fill := range map[string]func(*testing.T, *logQueue) (said []string){
		"lines": func(t *testing.T, q *logQueue) []string {
			said := says(t, q, 0, 1)
			synctest.Wait() // until that one is being written
			return append(said, says(t, q, 1, 1+logQueueLines)...)
		},
		"bytes": func(t *testing.T, q *logQueue) (said []string) {
			long := bytes.Repeat([]byte{'x'}, logQueueBytes/8)
			for range 8 {
				_, _ = q.Write(long)
				said = append(said, string(long))
			}
			return said
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newReader(false)
				q := newLogQueue(r)
				defer q.close()
				said := fill(t, q)
				if n := q.dropped.Load(); n != 0 {
					t.Errorf("%d dropped while there was room", n)
				}
				says(t, q, 0, 5)
				synctest.Wait()
				if n := q.dropped.Load(); n != 5 {
					t.Errorf("%d dropped, want 5", n)
				}
				r.read()
				synctest.Wait()
				said = append(said, says(t, q, 5, 10)...) // there is room again
				synctest.Wait()
				if got, lost := r.got(t); !slices.Equal(got, said) || !slices.Equal(lost, []int{5}) {
					t.Errorf("%d lines of %d, lost %v", len(got), len(said), lost)
				}
			})
		})
	}
}

// A reader that is always behind gets the count of lost lines once a second.
func TestLogQueueSaysSoWhileBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReader(true)
		r.takes = 10 * time.Millisecond
		q := newLogQueue(r)
		var said int
		for range 3000 { // 15 s, twice as fast as it is read
			said += len(says(t, q, 0, 4))
			time.Sleep(5 * time.Millisecond)
		}
		if len(q.lines) == 0 {
			t.Error("the reader is not behind")
		}
		_, behind := r.got(t)
		q.close()
		<-q.ended
		_, lost := r.got(t)
		var reported uint64
		for _, n := range lost {
			reported += uint64(n)
		}
		if dropped := q.dropped.Load(); len(behind) < 2 || len(behind) > 16 || reported != dropped {
			t.Errorf("%d dropped of %d, told %v and then %v", dropped, said, behind, lost[len(behind):])
		}
	})
}

// The end waits until all is read, and for a second where nobody reads. What comes
// later is dropped.
func TestLogQueueEnds(t *testing.T) {
	t.Parallel()
	for _, reads := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			r := newReader(reads)
			r.takes = time.Millisecond
			q := newLogQueue(r)
			said := says(t, q, 0, 100)
			begun := time.Now()
			q.close()
			took := time.Since(begun)
			got, _ := r.got(t)
			if reads && (took != 100*time.Millisecond || !slices.Equal(got, said)) || !reads && (took != logFlushTime || got != nil) {
				t.Errorf("reads %v: closed after %v with %d lines", reads, took, len(got))
			}
			says(t, q, 100, 103)
			if n := q.dropped.Load(); n != 3 {
				t.Errorf("%d dropped after the end", n)
			}
			q.close()
			if !reads {
				r.read()
			}
			<-q.ended
		})
	}
}

// A line that cannot be written is lost, and the next one is tried.
func TestLogQueueWriteError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReader(true)
		q := newLogQueue(r)
		defer q.close()
		r.fail(errors.New("no space left on device"))
		says(t, q, 0, 7)
		synctest.Wait()
		if n := q.dropped.Load(); n != 7 {
			t.Errorf("%d dropped, want 7", n)
		}
		r.fail(nil)
		said := says(t, q, 7, 9)
		synctest.Wait()
		if got, lost := r.got(t); !slices.Equal(got, said) || !slices.Equal(lost, []int{7}) {
			t.Errorf("got %q, lost %v", got, lost)
		}
	})
}
