package store

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	beginRead = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`

	// What is asked for decides which index serves best, and how many rows are
	// wanted: Postgres plans for the values and not for any. It works alone, for the
	// other processors are the pushes', and compiles nothing for an answer of a page.
	planForValues = `SELECT set_config('plan_cache_mode', 'force_custom_plan', true),
		set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true)`
)

// look asks questions about one moment, in one round trip: ask queues them, and
// scan reads the answers, at each try from the start. No row is locked. A passing
// fault is tried again until ctx ends; a question that takes longer than the
// statement timeout is given up. Those that are slow wait for each other before
// they are in the way of the quick ones, and all of them before they are in the way
// of pushes.
func (s *Store) read(ctx context.Context, slow bool, ask func(*pgx.Batch), scan func(pgx.BatchResults) error) error {
	if slow {
		done, err := s.slowReads.acquire(ctx)
		if err != nil {
			return err
		}
		defer done()
	}
	done, err := s.reads.acquire(ctx)
	if err != nil {
		return err
	}
	defer done()
	return s.retry(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		limits, err := tryTimeouts(ctx, s.lock, s.statement)
		if err != nil {
			return err
		}
		var b pgx.Batch
		b.Queue(beginRead)
		b.Queue(setTimeouts, limits[:]...)
		b.Queue(planForValues)
		ask(&b)
		b.Queue("COMMIT")
		if err := readOn(ctx, conn, &b, scan); err != nil {
			return rollback(ctx, conn, err)
		}
		return nil
	})
}

func readOn(ctx context.Context, conn *pgxpool.Conn, b *pgx.Batch, scan func(pgx.BatchResults) error) error {
	res := conn.SendBatch(ctx, b)
	defer res.Close()
	for _, what := range []string{"begin", "set timeouts", "plan for values"} {
		if _, err := res.Exec(); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	if err := scan(res); err != nil {
		return err
	}
	if _, err := res.Exec(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return res.Close()
}

// canBeThere tells whether Postgres can have such texts. Of others it would say
// that the question is wrong, and the answer is that there is nothing.
func canBeThere(texts ...string) bool {
	for _, s := range texts {
		if strings.ContainsRune(s, 0) || !utf8.ValidString(s) {
			return false
		}
	}
	return true
}
