package handler_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/handler"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
)

// TestOurFailureIsMinusOne: whatever goes wrong behind a push that is WeChat's,
// the reply is -1 in the packet of its event and has nothing of the cause. The log has
// all of it, but of a panic only its type: its value may be an order.
func TestOurFailureIsMinusOne(t *testing.T) {
	t.Parallel()
	const inside = "dial tcp 10.1.2.3:5432: connection refused"
	tests := []struct {
		why     string
		how     outcome
		unknown float64
	}{
		{"database", fails(errors.New(inside)), 0},
		{"database", fails(fmt.Errorf("%s: %w", inside, context.DeadlineExceeded)), 0},
		{"outcome_unknown", fails(fmt.Errorf("cancel: %w: %s", ledger.ErrOutcomeUnknown, inside)), 1},
		{"overloaded", fails(fmt.Errorf("%s: %w", inside, waybill.ErrOverloaded)), 0},
		{"too_many_passwords", fails(fmt.Errorf("%s: %w", inside, waybill.ErrTooManyPasswords)), 0},
		{"outcome_unknown", fails(fmt.Errorf("%w: %s: %w", ledger.ErrOutcomeUnknown, inside, waybill.ErrTooManyPasswords)), 1},
		{"no_numbers", fails(fmt.Errorf("%s: %w", inside, waybill.ErrNoNumbers)), 0},
		{"panic", func(context.Context) (string, error) { panic(inside) }, 0},
		{"panic", func(context.Context) (string, error) { panic(errors.New(inside)) }, 0},
	}
	var names []string
	for _, tt := range tests {
		names = append(names, tt.why)
		for _, c := range eventCases() {
			for f, m := range everyWay {
				t.Run(fmt.Sprintf("%s/%s/%v/%v", tt.why, c.event, f, m), func(t *testing.T) {
					t.Parallel()
					s := newServer(t, m)
					s.store.decides(tt.how)
					q, body := wechatPush(t, f, m, c.packet(f))
					minusOne(t, c, q, f, m, s.post(q, body))
					s.counts(t, map[string]float64{
						fmt.Sprintf("carrierhook_failures_total{why=%q}", tt.why): 1,
						"carrierhook_unknown_outcomes_total":                      tt.unknown,
						"carrierhook_repeats_total":                               0,
						"carrierhook_in_flight_pushes":                            0,
						fmt.Sprintf(`carrierhook_pushes_total{account="main",event=%q,format=%q,mode=%q,result="-1"}`, c.event, f, m): 1,
					})
					entry, fields := s.line(t, "push")
					if entry.Level != zap.ErrorLevel || fields["failure"] != tt.why || fields["result"] != "-1" ||
						strings.Contains(fmt.Sprint(fields["error"]), inside) != (tt.why != "panic") || fields["reason"] != nil || fields["repeat"] != nil {
						t.Errorf("%v: %v", entry.Level, fields)
					}
				})
			}
		}
	}
	slices.Sort(names)
	if known := slices.Sorted(slices.Values(handler.Failures())); !slices.Equal(known, slices.Compact(names)) {
		t.Errorf("tried are %q of the failures %q", names, known)
	}
}

