package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// indexLock lets one server at a time build. Pushes never take it.
const indexLock = 0x74696d65

// buildPatience is how long a build waits for whoever began before it, such as a
// dump. Meanwhile it keeps nobody waiting; but the upkeep has more to do, and what
// has failed is done again. Building itself takes as long as the table is large.
const buildPatience = 5 * time.Minute

const setBuildTimeouts = `SELECT set_config('lock_timeout', $1, false), set_config('statement_timeout', '0', false)`

// buildIndexes gives each partition of the ledger the parts of the indexes that it
// has none of, and returns how many it built. What another server builds it leaves
// to that one. It asks conn whether there is anything to do, and works on
// connections of its own.
func buildIndexes(ctx context.Context, conn querier, cfg *pgx.ConnConfig, patience time.Duration) (built int, err error) {
	work, err := findIndexWork(ctx, conn)
	if err != nil || work.none() {
		return 0, err
	}
	err = aloneAtIndexes(ctx, cfg, func(own *pgx.Conn) error {
		built, err = buildMissing(ctx, own, patience)
		return err
	})
	return built, err
}

// buildWhereEmpty does so for partitions without rows only, which takes a moment.
// Where a later program is at it, or somebody holds a partition, upkeep will do it.
func buildWhereEmpty(ctx context.Context, conn querier, cfg *pgx.ConnConfig) error {
	work, err := findIndexWork(ctx, conn)
	if err != nil || len(work.missing) == 0 {
		return err
	}
	return aloneAtIndexes(ctx, cfg, func(own *pgx.Conn) error {
		work, err := findIndexWork(ctx, own) // another may have done it before the lock was had
		if err != nil {
			return err
		}
		for _, p := range work.missing {
			if p.There {
				continue
			}
			if _, err := p.buildEmpty(ctx, own); err != nil && !lockedOut(err) {
				return p.fault("prepare", err)
			}
		}
		return nil
	})
}

// aloneAtIndexes does the work unless another server is at it. The lock is held by
// a transaction on a connection of its own, for an index cannot be built inside
// one, and it is not waited for: who waits has a snapshot, and a build waits for
// everybody who has an older one.
func aloneAtIndexes(ctx context.Context, cfg *pgx.ConnConfig, work func(*pgx.Conn) error) error {
	return withConn(ctx, cfg, func(guard *pgx.Conn) error {
		return pgx.BeginTxFunc(ctx, guard, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
			var alone bool
			const lock = `SELECT set_config('idle_in_transaction_session_timeout', '0', true), pg_try_advisory_xact_lock($1)`
			// By the simple protocol, for the other keeps a statement's snapshot until the next.
			if err := tx.QueryRow(ctx, lock, pgx.QueryExecModeSimpleProtocol, indexLock).Scan(nil, &alone); err != nil || !alone {
				return err
			}
			return withConn(ctx, cfg, work)
		})
	})
}

func withConn(ctx context.Context, cfg *pgx.ConnConfig, do func(*pgx.Conn) error) error {
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return do(conn)
}

// buildMissing builds what is missing now that nobody else does. Where a partition
// fails the others are built all the same, unless nobody gets a lock.
func buildMissing(ctx context.Context, conn *pgx.Conn, patience time.Duration) (built int, err error) {
	work, err := findIndexWork(ctx, conn)
	if err != nil {
		return 0, err
	}
	if _, err := conn.Exec(ctx, setBuildTimeouts, millis(patience)); err != nil {
		return 0, err
	}
	defer conn.Exec(context.WithoutCancel(ctx), "RESET ALL") // behind a pooler somebody else has it next
	var faults []error
	for _, p := range work.missing {
		if p.Busy {
			continue
		}
		if err := p.build(ctx, conn); err != nil {
			faults = append(faults, p.fault("build", err))
			if lockedOut(err) || conn.IsClosed() {
				break
			}
			continue
		}
		built++
	}
	for _, p := range work.unsure {
		if err := p.build(ctx, conn); err != nil {
			faults = append(faults, p.fault("complete", err))
		}
	}
	return built, errors.Join(faults...)
}

// fault says of which index something could not be done, and where.
func (p unindexed) fault(what string, err error) error {
	return fmt.Errorf("%s the index %s: partition %s: %w", what, p.of.name, p.Table, err)
}

// build builds a partition's index, unless that is there already, and makes it
// part of the whole.
func (p unindexed) build(ctx context.Context, conn *pgx.Conn) error {
	if !p.There {
		if done, err := p.buildEmpty(ctx, conn); done || err != nil {
			return err
		}
	}
	if p.There && !p.Whole {
		if _, err := conn.Exec(ctx, "DROP INDEX CONCURRENTLY "+p.Index); err != nil {
			return err
		}
	}
	if !p.Whole {
		if _, err := conn.Exec(ctx, "CREATE INDEX CONCURRENTLY "+p.Name+" ON "+p.Table+" "+p.of.on); err != nil {
			return err
		}
	}
	return politely(ctx, func() error {
		return partitionTx(ctx, conn, func(tx pgx.Tx) error { return p.attach(ctx, tx) })
	})
}

// buildEmpty does the same at once where the partition has no rows, as a month
// that has not come: nobody has to be waited for.
func (p unindexed) buildEmpty(ctx context.Context, conn *pgx.Conn) (done bool, err error) {
	var rows bool
	holds := "SELECT EXISTS (SELECT FROM " + p.Table + ")"
	if err := conn.QueryRow(ctx, holds).Scan(&rows); err != nil || rows {
		return false, err
	}
	err = politely(ctx, func() error {
		return partitionTx(ctx, conn, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "LOCK TABLE "+p.Table+" IN SHARE MODE"); err != nil {
				return err
			}
			if err := tx.QueryRow(ctx, holds).Scan(&rows); err != nil || rows {
				return err // somebody wrote to it just now
			}
			if _, err := tx.Exec(ctx, "CREATE INDEX "+p.Name+" ON "+p.Table+" "+p.of.on); err != nil {
				return err
			}
			return p.attach(ctx, tx)
		})
	})
	return err == nil && !rows, err
}

// attach makes a partition's index part of the whole, which is whole itself after
// the last. Who is writing to the partition is let finish, and the next wait for a
// moment.
func (p unindexed) attach(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, "ALTER INDEX "+p.of.name+" ATTACH PARTITION "+p.Index)
	return err
}
