package store

import (
	"context"
	"errors"
	"net"
	"testing"

	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"
)

// A stale plan is nobody's fault who is in the set: none of them goes on alone.
func TestStalePlanInSet(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	s, err := Open(t.Context(), Options{URL: "postgres://nobody@localhost/none", MaxConns: 1, BatchSize: 8,
		hooks: hooks{dial: func(context.Context, string, string) (net.Conn, error) {
			t.Error("somebody went on alone")
			stop()
			return nil, errors.New("there is no network")
		}}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sets := 0
	s.cancels.queue.run = func(set []*cancelJob) error {
		sets++
		set[0].shared = true
		return &pg.StalePlanError{Err: errors.New("stale")}
	}
	if err := s.cancels.Do(ctx, newCancelJob(waybill.CancelRequest{BizID: "B"})); !pg.StalePlan(err) || sets != 2 {
		t.Errorf("%v, after %d sets", err, sets)
	}
}