// minusOne fails the test unless the answer is exactly the one for a failure.
func minusOne(t testing.TB, event eventCase, q wechat.Query, f wechat.Format, m wechat.Mode, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code != http.StatusOK {
		t.Fatalf("status %d, %q", w.Code, w.Body)
	}
	got := opened(t, q, f, m, w.Body.Bytes())
	if want := event.refusal(f, -1, "其他错误"); !bytes.Equal(got, want) {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// TestRefusingIsNoFailure: where WeChat has no other number, -1 is also the reply to a
// request that is refused. The log and the metrics show the difference, and so do the
// texts.
func TestRefusingIsNoFailure(t *testing.T) {
	t.Parallel()
	for why, text := range map[waybill.Reason]string{
		waybill.BadRequest: "其他错误(订单信息不正确)", waybill.OrderCancelled: "其他错误(订单已取消,请使用新的订单号)",
	} {
		s := newServer(t, wechat.Secure)
		s.store.decides(always(why))
		c := caseOf("add_waybill")
		_, got := s.push(t, wechat.JSON, wechat.Secure, c.packet(wechat.JSON))
		if want := c.refusal(wechat.JSON, -1, text); !bytes.Equal(got, want) {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
		entry, fields := s.line(t, "push")
		if entry.Level != zap.InfoLevel || fields["reason"] != string(why) || fields["failure"] != nil || fields["result"] != "-1" {
			t.Errorf("%v: %v", entry.Level, fields)
		}
		s.noFailure(t)
	}
}

// noFailure fails the test if any failure was counted.
func (s *server) noFailure(t testing.TB) {
	t.Helper()
	none := map[string]float64{}
	for _, why := range handler.Failures() {
		none[fmt.Sprintf("carrierhook_failures_total{why=%q}", why)] = 0
	}
	s.counts(t, none)
}

// TestPanicIsLogged: with its stack, once.
func TestPanicIsLogged(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain)
	s.store.cancel = func(context.Context, waybill.CancelRequest) (waybill.CancelDecision, error) { panic("impossible") }
	s.post(samplePush(t, wechat.XML, wechat.Plain))
	entry, fields := s.line(t, "panic")
	if stack, _ := fields["stack"].(string); entry.Level != zap.ErrorLevel || !strings.Contains(stack, "failure_test.go") || fields["fault"] != "a string" {
		t.Errorf("%v: %v", entry.Level, fields)
	}
	s.store.cancel = nil
	if w := s.post(samplePush(t, wechat.XML, wechat.Plain)); !strings.Contains(w.Body.String(), "<ResultCode>0<") {
		t.Errorf("the next push gets %q", w.Body)
	}
}

// TestOverload: above the limit of pushes in flight the answer is -1 at once, in the
// packet of its event; none queues. Below it pushes are decided again.
func TestOverload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, wechat.Secure, func(o *options) { o.MaxInFlight = 1 })
		leave := make(chan struct{})
		s.store.decides(func(context.Context) (string, error) {
			select {
			case <-leave:
			case <-time.After(patience / 2): // or a queue would hang the test
			}
			return string(waybill.Accepted), nil
		})
		q, body := samplePush(t, wechat.XML, wechat.Secure)
		var first *httptest.ResponseRecorder
		var wg sync.WaitGroup
		wg.Go(func() { first = s.post(q, body) })
		synctest.Wait() // until the store has it
		s.counted(t, "carrierhook_in_flight_pushes", 1)

		begun := time.Now()
		for i, event := range eventCases() {
			q, body := wechatPush(t, wechat.XML, wechat.Secure, event.packet(wechat.XML))
			minusOne(t, event, q, wechat.XML, wechat.Secure, s.post(q, body))
			if i < 10 { // more in one second are not all logged
				s.turnedAway(t)
			}
		}
		other := s.post(wechatPush(t, wechat.XML, wechat.Secure, message(wechat.XML, "event", "another_event")))
		if other.Body.String() != "success" {
			t.Errorf("another event gets %q", other.Body)
		}
		if took := time.Since(begun); took != 0 {
			t.Errorf("one push too many waited, for %v", took)
		}
		s.counted(t, `carrierhook_failures_total{why="overloaded"}`, float64(len(eventCases())))
		onlyRequest[waybill.CancelRequest](t, s.store) // one at a time is allowed
		close(leave)
		wg.Wait()
		s.store.decides(always(waybill.Accepted))
		for _, w := range []*httptest.ResponseRecorder{first, s.post(q, body)} {
			if !strings.Contains(string(opened(t, q, wechat.XML, wechat.Secure, w.Body.Bytes())), "<ResultCode>0<") {
				t.Errorf("%q", w.Body)
			}
		}
		s.counted(t, "carrierhook_in_flight_pushes", 0)
	})
}

// turnedAway fails the test unless the last push was, before it was looked up, and
// the log says so.
func (s *server) turnedAway(t testing.TB) {
	t.Helper()
	entry, fields := s.line(t, "push")
	if entry.Level != zap.ErrorLevel || fields["failure"] != "overloaded" || !strings.Contains(fmt.Sprint(fields["error"]), "turned away before it was looked up") {
		t.Errorf("%v: %v", entry.Level, fields)
	}
	s.logs.TakeAll()
}

// TestBytesInFlight: the memory of the pushes in flight is bounded as well as their
// number. Above it the answer is -1 at once, until they are answered.
func TestBytesInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const size, fit = 256 << 10, (128 << 20) / (24<<10 + 8*256<<10)
		s := newServer(t, wechat.Plain, func(o *options) { o.MaxInFlight, o.MaxBody = 2*fit, size })
		var wg sync.WaitGroup
		for range 2 { // the second time there is as much memory again
			leave := make(chan struct{})
			s.store.cancelsAfter(leave)
			for range fit {
				wg.Go(func() {
					if w := s.post(signed(""), sized(t, size)); !strings.Contains(w.Body.String(), "<ResultCode>0<") {
						t.Errorf("%q", w.Body)
					}
				})
			}
			synctest.Wait()
			s.counted(t, "carrierhook_in_flight_pushes", fit)
			minusOne(t, caseOf("cancel_waybill"), signed(""), wechat.XML, wechat.Plain, s.post(signed(""), sized(t, size)))
			s.turnedAway(t)
			close(leave)
			wg.Wait()
			s.logs.TakeAll()
		}
		s.counted(t, `carrierhook_failures_total{why="overloaded"}`, 2)
	})
}

// TestMembersInFlight: a push of few bytes and many members takes the memory of its
// members.
func TestMembersInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const members, fit = 4000, (128 << 20) / (24<<10 + 4000*80)
		s := newServer(t, wechat.Plain, func(o *options) { o.MaxInFlight = 2 * fit })
		leave := make(chan struct{})
		s.store.cancelsAfter(leave)
		body := bytes.Replace(wechat.EncodeCancel(wechat.JSON, sampleCancel), []byte("{"), []byte(`{"x":[`+strings.Repeat("1,", members)+`1],`), 1)
		var wg sync.WaitGroup
		for range fit + 1 {
			wg.Go(func() { s.post(signed(""), body) })
		}
		synctest.Wait()
		if n := s.logs.FilterMessage("push").Len(); n == 0 || n > fit/2 {
			t.Errorf("%d of %d were turned away", n, fit+1)
		}
		close(leave)
		wg.Wait()
		s.logs.TakeAll()
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
			s.store.decides(fails(err))
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
