package handler_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/wechat"
)

// TestSmallBodiesDoNotWait: large bodies that dribble in take the memory that large ones
// share, and no more. Another one waits for it until its deadline; a push of the usual
// size never does.
func TestSmallBodiesDoNotWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const deadline = 4 * time.Second
		s := newServer(t, wechat.Plain, func(o *options) { o.Deadline = deadline })
		n := s.inMemory(t, s.public)
		const largest = 256 << 10
		begun := time.Now()
		waits := n.Connect(t)
		large := header(largest) + strings.Repeat("<", 16<<10+1)
		_, err := io.WriteString(waits, large[:1]) // its deadline comes before theirs
		must(t, err)
		time.Sleep(time.Second)
		var slow []*bufio.Reader
		for range (8 << 20) / (largest - 16<<10) { // as many as there is memory for
			c := n.Connect(t)
			slow = append(slow, bufio.NewReader(c))
			go io.WriteString(c, large)
		}
		synctest.Wait()
		go io.WriteString(waits, large[1:])
		synctest.Wait()
		small := n.Connect(t)
		body := wechat.EncodeCancel(wechat.XML, sampleCancel)
		go io.WriteString(small, header(len(body))+string(body))
		if res, got := answered(t, bufio.NewReader(small)); res.StatusCode != http.StatusOK || time.Since(begun) != time.Second {
			t.Errorf("a small push: status %d, %q after %v", res.StatusCode, got, time.Since(begun))
		}
		full := append(body, bytes.Repeat([]byte(" "), 16<<10-len(body))...)
		chunked := n.Connect(t) // what is announced by no length, and is just small
		go fmt.Fprintf(chunked, "%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", before(header(0), "Content-Length"), len(full), full)
		if res, got := answered(t, bufio.NewReader(chunked)); res.StatusCode != http.StatusOK || time.Since(begun) != time.Second {
			t.Errorf("a small push in chunks: status %d, %q after %v", res.StatusCode, got, time.Since(begun))
		}
		if res, _ := answered(t, bufio.NewReader(waits)); res.StatusCode != http.StatusServiceUnavailable || time.Since(begun) != deadline {
			t.Errorf("the one that waits: status %d after %v", res.StatusCode, time.Since(begun))
		}
		for _, replies := range slow {
			if res, _ := answered(t, replies); res.StatusCode != http.StatusBadRequest || time.Since(begun) != time.Second+deadline {
				t.Errorf("one that dribbles: status %d after %v", res.StatusCode, time.Since(begun))
			}
		}
		s.counted(t, `carrierhook_refusals_total{account="main",check="no_room"}`, 1)

		c := n.Connect(t) // the memory was released
		go io.WriteString(c, header(largest)+strings.Repeat(" ", largest))
		if res, _ := answered(t, bufio.NewReader(c)); res.StatusCode != http.StatusBadRequest {
			t.Errorf("a large body when there is memory: status %d", res.StatusCode)
		}
		s.line(t, "refused: outer_document")
	})
}

// before is the text up to a word.
func before(text, word string) string {
	text, _, _ = strings.Cut(text, word)
	return text
}

// TestMemoryIsForWhatIsAnnounced: a body takes no more of the memory than it can need.
func TestMemoryIsForWhatIsAnnounced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, wechat.Plain)
		n := s.inMemory(t, s.public)
		const many, length, largest = 100, 17 << 10, 256 << 10
		var slow []net.Conn
		for range many { // so many of the largest would have to wait
			c := n.Connect(t)
			slow = append(slow, c)
			go io.WriteString(c, header(length)+strings.Repeat("<", 16<<10+1))
		}
		synctest.Wait()
		begun := time.Now()
		c := n.Connect(t)
		go io.WriteString(c, header(largest)+strings.Repeat(" ", largest))
		if res, _ := answered(t, bufio.NewReader(c)); res.StatusCode != http.StatusBadRequest || time.Since(begun) > 0 {
			t.Errorf("status %d after %v", res.StatusCode, time.Since(begun))
		}
		for _, c := range slow {
			must(t, c.Close())
		}
	})
}
