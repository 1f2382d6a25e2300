package handler_test

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/handler"
	"carrierhook/internal/memnet"
	"carrierhook/internal/wechat"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
)

// TestSlowRequestIsClosed: a request that is on its way is not cut off for a new
// connection, unless it takes long while there are too many.
func TestSlowRequestIsClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, n, push, decide := withPush(t, 3)
		slow := n.Connect(t)
		_, err := io.WriteString(slow, push[:10])
		must(t, err)
		time.Sleep(400 * time.Millisecond)
		honest := n.Connect(t)
		_, err = io.WriteString(honest, push[:10])
		must(t, err)
		time.Sleep(599 * time.Millisecond)
		early := n.Connect(t)
		alive(t, early, bufio.NewReader(early))
		must(t, early.Close())
		synctest.Wait()
		time.Sleep(time.Millisecond) // slow has had its second
		late := n.Connect(t)
		alive(t, late, bufio.NewReader(late))
		closed(t, slow)
		close(decide)
		_, err = io.WriteString(honest, push[10:])
		must(t, err)
		if res, got := answered(t, bufio.NewReader(honest)); res.StatusCode != http.StatusOK {
			t.Errorf("status %d, %q", res.StatusCode, got)
		}
		synctest.Wait()
		s.counted(t, "carrierhook_in_flight_pushes", 0)
	})
}

// withPush is a server for so many connections, one of which has a push that is being
// decided until decide is closed.
func withPush(t *testing.T, max int) (s *server, n *memnet.Listener, push string, decide chan struct{}) {
	t.Helper()
	s = newServer(t, wechat.Plain)
	decide = make(chan struct{})
	s.store.cancelsAfter(decide)
	n = s.inMemoryWith(t, s.public, max)
	push = cancelPush()
	c := n.Connect(t)
	_, err := io.WriteString(c, push)
	must(t, err)
	go io.Copy(io.Discard, c)
	synctest.Wait()
	return s, n, push, decide
}

// TestNewConnectionsAreSpared: one that has just come is not closed for the next, unless
// there are as many of those as there may be in all.
func TestNewConnectionsAreSpared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, n, _, decide := withPush(t, 2)
		first, second := n.Connect(t), n.Connect(t)
		alive(t, first, bufio.NewReader(first))
		third := n.Connect(t) // two have no request already
		closed(t, second)
		alive(t, third, bufio.NewReader(third))
		alive(t, first, bufio.NewReader(first))
		close(decide)
	})
}

// TestAnsweredIsNotSilent: a connection whose push took long is not the one that has
// been silent longest: we were. In time it is.
func TestAnsweredIsNotSilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, wechat.Plain)
		const took = 3 * time.Second
		s.store.cancelsWithin(took)
		n := s.inMemoryWith(t, s.public, 2)
		push := n.Connect(t)
		replies := bufio.NewReader(push)
		_, err := io.WriteString(push, cancelPush())
		must(t, err)
		synctest.Wait()
		other := n.Connect(t)
		alive(t, other, bufio.NewReader(other))
		if res, got := answered(t, replies); res.StatusCode != http.StatusOK || res.Close {
			t.Fatalf("status %d, closed %v, %q", res.StatusCode, res.Close, got)
		}
		synctest.Wait()
		probe := n.Connect(t)
		alive(t, probe, bufio.NewReader(probe))
		closed(t, other)
		next := n.Connect(t)
		alive(t, next, bufio.NewReader(next))
		closed(t, push)
		alive(t, probe, bufio.NewReader(probe))
	})
}

// TestAnswersOverTheLimitClose: where all connections have a request and another comes,
// an answer says that its connection is closed; those after it do not.
func TestAnswersOverTheLimitClose(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain)
	deciding, decide := s.store.cancelsInSteps()
	addr := s.listen(t, 2)
	var replies []*bufio.Reader
	for range 3 {
		c := dial(t, addr)
		replies = append(replies, bufio.NewReader(c))
		_, err := io.WriteString(c, cancelPush())
		must(t, err)
		<-deciding
	}
	for i, r := range replies { // they are decided in the order in which they came
		decide <- struct{}{}
		res, got := answered(t, r)
		if res.StatusCode != http.StatusOK || !strings.Contains(string(got), "<ResultCode>0<") || res.Close != (i == 0) {
			t.Errorf("push %d: status %d, %q, closed %v", i, res.StatusCode, got, res.Close)
		}
		if res.Close {
			if _, err := r.ReadByte(); !errors.Is(err, io.EOF) {
				t.Errorf("after an answer that closes: %v", err)
			}
		}
	}
}

// TestInternalLimit: at the internal listener, too, a connection whose request is worked
// on stays, and the one that is too many is closed with its answer.
func TestInternalLimit(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain)
	begun, end := make(chan struct{}), make(chan struct{})
	internal := handler.Internal(s.log, prometheus.NewRegistry(), nil, &handler.Health{}, func(r gin.IRouter) {
		r.GET("/work", func(c *gin.Context) {
			handler.Working(c.Request.Context())
			begun <- struct{}{}
			<-end
			c.String(http.StatusOK, "done")
		})
	})
	ln := s.accepts(t, 2)
	memnet.Serve(t, handler.NewServer(internal, s.log), ln)
	var replies []*bufio.Reader
	for range 3 {
		c := dial(t, ln.Addr().String())
		replies = append(replies, bufio.NewReader(c))
		_, err := io.WriteString(c, "GET /work HTTP/1.1\r\nHost: x\r\n\r\n")
		must(t, err)
		<-begun
	}
	close(end)
	for i, r := range replies {
		if res, got := answered(t, r); res.StatusCode != http.StatusOK || string(got) != "done" || res.Close != (i == 2) {
			t.Errorf("request %d: status %d, %q, closed %v", i, res.StatusCode, got, res.Close)
		}
	}
}
