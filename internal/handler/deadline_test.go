package handler_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/handler"
	"carrierhook/internal/memnet"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// times are those that the store gets with a request.
type times struct {
	deadline, received time.Time
}

// notesTimes makes the store note them.
func (s *fakeStore) notesTimes() <-chan times {
	seen := make(chan times, 8)
	s.cancel = func(ctx context.Context, r waybill.CancelRequest) (waybill.CancelDecision, error) {
		deadline, _ := ctx.Deadline()
		seen <- times{deadline, r.Push.Received}
		return waybill.CancelDecision{Reason: waybill.Accepted}, nil
	}
	return seen
}

// TestDeadlineCountsFromTheFirstByte: WeChat's patience begins when it sends. A
// header that arrives slowly leaves less time to decide, and each request on a
// connection has a first byte of its own, however long the pause before it.
func TestDeadlineCountsFromTheFirstByte(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const deadline, pause = 4 * time.Second, 400 * time.Millisecond
		s := newServer(t, wechat.Plain, func(o *options) { o.Deadline = deadline })
		seen, firstBytes := s.store.notesTimes(), make(chan time.Time, 8)
		c := s.inMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			firstBytes <- handler.FirstByte(r.Context())
			s.public.ServeHTTP(w, r)
		})).Connect(t)
		r := bufio.NewReader(c)
		time.Sleep(pause) // the connection's age does not count
		push := cancelPush()
		for i := range 3 {
			begun := time.Now()
			for _, part := range []string{push[:1], push[1:30], push[30:]} {
				_, err := io.WriteString(c, part)
				must(t, err)
				if len(part) < 100 {
					time.Sleep(pause)
				}
			}
			if res, got := answered(t, r); res.StatusCode != http.StatusOK {
				t.Fatalf("request %d: status %d, %q", i, res.StatusCode, got)
			}
			got := <-seen
			if off := got.received.Sub(begun); off != 0 {
				t.Errorf("request %d: received %v after its first byte", i, off)
			}
			if off := got.deadline.Sub(begun) - deadline; off != 0 {
				t.Errorf("request %d: the deadline is %v later than it should be", i, off)
			}
			if off := (<-firstBytes).Sub(begun); off != 0 {
				t.Errorf("request %d: other handlers see it %v after its first byte", i, off)
			}
			time.Sleep(pause) // idle time does not count either
		}
		s.counted(t, `carrierhook_pushes_total{account="main",event="cancel_waybill",format="xml",mode="plain",result="0"}`, 3)
		for _, l := range s.logs.FilterMessage("push").All() {
			if took := l.ContextMap()["took"].(time.Duration); took != 2*pause {
				t.Errorf("the log says %v, the sender waited %v", took, 2*pause)
			}
		}
	})
}

// TestListenNotesTheFirstByte: what other tests see in memory, connections of
// Listen do. The test takes a connection's first byte away before it lets it be
// served, so that it knows when that byte was read.
func TestListenNotesTheFirstByte(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain)
	seen := s.store.notesTimes()
	ln := s.accepts(t, 0)
	defer ln.Close()
	c := dial(t, ln.Addr().String())
	begun := time.Now()
	_, err := io.WriteString(c, "x")
	must(t, err)
	accepted, err := ln.Accept()
	must(t, err)
	_, err = io.ReadFull(accepted, make([]byte, 1))
	must(t, err)
	read := time.Now()

	given := memnet.Listen()
	memnet.Serve(t, handler.NewServer(s.public, s.log), given)
	must(t, given.Offer(t.Context(), accepted))
	_, err = io.WriteString(c, cancelPush())
	must(t, err)
	if res, got := answered(t, bufio.NewReader(c)); res.StatusCode != http.StatusOK {
		t.Fatalf("status %d, %q", res.StatusCode, got)
	}
	if got := <-seen; got.received.Before(begun) || got.received.After(read) || !got.deadline.Equal(got.received.Add(patience)) {
		t.Errorf("received at %v, with a deadline at %v; the first byte came between %v and %v", got.received, got.deadline, begun, read)
	}
}

// TestStoreIsStoppedAtTheDeadline: a push whose store waits for its context is answered
// in time.
func TestStoreIsStoppedAtTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const deadline = 300 * time.Millisecond
		s := newServer(t, wechat.Secure, func(o *options) { o.Deadline = deadline })
		s.store.cancel = func(ctx context.Context, _ waybill.CancelRequest) (waybill.CancelDecision, error) {
			select {
			case <-ctx.Done():
			case <-time.After(10 * deadline):
			}
			return waybill.CancelDecision{}, context.Cause(ctx)
		}
		q, body := samplePush(t, wechat.JSON, wechat.Secure)
		begun := time.Now()
		minusOne(t, caseOf("cancel_waybill"), q, wechat.JSON, wechat.Secure, s.post(q, body))
		if took := time.Since(begun); took != deadline {
			t.Errorf("the answer took %v, the deadline is %v", took, deadline)
		}
	})
}

// TestHangingUpUndoesNothing: a decision that has begun goes on when the client
// is gone. WeChat pushes again, and must find it made.
func TestHangingUpUndoesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, wechat.Plain)
		noticed := make(chan struct{})
		var client, store error
		var request context.Context
		s.store.cancel = func(ctx context.Context, _ waybill.CancelRequest) (waybill.CancelDecision, error) {
			<-noticed
			client, store = request.Err(), ctx.Err()
			return waybill.CancelDecision{Reason: waybill.Accepted}, nil
		}
		c := s.inMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			request = r.Context()
			s.public.ServeHTTP(w, r)
		})).Connect(t)
		_, err := io.WriteString(c, cancelPush())
		must(t, err)
		synctest.Wait() // until the store has it
		must(t, c.Close())
		synctest.Wait() // until the server notices
		close(noticed)
		synctest.Wait()
		if client == nil || store != nil {
			t.Errorf("the request's context says %v, the store's %v", client, store)
		}
		s.counted(t, `carrierhook_pushes_total{account="main",event="cancel_waybill",format="xml",mode="plain",result="0"}`, 1)
	})
}

// TestDeadlineEndsWithTheBody: the deadline for the body is none for the answer,
// nor for the connection. A store that takes longer leaves one that can be used
// again.
func TestDeadlineEndsWithTheBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const deadline = 200 * time.Millisecond
		s := newServer(t, wechat.Plain, func(o *options) { o.Deadline = deadline })
		s.store.cancelsWithin(2 * deadline)
		c := s.inMemory(t, s.public).Connect(t)
		r := bufio.NewReader(c)
		push := func(when string) {
			_, err := io.WriteString(c, cancelPush())
			must(t, err)
			if res, got := answered(t, r); res.StatusCode != http.StatusOK || res.Close {
				t.Fatalf("%s: status %d, %q, closed %v", when, res.StatusCode, got, res.Close)
			}
		}
		for range 3 {
			push("at once")
		}
		// An idle connection has no deadline of ours either.
		time.Sleep(2 * deadline)
		push("later")
	})
}
