package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// monthsAhead is how many months' partitions of the ledger are kept ready after
// the current one.
const monthsAhead = 24

// partitionLock keeps the servers of a fleet from making or dropping the same
// partition at once. Pushes never take it.
const partitionLock = 0x6c656467

// A month is a partition of the ledger: its first instant, in UTC.
type month time.Time

func monthOf(t time.Time) month {
	t = t.UTC()
	return month(time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC))
}

func (m month) add(n int) month   { return month(time.Time(m).AddDate(0, n, 0)) }
func (m month) start() time.Time  { return time.Time(m) }
func (m month) end() time.Time    { return m.add(1).start() }
func (m month) partition() string { return time.Time(m).Format("push_2006_01") }
func (m month) bounds() [2]string { return [2]string{bound(m.start()), bound(m.end())} }
func bound(t time.Time) string    { return t.Format("2006-01-02 00:00:00+00") }

var partitionName = regexp.MustCompile(`^push_\d{4}_\d{2}$`)

// months lists the ledger's monthly partitions, oldest first, and the
// database's time.
func months(ctx context.Context, conn querier) (have []month, now time.Time, err error) {
	if err := conn.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&now); err != nil {
		return nil, now, fmt.Errorf("read the clock: %w", err)
	}
	rows, _ := conn.Query(ctx, `SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = 'push'::regclass ORDER BY c.relname`)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, now, fmt.Errorf("list partitions: %w", err)
	}
	for _, name := range names {
		if !partitionName.MatchString(name) {
			continue // the default partition, or one that somebody made
		}
		t, err := time.Parse("push_2006_01", name)
		if err != nil {
			return nil, now, fmt.Errorf("partition %s: %w", name, err)
		}
		have = append(have, month(t))
	}
	return have, now, nil
}

// querier is a connection or a pool.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// ensurePartitions makes what is missing of the current month and monthsAhead
// months after it.
func ensurePartitions(ctx context.Context, conn *pgx.Conn) error {
	have, now, err := months(ctx, conn)
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
		if err := politely(ctx, func() error { return makePartition(ctx, conn, m) }); err != nil {
			return fmt.Errorf("make partition %s: %w", m.partition(), err)
		}
	}
	return nil
}

// makePartition makes one month's partition beside the ledger and attaches it,
// which lets pushes go on: attaching locks the default partition only, and what
// that holds of the month is moved first.
func makePartition(ctx context.Context, conn *pgx.Conn, m month) error {
	name, b := pgx.Identifier{m.partition()}.Sanitize(), m.bounds()
	return partitionTx(ctx, conn, func(tx pgx.Tx) error {
		var exists bool
		if err := tx.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", m.partition()).Scan(&exists); err != nil || exists {
			return err
		}
		for _, sql := range []string{
			"CREATE TABLE " + name + " (LIKE push INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)",
			"LOCK TABLE push_default IN ACCESS EXCLUSIVE MODE",
			fmt.Sprintf(`WITH moved AS (DELETE FROM push_default WHERE at >= '%s' AND at < '%s' RETURNING *)
				INSERT INTO %s SELECT * FROM moved`, b[0], b[1], name),
			fmt.Sprintf("ALTER TABLE push ATTACH PARTITION %s FOR VALUES FROM ('%s') TO ('%s')", name, b[0], b[1]),
		} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
}

// dropPartitions removes the months that ended before retention began, and the
// old rows of the default partition. It returns how many months it dropped.
func dropPartitions(ctx context.Context, conn *pgx.Conn, retention time.Duration) (int, error) {
	have, now, err := months(ctx, conn)
	if err != nil {
		return 0, err
	}
	oldest, dropped := now.Add(-retention), 0
	for _, m := range have {
		if m.end().After(oldest) {
			break
		}
		err := politely(ctx, func() error {
			return partitionTx(ctx, conn, func(tx pgx.Tx) error {
				_, err := tx.Exec(ctx, "DROP TABLE IF EXISTS "+pgx.Identifier{m.partition()}.Sanitize())
				return err
			})
		})
		if err != nil {
			return dropped, fmt.Errorf("drop partition %s: %w", m.partition(), err)
		}
		dropped++
	}
	if _, err := conn.Exec(ctx, "DELETE FROM push_default WHERE at < $1", oldest); err != nil {
		return dropped, fmt.Errorf("empty the default partition: %w", err)
	}
	return dropped, nil
}

// partitionTx runs fn alone among the servers, and gives up soon where it would
// make pushes wait behind it.
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

// politely tries again what gave up because the ledger was busy.
func politely(ctx context.Context, fn func() error) error {
	for try := 0; ; try++ {
		err := fn()
		pg, ok := errors.AsType[*pgconn.PgError](err)
		// 23514: a push went to the default partition while it was emptied.
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
