package handler_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
)

// TestOurFailureIsMinusOne: whatever goes wrong behind a push that is WeChat's,
// the merchant hears -1 and nothing of the cause, and the operator all of it.
func TestOurFailureIsMinusOne(t *testing.T) {
	t.Parallel()
	const inside = "dial tcp 10.1.2.3:5432: connection refused"
	tests := []struct {
		why     string
		cancel  func(context.Context, waybill.CancelRequest) (waybill.Decision, error)
		unknown float64
	}{
		{"database", fails(errors.New(inside)), 0},
		{"database", fails(fmt.Errorf("%s: %w", inside, context.DeadlineExceeded)), 0},
		{"outcome_unknown", fails(fmt.Errorf("cancel: %w: %s", waybill.ErrOutcomeUnknown, inside)), 1},
		{"panic", func(context.Context, waybill.CancelRequest) (waybill.Decision, error) { panic(inside) }, 0},
	}
	for _, tt := range tests {
		for _, f := range formats {
			for _, m := range wechat.Modes() {
				t.Run(fmt.Sprintf("%s/%v/%v", tt.why, f, m), func(t *testing.T) {
					t.Parallel()
					s := newServer(t, m)
					s.desk.cancel = tt.cancel
					q, body := samplePush(t, f, m)
					minusOne(t, q, f, m, s.post(q, body))
					s.counted(t, fmt.Sprintf("carrierhook_failures_total{why=%q}", tt.why), 1)
					s.counted(t, "carrierhook_unknown_outcomes_total", tt.unknown)
					s.counted(t, "carrierhook_pushes_under_way", 0)
					s.counted(t, fmt.Sprintf(`carrierhook_pushes_total{event="cancel_waybill",format=%q,mode=%q,result="-1"}`, f, m), 1)
					entry, fields := s.line(t, "push")
					if entry.Level != zap.ErrorLevel || fields["failure"] != tt.why || fields["result"] != "-1" ||
						!strings.Contains(fmt.Sprint(fields["error"]), inside) {
						t.Errorf("%v: %v", entry.Level, fields)
					}
				})
			}
		}
	}
}

// minusOne fails the test unless the answer is exactly the one for a failure.
func minusOne(t testing.TB, q wechat.Query, f wechat.Format, m wechat.Mode, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code != http.StatusOK {
		t.Fatalf("status %d, %q", w.Code, w.Body)
	}
	r, err := wechat.DecodeCancelReply(f, opened(t, q, f, m, w.Body.Bytes()))
	must(t, err)
	if want := sampleCancel.Reply(-1, "其他错误"); r != want {
		t.Errorf("reply %+v, want %+v", r, want)
	}
}

// TestPanicIsLogged: with its stack, once.
func TestPanicIsLogged(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain)
	s.desk.cancel = func(context.Context, waybill.CancelRequest) (waybill.Decision, error) { panic("impossible") }
	s.post(samplePush(t, wechat.XML, wechat.Plain))
	entry, fields := s.line(t, "panic")
	if stack, _ := fields["stack"].(string); entry.Level != zap.ErrorLevel || !strings.Contains(stack, "failure_test.go") {
		t.Errorf("%v: %v", entry.Level, fields)
	}
	s.desk.cancel = nil
	if w := s.post(samplePush(t, wechat.XML, wechat.Plain)); !strings.Contains(w.Body.String(), "<ResultCode>0<") {
		t.Errorf("the next push gets %q", w.Body)
	}
}

// TestOverload: above the limit of pushes under way the answer is -1 at once;
// nobody queues. When there is room again, pushes are decided again.
func TestOverload(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Secure, func(o *options) { o.MaxInFlight = 1 })
	entered, leave := make(chan struct{}), make(chan struct{})
	s.desk.cancel = func(context.Context, waybill.CancelRequest) (waybill.Decision, error) {
		close(entered)
		select {
		case <-leave:
		case <-time.After(10 * time.Second): // or a queue would hang the test
		}
		return waybill.Decision{Reason: waybill.Accepted}, nil
	}
	q, body := samplePush(t, wechat.XML, wechat.Secure)
	var first *httptest.ResponseRecorder
	var wg sync.WaitGroup
	wg.Go(func() { first = s.post(q, body) })
	<-entered
	s.counted(t, "carrierhook_pushes_under_way", 1)

	begun := time.Now()
	minusOne(t, q, wechat.XML, wechat.Secure, s.post(q, body))
	other := s.post(wechatPush(t, wechat.XML, wechat.Secure, message(wechat.XML, "event", "add_waybill")))
	if other.Body.String() != "success" {
		t.Errorf("another event gets %q", other.Body)
	}
	if took := time.Since(begun); took > time.Second {
		t.Errorf("two pushes too many took %v", took)
	}
	s.counted(t, `carrierhook_failures_total{why="overloaded"}`, 1)
	asked, recorded := s.desk.seen()
	if len(asked) != 1 || len(recorded) != 0 {
		t.Errorf("the desk was asked %d times and told %d, one at a time is allowed", len(asked), len(recorded))
	}
	close(leave)
	wg.Wait()
	s.desk.cancel = nil
	for _, w := range []*httptest.ResponseRecorder{first, s.post(q, body)} {
		if !strings.Contains(string(opened(t, q, wechat.XML, wechat.Secure, w.Body.Bytes())), "<ResultCode>0<") {
			t.Errorf("%q", w.Body)
		}
	}
	s.counted(t, "carrierhook_pushes_under_way", 0)
}
