package store

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"carrierhook/internal/waybill"
)

// A stale plan is nobody's fault who is in the set: none of them goes on alone.
func TestStalePlanInSet(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	s, err := Open(t.Context(), Options{URL: "postgres://nobody@localhost/none", MaxConns: 1, BatchSize: 8,
		dial: func(context.Context, string, string) (net.Conn, error) {
			t.Error("somebody went on alone")
			stop()
			return nil, errors.New("there is no network")
		}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sets := 0
	s.cancels.queue.run = func(set []*cancelJob) error {
		sets++
		set[0].shared = true
		return &planError{errors.New("stale")}
	}
	if err := s.cancels.do(ctx, newCancelJob(waybill.CancelRequest{BizID: "B"})); !stalePlan(err) || sets != 2 {
		t.Errorf("%v, after %d sets", err, sets)
	}
}

// Slow is not silent: nothing was heard since long, though it was asked long ago.
func TestSilent(t *testing.T) {
	t.Parallel()
	now := time.Now()
	ago := func(ms int) time.Time { return now.Add(-time.Duration(ms) * time.Millisecond) }
	for _, tt := range []struct {
		asked, heard int // so many milliseconds ago
		want         bool
	}{
		{2000, 2000, true}, {2000, 5000, true}, {1100, 1100, true},
		{2000, 900, false}, // it answers slowly
		{900, 2000, false}, // it was idle, and has not had time to answer
		{500, 500, false},  // neither
		{2000, 1500, true}, // it has begun to answer, and stopped
	} {
		if got := silent(ago(tt.asked), ago(tt.heard), now, time.Second); got != tt.want {
			t.Errorf("asked %d ms ago, heard %d ms ago: %t", tt.asked, tt.heard, got)
		}
	}
}
