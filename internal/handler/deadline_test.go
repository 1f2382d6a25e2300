package handler_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// slack is more than a busy machine needs to pass a byte on, and far less than
// the pauses in these tests.
const slack = 150 * time.Millisecond

// asking is what a desk sees of time when it is asked.
type asking struct {
	deadline, received time.Time
}

// watch makes the desk note the deadlines it is given.
func watch(d *desk) <-chan asking {
	seen := make(chan asking, 8)
	d.cancel = func(ctx context.Context, r waybill.CancelRequest) (waybill.Decision, error) {
		deadline, _ := ctx.Deadline()
		seen <- asking{deadline, r.Push.Received}
		return waybill.Decision{Reason: waybill.Accepted}, nil
	}
	return seen
}

// TestDeadlineCountsFromTheFirstByte: WeChat's patience begins when it sends. A
// header that arrives slowly leaves less time to decide, and each request on a
// connection has a first byte of its own, however long the pause before it.
func TestDeadlineCountsFromTheFirstByte(t *testing.T) {
	t.Parallel()
	const deadline, pause = 4 * time.Second, 400 * time.Millisecond
	s := newServer(t, wechat.Plain, func(o *options) { o.Deadline = deadline })
	seen := watch(s.desk)
	c := dial(t, s.start(t))
	r := bufio.NewReader(c)
	time.Sleep(pause) // the connection's age does not count
	body := wechat.EncodeCancel(wechat.XML, sampleCancel)
	push := header(len(body)) + string(body)
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
		if off := got.received.Sub(begun); off < 0 || off > slack {
			t.Errorf("request %d: received %v after its first byte", i, off)
		}
		if off := got.deadline.Sub(begun) - deadline; off < 0 || off > slack {
			t.Errorf("request %d: the deadline is %v later than it should be", i, off)
		}
		time.Sleep(pause) // idle time does not count either
	}
	s.counted(t, `carrierhook_pushes_total{event="cancel_waybill",format="xml",mode="plain",result="0"}`, 3)
	for _, l := range s.logs.FilterMessage("push").All() {
		if took := l.ContextMap()["took"].(time.Duration); took < 2*pause-slack {
			t.Errorf("the log says %v, the sender waited %v", took, 2*pause)
		}
	}
}

// TestDeskIsStoppedAtTheDeadline: a desk that waits for its context gets the
// push answered in time.
func TestDeskIsStoppedAtTheDeadline(t *testing.T) {
	t.Parallel()
	const deadline = 300 * time.Millisecond
	s := newServer(t, wechat.Secure, func(o *options) { o.Deadline = deadline })
	s.desk.cancel = func(ctx context.Context, _ waybill.CancelRequest) (waybill.Decision, error) {
		select {
		case <-ctx.Done():
		case <-time.After(10 * deadline):
		}
		return waybill.Decision{}, context.Cause(ctx)
	}
	q, body := samplePush(t, wechat.JSON, wechat.Secure)
	begun := time.Now()
	minusOne(t, questions()[0], q, wechat.JSON, wechat.Secure, s.post(q, body))
	if took := time.Since(begun); took < deadline-slack/2 || took > deadline+slack {
		t.Errorf("the answer took %v, the deadline is %v", took, deadline)
	}
}

// TestHangingUpUndoesNothing: a decision that has begun goes on when the client
// is gone. WeChat will ask again, and must find it made.
func TestHangingUpUndoesNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain)
	entered, result := make(chan struct{}), make(chan error, 1)
	s.desk.cancel = func(ctx context.Context, _ waybill.CancelRequest) (waybill.Decision, error) {
		close(entered)
		select {
		case <-ctx.Done():
			result <- ctx.Err()
		case <-time.After(2 * slack):
			result <- nil
		}
		return waybill.Decision{Reason: waybill.Accepted}, nil
	}
	c := dial(t, s.start(t))
	body := wechat.EncodeCancel(wechat.XML, sampleCancel)
	_, err := io.WriteString(c, header(len(body))+string(body))
	must(t, err)
	<-entered
	must(t, c.Close())
	if err := <-result; err != nil {
		t.Errorf("the desk's context ended with the connection: %v", err)
	}
}

// TestDeadlineEndsWithTheBody: the deadline for the body is none for the answer,
// nor for the connection. A desk that takes longer leaves one that can be used
// again.
func TestDeadlineEndsWithTheBody(t *testing.T) {
	t.Parallel()
	const deadline = 200 * time.Millisecond
	s := newServer(t, wechat.Plain, func(o *options) { o.Deadline = deadline })
	s.desk.cancel = func(context.Context, waybill.CancelRequest) (waybill.Decision, error) {
		time.Sleep(2 * deadline)
		return waybill.Decision{Reason: waybill.Accepted}, nil
	}
	c := dial(t, s.start(t))
	r := bufio.NewReader(c)
	body := wechat.EncodeCancel(wechat.XML, sampleCancel)
	for i := range 3 {
		_, err := io.WriteString(c, header(len(body))+string(body))
		must(t, err)
		if res, got := answered(t, r); res.StatusCode != http.StatusOK || res.Close {
			t.Fatalf("request %d: status %d, %q, closed %v", i, res.StatusCode, got, res.Close)
		}
	}
	// An idle connection has no deadline of ours either.
	time.Sleep(2 * deadline)
	_, err := io.WriteString(c, header(len(body))+string(body))
	must(t, err)
	if res, got := answered(t, r); res.StatusCode != http.StatusOK {
		t.Errorf("later: status %d, %q", res.StatusCode, got)
	}
}
