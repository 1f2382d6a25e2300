package api_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

const deadline = 5 * time.Second

// TestDeadline: every call of the store has to be answered in the request's
// time, which began with its first byte.
func TestDeadline(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c call) {
		synctest.Test(t, func(t *testing.T) {
			const before = 2 * time.Second
			s := newServer(t, func(p *options) {
				p.FirstByte = func(context.Context) time.Time { return time.Now().Add(-before) }
			})
			s.store.before = func(ctx context.Context, _ any) error {
				<-ctx.Done()
				return ctx.Err()
			}
			begun := time.Now()
			isProblem(t, http.StatusServiceUnavailable, "unavailable", s.call(t, c.method, c.target, c.body))
			if took := time.Since(begun); took != deadline-before {
				t.Errorf("took %v, want %v", took, deadline-before)
			}
		})
	})
}

// TestWithoutFirstByte the time begins when the request is served.
func TestWithoutFirstByte(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, func(p *options) { p.FirstByte = nil })
		s.store.before = func(ctx context.Context, _ any) error {
			if until, _ := ctx.Deadline(); time.Until(until) != deadline {
				t.Errorf("%v until the deadline", time.Until(until))
			}
			return nil
		}
		s.call(t, "GET", "/v1/pushes", "")
	})
}

// TestHangUp: a client that hangs up does not undo what it reported, and nothing is read
// for it any more.
func TestHangUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c call) {
		s := newServer(t)
		var got error
		s.store.before = func(ctx context.Context, _ any) error {
			got = ctx.Err()
			return errors.New("down")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		s.do(t, ask(c.method, c.target, c.body).WithContext(ctx))
		if (got != nil) != (c.scope == "read") {
			t.Errorf("the store's context: %v", got)
		}
	})
}
