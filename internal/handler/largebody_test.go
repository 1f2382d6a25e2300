package handler_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// TestSmallBodiesNeedNoRoom: large bodies that dribble in take the room that large
// ones share, and no more. Another one waits for it until its deadline; a push of
// the usual size never does.
func TestSmallBodiesNeedNoRoom(t *testing.T) {
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
		var held []*bufio.Reader
		for range (8 << 20) / (largest - 16<<10) { // as many as there is room for
			c := n.Connect(t)
			held = append(held, bufio.NewReader(c))
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
		for _, replies := range held {
			if res, _ := answered(t, replies); res.StatusCode != http.StatusBadRequest || time.Since(begun) != time.Second+deadline {
				t.Errorf("one that dribbles: status %d after %v", res.StatusCode, time.Since(begun))
			}
		}
		s.counted(t, `carrierhook_refusals_total{check="no_room"}`, 1)

		c := n.Connect(t) // the room was given back
		go io.WriteString(c, header(largest)+strings.Repeat(" ", largest))
		if res, _ := answered(t, bufio.NewReader(c)); res.StatusCode != http.StatusBadRequest {
			t.Errorf("a large body when there is room: status %d", res.StatusCode)
		}
		s.line(t, "refused: outer_document")
	})
}

// before is the text up to a word.
func before(text, word string) string {
	text, _, _ = strings.Cut(text, word)
	return text
}

// TestRoomIsForWhatIsAnnounced: a body takes no more of the room than it can need.
func TestRoomIsForWhatIsAnnounced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, wechat.Plain)
		n := s.inMemory(t, s.public)
		const many, length, largest = 100, 17 << 10, 256 << 10
		var held []net.Conn
		for range many { // so many of the largest would have to wait
			c := n.Connect(t)
			held = append(held, c)
			go io.WriteString(c, header(length)+strings.Repeat("<", 16<<10+1))
		}
		synctest.Wait()
		begun := time.Now()
		c := n.Connect(t)
		go io.WriteString(c, header(largest)+strings.Repeat(" ", largest))
		if res, _ := answered(t, bufio.NewReader(c)); res.StatusCode != http.StatusBadRequest || time.Since(begun) > 0 {
			t.Errorf("status %d after %v", res.StatusCode, time.Since(begun))
		}
		for _, c := range held {
			must(t, c.Close())
		}
	})
}

// TestFailuresAreSampled: of each kind of failure the log takes some lines a second,
// but every one whose outcome is unknown. The metric counts all.
func TestFailuresAreSampled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const sent, logged = 50, 10
		s := newServer(t, wechat.Plain)
		for why, err := range map[string]error{
			"database": errors.New("gone"), "no_numbers": waybill.ErrNoNumbers, "overloaded": waybill.ErrOverloaded, "outcome_unknown": ledger.ErrOutcomeUnknown,
		} {
			s.store.cancel = func(context.Context, waybill.CancelRequest) (waybill.CancelDecision, error) {
				return waybill.CancelDecision{}, err
			}
			before := s.logs.FilterMessage("push").Len()
			for range sent {
				s.post(signed(""), wechat.EncodeCancel(wechat.XML, sampleCancel))
			}
			want := logged
			if why == "outcome_unknown" {
				want = sent
			}
			if n := s.logs.FilterMessage("push").Len() - before; n != want {
				t.Errorf("%s: %d lines of %d failures, want %d", why, n, sent, want)
			}
			s.counted(t, `carrierhook_failures_total{why="`+why+`"}`, sent)
		}
	})
}
