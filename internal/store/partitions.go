package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// partitioned is a table that has a partition for each month or day, and a default one
// for what none takes.
type partitioned struct {
	table  string
	column string // the time that a row's partition goes by
	every  *period
}

// Those of the ledger, those of the scans, of which all of a waybill are in the month
// of the first, and those of the events.
var (
	ledgerMonths = partitioned{"push", "at", monthly}
	scanMonths   = partitioned{"scan", "first_scan_at", monthly}
	eventDays    = partitioned{"event", "at", daily}
)

// keptByMonth are the tables whose months are looked after together.
var keptByMonth = []partitioned{ledgerMonths, scanMonths}

// partitionLock keeps the servers of a fleet from making or dropping the same
// partition at once. Neither pushes nor reports take it.
const partitionLock = 0x6c656467

// partition is the name of a period's partition, byDefault that of the other one.
func (t partitioned) partition(first time.Time) string { return t.table + first.Format(t.every.suffix) }

func (t partitioned) byDefault() string { return t.table + "_default" }

// partitions lists the periods that have one, oldest first, and the database's time.
func (t partitioned) partitions(ctx context.Context, conn querier) (have []time.Time, now time.Time, err error) {
	if err := conn.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&now); err != nil {
		return nil, now, fmt.Errorf("read the clock: %w", err)
	}
	rows, _ := conn.Query(ctx, `SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = $1::text::regclass ORDER BY c.relname`, t.table)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, now, fmt.Errorf("list partitions: %w", err)
	}
	for _, name := range names {
		suffix, ok := strings.CutPrefix(name, t.table)
		if !ok || !t.every.names.MatchString(suffix) {
			continue // the default partition, or one that somebody made
		}
		first, err := time.Parse(t.every.suffix, suffix)
		if err != nil {
			return nil, now, fmt.Errorf("partition %s: %w", name, err)
		}
		have = append(have, first)
	}
	return have, now, nil
}

// querier is a connection or a pool.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// ensurePartitions makes what the tables are missing of the current period and those
// ahead of it. Where one table's cannot be made the others' are.
func ensurePartitions(ctx context.Context, conn *pgx.Conn) error {
	return errors.Join(ensureMonths(ctx, conn), eventDays.ensure(ctx, conn))
}

func ensureMonths(ctx context.Context, conn *pgx.Conn) error {
	var faults []error
	for _, t := range keptByMonth {
		faults = append(faults, t.ensure(ctx, conn))
	}
	return errors.Join(faults...)
}

func (t partitioned) ensure(ctx context.Context, conn *pgx.Conn) error {
	have, now, err := t.partitions(ctx, conn)
	if err != nil {
		return err
	}
	for n := range t.every.ahead + 1 {
		first := t.every.add(t.every.of(now), n)
		if slices.ContainsFunc(have, first.Equal) {
			continue
		}
		if err := politely(ctx, func() error { return t.makePartition(ctx, conn, first) }); err != nil {
			return fmt.Errorf("make partition %s: %w", t.partition(first), err)
		}
	}
	return nil
}

// makePartition makes one period's partition beside the table and attaches it,
// which lets others go on writing: attaching locks the default partition only, and
// what that holds of the period is moved first.
func (t partitioned) makePartition(ctx context.Context, conn *pgx.Conn, first time.Time) error {
	fill := strings.NewReplacer("{partition}", pgx.Identifier{t.partition(first)}.Sanitize(), "{table}", t.table, "{column}", t.column,
		"{default}", t.byDefault(), "{from}", bound(first), "{to}", bound(t.every.add(first, 1))).Replace
	return partitionTx(ctx, conn, func(tx pgx.Tx) error {
		var exists bool
		if err := tx.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", t.partition(first)).Scan(&exists); err != nil || exists {
			return err
		}
		for _, sql := range []string{
			"CREATE TABLE {partition} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)",
			"LOCK TABLE {default} IN ACCESS EXCLUSIVE MODE",
			`WITH moved AS (DELETE FROM {default} WHERE {column} >= '{from}' AND {column} < '{to}' RETURNING *)
				INSERT INTO {partition} SELECT * FROM moved`,
			"ALTER TABLE {table} ATTACH PARTITION {partition} FOR VALUES FROM ('{from}') TO ('{to}')",
		} {
			if _, err := tx.Exec(ctx, fill(sql)); err != nil {
				return err
			}
		}
		return nil
	})
}

// drop removes the periods that ended before the oldest time to keep, and the older
// rows of the default partition. It returns how many periods it dropped.
func (t partitioned) drop(ctx context.Context, conn *pgx.Conn, oldest time.Time) (dropped int, err error) {
	have, _, err := t.partitions(ctx, conn)
	if err != nil {
		return 0, err
	}
	for _, first := range have {
		if t.every.add(first, 1).After(oldest) {
			break
		}
		err := politely(ctx, func() error {
			return partitionTx(ctx, conn, func(tx pgx.Tx) error {
				_, err := tx.Exec(ctx, "DROP TABLE IF EXISTS "+pgx.Identifier{t.partition(first)}.Sanitize())
				return err
			})
		})
		if err != nil {
			return dropped, fmt.Errorf("drop partition %s: %w", t.partition(first), err)
		}
		dropped++
	}
	if _, err := conn.Exec(ctx, "DELETE FROM "+t.byDefault()+" WHERE "+t.column+" < $1", oldest); err != nil {
		return dropped, fmt.Errorf("empty partition %s: %w", t.byDefault(), err)
	}
	return dropped, nil
}

// partitionTx runs fn alone among the servers, and gives up soon where it would
// make others wait behind it.
func partitionTx(ctx context.Context, conn *pgx.Conn, fn func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", partitionLock); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '200ms'"); err != nil {
			return err
		}
		return fn(tx)
	})
}

// politely tries again what gave up because the table was busy.
func politely(ctx context.Context, fn func() error) error {
	for try := 0; ; try++ {
		err := fn()
		pg, ok := errors.AsType[*pgconn.PgError](err)
		// 23514: a row went to the default partition while it was emptied.
		busy := ok && (pg.Code == "55P03" || pg.Code == "40P01" || pg.Code == "23514")
		if !busy || try == 20 {
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
