package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// The ledger is read by time through push_by_time, an index on (at, id). A
// migration only says that there is to be one: it is built partition by partition,
// beside the pushes, and becomes whole when the last has its part. Partitions that
// are made later are given theirs as they are made.

// indexLock lets one server at a time build. Pushes never take it.
const indexLock = 0x74696d65

// buildPatience is how long a build waits for whoever began before it, such as a
// dump. Meanwhile it keeps nobody waiting; but the upkeep has more to do, and what
// has failed is done again. Building itself takes as long as the table is large.
const buildPatience = 5 * time.Minute

const setBuildTimeouts = `SELECT set_config('lock_timeout', $1, false), set_config('statement_timeout', '0', false)`

// unindexed is a partition whose index is not part of push_by_time yet. The names
// are as SQL writes them.
type unindexed struct {
	Table string
	Name  string // of its index, as Postgres would name it
	Index string // the same with its schema
	There bool
	Whole bool // else a build of it was cut
	Busy  bool // somebody is building it, such as a server that is gone
}

// findUnindexed lists them, the newest month first. Where a later program has done
// away with the index there are none.
const findUnindexed = `SELECT c.oid::regclass::text, quote_ident(i.name), format('%I.%I', n.nspname, i.name),
		x.indexrelid IS NOT NULL, coalesce(x.indisvalid, false),
		EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.relid = c.oid AND p.datname = current_database())
	FROM pg_inherits h
	JOIN pg_class c ON c.oid = h.inhrelid AND c.relkind = 'r'
	JOIN pg_namespace n ON n.oid = c.relnamespace
	CROSS JOIN LATERAL (SELECT (c.relname || '_at_id_idx')::name AS name) AS i
	LEFT JOIN pg_class k ON k.relname = i.name AND k.relnamespace = c.relnamespace
	LEFT JOIN pg_index x ON x.indexrelid = k.oid AND x.indrelid = c.oid
	WHERE h.inhparent = 'push'::regclass
		AND to_regclass('push_by_time') IS NOT NULL
		AND NOT EXISTS (SELECT FROM pg_inherits a JOIN pg_index b ON b.indexrelid = a.inhrelid
			WHERE a.inhparent = to_regclass('push_by_time') AND b.indrelid = c.oid)
	ORDER BY c.relname DESC`

// findUnsure is a part of the index where it has all its parts and does not know:
// the last partition without one was dropped.
const findUnsure = `SELECT a.inhrelid::regclass::text FROM pg_inherits a
	WHERE a.inhparent = (SELECT p.indexrelid FROM pg_index p WHERE p.indexrelid = to_regclass('push_by_time') AND NOT p.indisvalid)
	ORDER BY a.inhrelid::regclass::text DESC LIMIT 1`

// buildTimeIndex gives each partition of the ledger that has none its part of the
// index by time, and returns of how many it did. What another server builds it
// leaves to that one. It asks conn whether there is anything to do, and works on
// connections of its own.
func buildTimeIndex(ctx context.Context, conn querier, cfg *pgx.ConnConfig, patience time.Duration) (built int, err error) {
	missing, unsure, err := findIndexWork(ctx, conn)
	if err == nil && len(missing) == 0 && unsure == "" {
		return 0, nil
	}
	if err == nil {
		err = aloneAtIndexes(ctx, cfg, func(own *pgx.Conn) error {
			built, err = buildMissing(ctx, own, patience)
			return err
		})
	}
	if err != nil {
		return built, fmt.Errorf("build the index push_by_time: %w", err)
	}
	return built, nil
}

// buildWhereEmpty does so for partitions without rows only, which takes a moment.
// Where a later program is at it, or somebody holds a partition, upkeep will do it.
func buildWhereEmpty(ctx context.Context, conn querier, cfg *pgx.ConnConfig) error {
	missing, _, err := findIndexWork(ctx, conn)
	if err == nil && len(missing) > 0 {
		err = aloneAtIndexes(ctx, cfg, func(own *pgx.Conn) error {
			for _, p := range missing {
				if p.There {
					continue
				}
				if _, err := p.buildEmpty(ctx, own); err != nil && !lockedOut(err) {
					return err
				}
			}
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("prepare the index push_by_time: %w", err)
	}
	return nil
}

func findIndexWork(ctx context.Context, conn querier) (missing []unindexed, unsure string, err error) {
	rows, _ := conn.Query(ctx, findUnindexed)
	if missing, err = pgx.CollectRows(rows, pgx.RowToStructByPos[unindexed]); err != nil || len(missing) > 0 {
		return missing, "", err
	}
	err = conn.QueryRow(ctx, findUnsure).Scan(&unsure)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return nil, unsure, err
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
	missing, unsure, err := findIndexWork(ctx, conn)
	if err != nil {
		return 0, err
	}
	if _, err := conn.Exec(ctx, setBuildTimeouts, millis(patience)); err != nil {
		return 0, err
	}
	defer conn.Exec(context.WithoutCancel(ctx), "RESET ALL") // behind a pooler somebody else has it next
	var faults []error
	for _, p := range missing {
		if p.Busy {
			continue
		}
		if err := p.build(ctx, conn); err != nil {
			faults = append(faults, fmt.Errorf("partition %s: %w", p.Table, err))
			if lockedOut(err) || conn.IsClosed() {
				break
			}
			continue
		}
		built++
	}
	if unsure != "" {
		faults = append(faults, unindexed{Index: unsure, There: true, Whole: true}.build(ctx, conn))
	}
	return built, errors.Join(faults...)
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
		if _, err := conn.Exec(ctx, "CREATE INDEX CONCURRENTLY "+p.Name+" ON "+p.Table+" (at, id)"); err != nil {
			return err
		}
	}
	return politely(ctx, func() error {
		return partitionTx(ctx, conn, func(tx pgx.Tx) error { return attach(ctx, tx, p.Index) })
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
			if _, err := tx.Exec(ctx, "CREATE INDEX "+p.Name+" ON "+p.Table+" (at, id)"); err != nil {
				return err
			}
			return attach(ctx, tx, p.Index)
		})
	})
	return err == nil && !rows, err
}

// attach makes a partition's index part of the whole, which is whole itself after
// the last. Who is writing to the partition is let finish, and the next wait for a
// moment.
func attach(ctx context.Context, tx pgx.Tx, index string) error {
	_, err := tx.Exec(ctx, "ALTER INDEX push_by_time ATTACH PARTITION "+index)
	return err
}
