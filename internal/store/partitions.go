package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// monthly is a table that has a partition for each month, and a default one for
// what no month takes.
type monthly struct {
	table  string
	column string // the time that a row's month goes by
}

// Those of the ledger, and those of the scans: all of a waybill are in the month
// of the first.
var (
	ledgerMonths = monthly{"push", "at"}
	scanMonths   = monthly{"scan", "first_scan_at"}
)

// keptByMonth are the tables whose months are looked after together.
var keptByMonth = []monthly{ledgerMonths, scanMonths}

// monthsAhead is how many months' partitions of each table are kept ready after
// the current one.
const monthsAhead = 24

// partitionLock keeps the servers of a fleet from making or dropping the same
// partition at once. Neither pushes nor reports take it.
const partitionLock = 0x6c656467

// A month is what a partition holds: its first instant, in UTC.
type month time.Time

func monthOf(t time.Time) month {
	t = t.UTC()
	return month(time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC))
}

func (m month) add(n int) month  { return month(time.Time(m).AddDate(0, n, 0)) }
func (m month) start() time.Time { return time.Time(m) }
func (m month) end() time.Time   { return m.add(1).start() }
func bound(t time.Time) string   { return t.Format("2006-01-02 00:00:00+00") }

// partition is the name of a month's partition, byDefault that of the other one.
func (t monthly) partition(m month) string { return t.table + m.start().Format(monthSuffix) }
func (t monthly) byDefault() string        { return t.table + "_default" }

const monthSuffix = "_2006_01"

var partitionSuffix = regexp.MustCompile(`^_\d{4}_\d{2}$`)

// months lists the table's monthly partitions, oldest first, and the database's
// time.
func (t monthly) months(ctx context.Context, conn querier) (have []month, now time.Time, err error) {
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
		if !ok || !partitionSuffix.MatchString(suffix) {
			continue // the default partition, or one that somebody made
		}
		first, err := time.Parse(monthSuffix, suffix)
		if err != nil {
			return nil, now, fmt.Errorf("partition %s: %w", name, err)
		}
		have = append(have, month(first))
	}
	return have, now, nil
}

// querier is a connection or a pool.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// ensurePartitions makes what the tables are missing of the current month and
// monthsAhead months after it. Where one table's cannot be made the others' are.
func ensurePartitions(ctx context.Context, conn *pgx.Conn) error {
	var faults []error
	for _, t := range keptByMonth {
		faults = append(faults, t.ensure(ctx, conn))
	}
	return errors.Join(faults...)
}

func (t monthly) ensure(ctx context.Context, conn *pgx.Conn) error {
	have, now, err := t.months(ctx, conn)
	if err != nil {
		return err
	}
	there := map[month]bool{}
	for _, m := range have {
		there[m] = true
	}
	for n := range monthsAhead + 1 {
		m := monthOf(now).add(n)
		if there[m] {
			continue
		}
		if err := politely(ctx, func() error { return t.makePartition(ctx, conn, m) }); err != nil {
			return fmt.Errorf("make partition %s: %w", t.partition(m), err)
		}
	}
	return nil
}

// makePartition makes one month's partition beside the table and attaches it,
// which lets others go on writing: attaching locks the default partition only, and
// what that holds of the month is moved first.
func (t monthly) makePartition(ctx context.Context, conn *pgx.Conn, m month) error {
	fill := strings.NewReplacer("{partition}", pgx.Identifier{t.partition(m)}.Sanitize(), "{table}", t.table, "{column}", t.column,
		"{default}", t.byDefault(), "{from}", bound(m.start()), "{to}", bound(m.end())).Replace
	return partitionTx(ctx, conn, func(tx pgx.Tx) error {
		var exists bool
		if err := tx.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", t.partition(m)).Scan(&exists); err != nil || exists {
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

// drop removes the months that ended before the oldest time to keep, and the older
// rows of the default partition. It returns how many months it dropped.
func (t monthly) drop(ctx context.Context, conn *pgx.Conn, oldest time.Time) (dropped int, err error) {
	have, _, err := t.months(ctx, conn)
	if err != nil {
		return 0, err
	}
	for _, m := range have {
		if m.end().After(oldest) {
			break
		}
		err := politely(ctx, func() error {
			return partitionTx(ctx, conn, func(tx pgx.Tx) error {
				_, err := tx.Exec(ctx, "DROP TABLE IF EXISTS "+pgx.Identifier{t.partition(m)}.Sanitize())
				return err
			})
		})
		if err != nil {
			return dropped, fmt.Errorf("drop partition %s: %w", t.partition(m), err)
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
