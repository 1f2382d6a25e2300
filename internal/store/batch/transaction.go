package batch

import (
	"context"
	"fmt"
	"time"

	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

// SetLimits is pg.SetTimeouts for a batch, all of whose statements look rows up by
// their keys. The planner would read a table that is still empty, such as a month that
// has just begun, from end to end, and the plan would be kept while the table grows.
//
// Where it has to read one so all the same, such a plan counts as so dear that Postgres
// would compile it each time, which takes many times as long as to run it.
//
// Plans are made without the values: for a short array the planner would make a plan of
// its own each time, which is half of what Postgres does for a batch of one.
const SetLimits = pg.SetTimeouts + `, set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
	set_config('plan_cache_mode', 'force_generic_plan', true)`

// Run decides a batch in one transaction of two round trips, once. It waits no longer
// than lock for rows that are locked. A job that it leaves undecided without an error has
// something to be done first, or its row is locked.
func (b *Batcher[J]) Run(ctx context.Context, jobs []J, lock time.Duration) (err error) {
	for _, j := range jobs {
		// The last try may have found another one's decision committed, and failed.
		t := j.state()
		t.shared, t.Decided, t.Resolved = len(jobs) > 1, false, false
	}
	if !jobs[0].state().alone {
		b.size.Observe(float64(len(jobs)))
	}
	try, err := b.pool.Try(ctx)
	if err != nil {
		return err
	}
	defer func() { err = try.End(err) }()
	limits, err := pg.TryTimeouts(try.Ctx, lock, b.pool.StatementTimeout)
	if err != nil {
		return err
	}
	tx := b.begin()
	if err := b.load(&try, tx, jobs, limits); err != nil {
		return pg.Rollback(try.Ctx, try.Conn, err)
	}
	kept := tx.Decide(jobs)
	if len(kept) == 0 {
		return pg.Rollback(try.Ctx, try.Conn, nil)
	}
	if err := b.commit(&try, tx, kept); err != nil {
		return pg.Rollback(try.Ctx, try.Conn, fmt.Errorf("write and commit: %w", err))
	}
	return nil
}

// load begins the transaction, locks and reads, in one round trip.
func (b *Batcher[J]) load(try *pg.Try, tx Transaction[J], jobs []J, limits pg.Timeouts) error {
	var batch pgx.Batch
	batch.Queue("BEGIN")
	batch.Queue(SetLimits, limits[:]...)
	tx.QueueLoad(&batch, jobs)
	res := try.Conn.SendBatch(try.Ctx, &batch)
	defer res.Close()
	for _, what := range []string{"begin", "set limits"} {
		if _, err := res.Exec(); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	if err := tx.Load(res); err != nil {
		return err
	}
	return res.Close()
}

// commit sends what is written and the COMMIT in one round trip. When
// the connection goes away from here on, nobody knows whether the commit happened: the
// jobs that change something, or have found it changed, are marked as in doubt.
func (b *Batcher[J]) commit(try *pg.Try, tx Transaction[J], kept []J) error {
	var batch pgx.Batch
	tx.QueueWrite(&batch, kept)
	batch.Queue("COMMIT")
	err := pg.FailOnWarning(try.Conn.Conn(), func() error { return pg.ExecAll(try.Ctx, try.Conn, &batch) })
	lost := err != nil && pg.InDoubt(try.Conn.Conn(), err)
	for _, j := range kept {
		t := j.state()
		if err != nil {
			t.InDoubt = t.InDoubt || lost && (j.Writes() || t.Resolved)
			continue
		}
		t.Decided = true
		if t.Resolved && t.InDoubt {
			b.resolved.Inc()
		}
	}
	return err
}
