package storetest

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// AtOnce does something n times at the same moment.
func AtOnce[Answer any](n int, do func(i int) Answer) []Answer {
	got := make([]Answer, n)
	var all sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-gate
			got[i] = do(i)
		})
	}
	close(gate)
	all.Wait()
	return got
}

// Race does two things at the same moment. Which is begun first depends on the turn.
func Race(turn int, things ...func()) {
	AtOnce(len(things), func(i int) any { things[(i+turn)%len(things)](); return nil })
}

// Answer makes a request of what is tested, and expects an answer.
func Answer[Request, Decision any](tb testing.TB, what string, decide func(context.Context, Request) (Decision, error), r Request) Decision {
	tb.Helper()
	ctx, stop := context.WithTimeout(context.Background(), Patience)
	defer stop()
	got, err := decide(ctx, r)
	if err != nil {
		tb.Errorf("%s: %v", what, err)
	}
	return got
}

// TakeConns takes connections out of a pool.
func TakeConns(tb testing.TB, pool *pgxpool.Pool, n int) (release func()) {
	tb.Helper()
	var taken []*pgxpool.Conn
	for range n {
		c, err := pool.Acquire(tb.Context())
		Must(tb, err)
		taken = append(taken, c)
	}
	return func() {
		for _, c := range taken {
			c.Release()
		}
	}
}

// Count is what a counter has come to.
func Count(c prometheus.Counter) float64 {
	var m dto.Metric
	if err := c.Write(&m); err != nil {
		panic(err)
	}
	return m.GetCounter().GetValue()
}
