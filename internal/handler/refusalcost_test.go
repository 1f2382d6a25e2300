package handler_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/handler"
	"carrierhook/internal/wechat"
	"carrierhook/internal/wechat/hostile"
)

// stranger sends bodies with the query of a push that it has seen, which its
// ciphertext does not fit.
type stranger struct {
	conn    net.Conn
	replies *bufio.Reader
	query   string
}

func newStranger(t testing.TB) *stranger {
	t.Helper()
	q, _ := samplePush(t, wechat.XML, wechat.Secure)
	conn := dial(t, inProduction(t).start(t))
	return &stranger{conn: conn, replies: bufio.NewReader(conn), query: q.Values().Encode()}
}

// request is a body of a shape as the stranger sends it.
func (s *stranger) request(shape hostile.Shape, size int) (request []byte, length int) {
	body := shape.Body(size, "AAAA")
	head := fmt.Appendf(nil, "POST %s?%s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", handler.Path, s.query, len(body))
	return append(head, body...), len(body)
}

// refused sends a request and fails the test unless it is refused.
func (s *stranger) refused(t testing.TB, request []byte) (status int) {
	t.Helper()
	_, err := s.conn.Write(request)
	must(t, err)
	res, body := answered(t, s.replies)
	if status = res.StatusCode; status != http.StatusBadRequest && status != http.StatusForbidden || len(body) > 0 {
		t.Errorf("status %d, %q", status, body)
	}
	return status
}

// cost is what a refused body takes.
type cost struct {
	length, status int
	bytes, pieces  uint64 // of memory; what the stranger's own part takes is among it
	took           time.Duration
}

// cost is the lowest of some runs: what others do meanwhile is not the body's.
func (s *stranger) cost(t testing.TB, shape hostile.Shape, size, runs int) (lowest cost) {
	t.Helper()
	request, length := s.request(shape, size)
	lowest = cost{length: length, bytes: 1 << 40, pieces: 1 << 40, took: time.Hour}
	runtime.GC()
	lowest.status = s.refused(t, request) // and what is kept for the next is there again
	for range runs {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		begun := time.Now()
		s.refused(t, request)
		lowest.took = min(lowest.took, time.Since(begun))
		runtime.ReadMemStats(&after)
		lowest.bytes = min(lowest.bytes, after.TotalAlloc-before.TotalAlloc)
		lowest.pieces = min(lowest.pieces, after.Mallocs-before.Mallocs)
	}
	return lowest
}

// above tells whether a body took more than its page says, by more than a quarter, or many
// more pieces than a small one. The race detector makes allocations a third larger.
func (c cost) above(page, small cost) bool {
	more := 1.25
	if raced() {
		more = 1.5
	}
	return float64(c.bytes) > more*float64(page.bytes) || float64(c.pieces) > more*float64(page.pieces) || c.pieces > small.pieces+20
}

// raced tells whether the test was built with the race detector.
func raced() bool {
	info, _ := debug.ReadBuildInfo()
	return slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

const (
	refusalCosts = "../../docs/refusals.md"
	atTheLimit   = 256 << 10 // the default of wechat.max_body
)

// Refusing a body takes no more memory than docs/refusals.md says, and so many pieces
// however large the body is. With -update the page says what it takes now.
func TestRefusalCosts(t *testing.T) { // not parallel: it counts what the whole program allocates
	page, err := os.ReadFile(refusalCosts)
	must(t, err)
	said := map[string]cost{}
	row := regexp.MustCompile(`(?m)^\| (.+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| ([0-9.]+) ms \|$`)
	for _, m := range row.FindAllSubmatch(page, -1) {
		n := func(i int) int { n, _ := strconv.Atoi(string(m[i])); return n }
		said[string(m[1])] = cost{length: n(2), status: n(3), bytes: uint64(n(4)), pieces: uint64(n(5))}
	}
	s := newStranger(t)
	if *update {
		var table bytes.Buffer
		for _, shape := range hostile.Shapes() {
			c := s.cost(t, shape, atTheLimit, 20)
			said[shape.Name] = c
			fmt.Fprintf(&table, "| %s | %d | %d | %d | %d | %.2f ms |\n", shape.Name, c.length, c.status, c.bytes, c.pieces, c.took.Seconds()*1000)
		}
		head := "| --- | --- | --- | --- | --- | --- |\n"
		before, _, _ := strings.Cut(string(page), head)
		must(t, os.WriteFile(refusalCosts, []byte(before+head+table.String()), 0o644))
	}
	shapes := hostile.Shapes()
	for _, shape := range shapes {
		want, found := said[shape.Name]
		if !found {
			t.Errorf("%s has no row for %s", refusalCosts, shape.Name)
			continue
		}
		small, large := s.cost(t, shape, 8<<10, 2), s.cost(t, shape, atTheLimit, 2)
		for try := 0; large.above(want, small) && try < 20; try++ { // with the race detector pools lose some of what they keep
			large = s.cost(t, shape, atTheLimit, 2)
		}
		if large.length != want.length || large.status != want.status {
			t.Errorf("%s: %d bytes are refused with %d, want %d and %d", shape.Name, large.length, large.status, want.length, want.status)
		}
		if large.above(want, small) {
			t.Errorf("%s: %d bytes in %d pieces; the page says %d in %d, and %d bytes take %d pieces", shape.Name, large.bytes, large.pieces, want.bytes, want.pieces, small.length, small.pieces)
		}
	}
	if len(said) != len(shapes) {
		t.Errorf("%s has %d rows, for %d shapes", refusalCosts, len(said), len(shapes))
	}
}

// BenchmarkRefused is the whole path of each refused body, on one connection.
func BenchmarkRefused(b *testing.B) {
	s := newStranger(b)
	for _, shape := range hostile.Shapes() {
		b.Run(shape.Name, func(b *testing.B) {
			request, _ := s.request(shape, atTheLimit)
			b.ReportAllocs()
			for b.Loop() {
				s.refused(b, request)
			}
		})
	}
}
