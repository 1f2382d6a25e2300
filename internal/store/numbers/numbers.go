// Package numbers leases waybill numbers of the carrier's own ranges, and finds which
// numbers are in use. It does not know what they are used for.
package numbers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"carrierhook/internal/store/events"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Allocator gives out waybill numbers of the carrier's own ranges. A server leases
// them in blocks, each in a short transaction of its own, so that no push waits
// for a range's row while another push decides.
//
// A number is given out once, whatever crashes: from its lease on it belongs to
// one server and to nobody else ever. The price is gaps: what a server has left
// when it ends is lost, and so is a block whose commit nobody answered for.
type Allocator struct {
	max    int // in a block
	flight pg.Flight
	events *events.Writer

	mu   sync.Mutex
	free []string // the last one is taken first
}

// New makes an Allocator that leases so many numbers at a time.
func New(pool *pg.Pool, lease int, w *events.Writer) *Allocator {
	return &Allocator{max: max(1, lease), flight: pg.Flight{Pool: pool}, events: w}
}

// Take gives a number from memory; ok is false when a block must be leased first.
func (n *Allocator) Take() (number string, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	last := len(n.free) - 1
	if last < 0 {
		return "", false
	}
	number, n.free = n.free[last], n.free[:last]
	return number, true
}

// GiveBack takes a number back that was certainly not used. It goes out next.
func (n *Allocator) GiveBack(number string) { n.add([]string{number}) }

func (n *Allocator) add(list []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.free = append(n.free, list...)
}

func (n *Allocator) empty() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.free) == 0
}

// Lease gets a block when there is no number in memory. When the carrier's
// ranges are used up, or there are none, that is waybill.ErrNoNumbers.
func (n *Allocator) Lease(ctx context.Context) error {
	err := n.flight.Do(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		for n.empty() { // else somebody else's lease has just come
			var block []string
			err := pg.FailOnWarning(conn.Conn(), func() (err error) {
				block, err = n.leaseBlock(ctx, conn.Conn())
				return err
			})
			if err != nil {
				return err
			}
			slices.Reverse(block)
			n.add(block)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("lease waybill numbers: %w", err)
	}
	return nil
}

// The ranges come in the order of their names. A lease that had to wait for one that is
// used up by then gets the next: Postgres checks it again when it has the lock.
const leaseNumbers = `WITH r AS MATERIALIZED (
		SELECT name, next
		FROM number_range
		WHERE NOT wechats AND next <= last
		ORDER BY name
		LIMIT 1
		FOR UPDATE)
	UPDATE number_range n
	SET next = r.next + least($1::bigint, n.last - r.next + 1)
	FROM r
	WHERE n.name = r.name
	RETURNING n.name, n.prefix, n.width, n.check_digit, n.first, n.last, r.next, n.next`

// leaseBlock moves a range on by at most a block of serial numbers and gives those
// of them that have a number and no waybill yet, which may be none. A range that
// cannot give any is left alone: it would only be used up.
func (n *Allocator) leaseBlock(ctx context.Context, conn *pgx.Conn) (block []string, err error) {
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		limits, err := pg.TryTimeouts(ctx, pg.FlightTime, pg.FlightTime)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, pg.SetTimeouts, limits[:]...); err != nil {
			return err
		}
		var r waybill.NumberRange
		var from, to int64
		err = tx.QueryRow(ctx, leaseNumbers, n.max).
			Scan(&r.Name, &r.Prefix, &r.Width, &r.Check, &r.First, &r.Last, &from, &to)
		if errors.Is(err, pgx.ErrNoRows) {
			return waybill.ErrNoNumbers
		}
		if err != nil {
			return err
		}
		if block, err = numbersBetween(r, from, to); err != nil {
			return err
		}
		if block, err = unused(ctx, tx, block); err != nil {
			return err
		}
		return n.writeLow(ctx, tx, r.Name, from, to)
	})
	if err != nil {
		return nil, err
	}
	return block, nil
}

// ReadUsed finds which numbers are in use. They are unique for the carrier, whichever merchant has them, and whether
// they are of an express waybill or of an instant delivery.
const ReadUsed = `SELECT waybill_id FROM waybill WHERE waybill_id = ANY ($1::text[])
	UNION ALL
	SELECT waybill_id FROM delivery_attempt WHERE waybill_id = ANY ($1::text[])`

// unused drops the numbers that waybills have already, which were imported, or
// attempts of instant delivery: found out one by one, each would cost the bookings of
// a batch another try. One that is imported from now on still does.
func unused(ctx context.Context, tx pgx.Tx, block []string) ([]string, error) {
	rows, _ := tx.Query(ctx, ReadUsed, append([]string{}, block...)) // {} and not null
	used, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look for waybills: %w", err)
	}
	inUse := make(map[string]bool, len(used))
	for _, number := range used {
		inUse[number] = true
	}
	return slices.DeleteFunc(block, func(number string) bool { return inUse[number] }), nil
}

// numbersBetween formats the serial numbers in [from, to). One that has no check
// digit has no number.
func numbersBetween(r waybill.NumberRange, from, to int64) ([]string, error) {
	if err := r.Validate(); err != nil {
		return nil, fmt.Errorf("range %s: %w", r.Name, err)
	}
	var list []string
	for serial := from; serial < to; serial++ {
		if number, err := r.Number(serial); err == nil {
			list = append(list, number)
		}
	}
	return list, nil
}
