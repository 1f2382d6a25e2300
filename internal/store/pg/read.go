package pg

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	beginRead   = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`
	beginLatest = `BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY`

	// PlanForValues makes Postgres plan for the values of a query. They decide
	// which index serves best, and how many rows are wanted. Leave the other processors to pushes, and do not compile for one page.
	PlanForValues = `SELECT set_config('plan_cache_mode', 'force_custom_plan', true),
		set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true)`
)

// The parts of the connections that reads may have (but two at least), and of them slow
// reads (but one).
const (
	readShare     = 4
	slowReadShare = 2 * readShare
)

// Read runs queries in one snapshot, in one round trip: queue queues them, and load
// reads the answers, at each try from the start. No row is locked. It is tried again
// after a transient error until ctx ends; a query that takes longer than the statement
// timeout is given up. Slow reads wait for each other, so that they leave connections
// to quick ones, and all of them leave connections to batches.
func (p *Pool) Read(ctx context.Context, slow bool, queue func(*pgx.Batch), load func(pgx.BatchResults) error) error {
	if slow {
		done, err := p.slowReads.Acquire(ctx)
		if err != nil {
			return err
		}
		defer done()
	}
	return p.read(ctx, beginRead, queue, load)
}

// ReadLatest is Read, but each query sees what was committed before it.
func (p *Pool) ReadLatest(ctx context.Context, queue func(*pgx.Batch), load func(pgx.BatchResults) error) error {
	return p.read(ctx, beginLatest, queue, load)
}

func (p *Pool) read(ctx context.Context, begin string, queue func(*pgx.Batch), load func(pgx.BatchResults) error) error {
	done, err := p.reads.Acquire(ctx)
	if err != nil {
		return err
	}
	defer done()
	return p.Retry(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		limits, err := TryTimeouts(ctx, p.LockTimeout, p.StatementTimeout)
		if err != nil {
			return err
		}
		var b pgx.Batch
		b.Queue(begin)
		b.Queue(SetTimeouts, limits[:]...)
		b.Queue(PlanForValues)
		queue(&b)
		b.Queue("COMMIT")
		if err := readOn(ctx, conn, &b, load); err != nil {
			return Rollback(ctx, conn, err)
		}
		return nil
	})
}

func readOn(ctx context.Context, conn *pgxpool.Conn, b *pgx.Batch, load func(pgx.BatchResults) error) error {
	res := conn.SendBatch(ctx, b)
	defer res.Close()
	for _, what := range []string{"begin", "set timeouts", "plan for values"} {
		if _, err := res.Exec(); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	if err := load(res); err != nil {
		return err
	}
	if _, err := res.Exec(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return res.Close()
}
