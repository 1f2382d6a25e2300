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

// TestDeadline: the store has to answer by the request's deadline, counted from its first
// byte.
func TestDeadline(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c call) {
		synctest.Test(t, func(t *testing.T) {
			const before = 2 * time.Second
			s := newServer(t, func(o *options) {
				o.FirstByte = func(context.Context) time.Time { return time.Now().Add(-before) }
			})
			s.store.before = func(ctx context.Context, _ any) error {
				<-ctx.Done()
				return ctx.Err()
			}
			begun := time.Now()
			isProblem(t, http.StatusServiceUnavailable, "unavailable", s.do(t, c.request()))
			if took := time.Since(begun); took != deadline-before {
				t.Errorf("took %v, want %v", took, deadline-before)
			}
		})
	})
}

// TestHangUp: a client that hangs up does not undo its report, and nothing is read for
// it any more.
func TestHangUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c call) {
		s := newServer(t)
		var got error
		called := false
		s.store.before = func(ctx context.Context, _ any) error {
			got, called = ctx.Err(), true
			return errors.New("down")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		s.do(t, c.request().WithContext(ctx))
		if !called || (got != nil) != (c.method == http.MethodGet) {
			t.Errorf("the store was called: %v, with the context's error %v", called, got)
		}
	})
}
