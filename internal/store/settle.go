package store

import (
	"context"
	"fmt"
	"time"

	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// setLimits is pg.SetTimeouts for a batch, all of whose statements look rows
// up by their keys. Left to itself the planner would read a table that is empty yet
// from end to end, such as a month that has just begun, and the plan would be kept
// while the table grows.
const SetLimits = pg.SetTimeouts + `, set_config('enable_seqscan', 'off', true)`

// transaction is what one kind of request does with a set, in this order: what
// it asks, how it reads the answers, how it decides, what it writes.
//
// What is found to have been done before, by a commit in doubt or by the same
// report, is written to once more: a read shows also what a failover would take
// back, and only a commit that wrote something waits behind the one that was found.
type Transaction[J Job] interface {
	QueueLoad(b *pgx.Batch, set []J)
	Load(res pgx.BatchResults) error
	Decide(set []J) (kept []J) // those whose decision is to be written
	QueueWrite(b *pgx.Batch, kept []J)
}

// ground is what the decisions of every transaction stand on.
type loaded struct {
	now       time.Time
	merchants map[string]*waybill.Merchant
}

// readClock comes after the locks: a decision that had to wait is made by the
// clock of its own moment. readMerchants tells the time itself.
const readClock = `SELECT clock_timestamp()`

// scanClock reads the answer to readClock.
func (g *loaded) loadClock(res pgx.BatchResults) error {
	if err := res.QueryRow().Scan(&g.now); err != nil {
		return fmt.Errorf("read the clock: %w", err)
	}
	return nil
}

// latest is the later of the database's time and the server's. By that a report is
// from the future: one clock that is behind is no reason to refuse all of them.
func (s *Store) latest(now time.Time) time.Time {
	if server := s.clock(); server.After(now) {
		return server
	}
	return now
}

// settle decides a set in one transaction of two round trips: lock and read,
// then write and commit. A job that it leaves undecided without an error has
// something to be done first, or is about a waybill that is held.
func (c *Batcher[J]) settle(ctx context.Context, set []J) error {
	return c.settleWithin(ctx, set, c.store.pool.LockTimeout)
}

// settleWithin waits no longer than lock for what somebody else has locked.
func (c *Batcher[J]) settleWithin(ctx context.Context, set []J, lock time.Duration) (err error) {
	try, err := c.store.pool.Try(ctx)
	if err != nil {
		return err
	}
	defer func() { err = try.End(err) }()
	limits, err := pg.TryTimeouts(try.Ctx, lock, c.store.pool.StatementTimeout)
	if err != nil {
		return err
	}
	return c.settleOn(try.Ctx, try.Conn, set, limits)
}

func (c *Batcher[J]) settleOn(ctx context.Context, conn *pgxpool.Conn, set []J, limits pg.Timeouts) error {
	for _, j := range set {
		// The last try may have taken a neighbour's decision for kept, and failed.
		j.state().Decided, j.state().Resolved = false, false
	}
	tx := c.begin()
	if err := c.lockAndRead(ctx, conn, tx, set, limits); err != nil {
		return pg.Rollback(ctx, conn, err)
	}
	kept := tx.Decide(set)
	if len(kept) == 0 {
		return pg.Rollback(ctx, conn, nil)
	}
	return c.writeAndCommit(ctx, conn, tx, kept)
}

func (c *Batcher[J]) lockAndRead(ctx context.Context, conn *pgxpool.Conn, tx Transaction[J], set []J, limits pg.Timeouts) error {
	var b pgx.Batch
	b.Queue("BEGIN")
	b.Queue(SetLimits, limits[:]...)
	tx.QueueLoad(&b, set)
	res := conn.SendBatch(ctx, &b)
	defer res.Close()
	for _, what := range []string{"begin", "set the pace"} {
		if _, err := res.Exec(); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	if err := tx.Load(res); err != nil {
		return err
	}
	return res.Close()
}

// writeAndCommit sends the changes, the ledger rows and the COMMIT in one round
// trip. When the connection goes away from here on, nobody knows whether the
// commit happened: the jobs that change something, or have found it changed, are
// marked as in doubt.
func (c *Batcher[J]) writeAndCommit(ctx context.Context, conn *pgxpool.Conn, tx Transaction[J], kept []J) error {
	var b pgx.Batch
	tx.QueueWrite(&b, kept)
	b.Queue("COMMIT")
	if err := pg.Unwarned(conn.Conn(), func() error { return pg.ExecAll(ctx, conn, &b) }); err != nil {
		lost := pg.InDoubt(conn.Conn(), err)
		for _, j := range kept {
			t := j.state()
			t.InDoubt = t.InDoubt || lost && (j.Changes() || t.Resolved)
		}
		return pg.Rollback(ctx, conn, fmt.Errorf("write and commit: %w", err))
	}
	for _, j := range kept {
		t := j.state()
		t.Decided = true
		if t.Resolved && t.InDoubt {
			c.store.metrics.resolved.Inc()
		}
	}
	return nil
}
