package numbers

import (
	"context"
	"fmt"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

const readLeft = `SELECT coalesce(sum(last - next + 1), 0)::bigint, clock_timestamp() FROM number_range WHERE NOT wechats`

// writeLow writes the event of a lease that takes what is left in all ranges below the mark.
// Leases take the ranges by name, and so wait for each other.
func (n *Allocator) writeLow(ctx context.Context, tx pgx.Tx, name string, from, to int64) error {
	if !n.events.Wants(event.NumbersLow) {
		return nil
	}
	var left int64
	var now time.Time
	if err := tx.QueryRow(ctx, readLeft).Scan(&left, &now); err != nil {
		return fmt.Errorf("count numbers: %w", err)
	}
	if left >= n.events.NumbersMark || left+to-from < n.events.NumbersMark {
		return nil
	}
	facts := n.events.Collect(now)
	facts.Add("", event.NumbersLow, event.OfNumbers, fmt.Sprintf("%s %d", name, to), event.Body{
		Remaining: &left, Mark: &n.events.NumbersMark, Source: event.Source{Server: "numbers"},
	})
	var b pgx.Batch
	facts.Queue(&b)
	return pg.ExecAll(ctx, tx, &b)
}
