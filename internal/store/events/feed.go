package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

// errNotKnown says that this server does not know yet up to where events may be read.
var errNotKnown = errors.New("it is not known yet which events can be read")

// maxScan is how many events are read for a page of some kinds.
const maxScan = 5000

// lateAfter is how long it may take until an event is handed out.
const lateAfter = time.Second

// Feed reads the log for those who follow it.
type Feed struct {
	pool    *pg.Pool
	horizon *Horizon
}

// NewFeed makes a Feed.
func NewFeed(pool *pg.Pool, h *Horizon) *Feed { return &Feed{pool, h} }

// The last row is there whatever its kind: it tells how far the page goes.
const readFeed = `SELECT position, body, kind = ANY ($4), scanned
	FROM (SELECT position, kind, body, max(position) OVER () AS last, count(*) OVER () AS scanned
		FROM (SELECT position, kind, body FROM event WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3) AS log) AS e
	WHERE kind = ANY ($4) OR position = last ORDER BY position LIMIT $5`

const readLog = `SELECT epoch::text, dropped, (` + readPosition + `) FROM event_epoch`

// log is what the database knows of the log.
type log struct {
	epoch         string
	dropped, last int64
}

func (l *log) scan(row pgx.Row) error { return row.Scan(&l.epoch, &l.dropped, &l.last) }

// Wait returns when there may be an event behind a cursor, or with an error when ctx ends.
// It has no connection meanwhile.
func (f *Feed) Wait(ctx context.Context, c event.Cursor) error {
	return f.horizon.Wait(ctx, c.Position)
}

// Read reads a page of the log.
func (f *Feed) Read(ctx context.Context, q event.Query) (p event.Page, err error) {
	s := f.horizon.now()
	if s.epoch == "" {
		return p, errNotKnown
	}
	if p.Late = f.horizon.Late(); p.Late < lateAfter {
		p.Late = 0
	}
	p.Next = event.Cursor{Epoch: s.epoch, Position: s.position}
	if q.Latest {
		return p, nil
	}
	var l log
	if q.After == nil {
		if err := f.pool.QueryRow(ctx, readLog).Scan(&l.epoch, &l.dropped, &l.last); err != nil {
			return p, fmt.Errorf("read the log of events: %w", err)
		}
		q.After = &event.Cursor{Epoch: l.epoch, Position: l.dropped}
	}
	if err := f.read(ctx, q, s.position, &p, &l); err != nil {
		return p, fmt.Errorf("read the log of events: %w", err)
	}
	switch {
	case q.After.Epoch != l.epoch:
		return p, event.ErrOtherEpoch
	case q.After.Position < l.dropped:
		return p, event.ErrDropped
	case q.After.Position > l.last:
		return p, event.ErrAhead
	case s.epoch != l.epoch: // the cursor is another server's, which knows already
		return p, errNotKnown
	}
	return p, nil
}

// read reads up to the horizon, and then what is known of the log: who misses events that
// are just being dropped reads that they are.
func (f *Feed) read(ctx context.Context, q event.Query, horizon int64, p *event.Page, l *log) error {
	kinds, scan := make([]string, 0, len(q.Kinds)), maxScan
	for _, k := range q.Kinds {
		kinds = append(kinds, string(k))
	}
	if len(kinds) == 0 {
		for _, k := range append(event.Kinds(), event.Test) {
			kinds = append(kinds, string(k))
		}
		scan = q.Limit
	}
	return f.pool.ReadLatest(ctx, func(b *pgx.Batch) {
		b.Queue(readFeed, q.After.Position, horizon, scan, kinds, q.Limit+1)
		b.Queue(readLog)
	}, func(res pgx.BatchResults) error {
		p.Events, p.Next.Position, p.More = nil, max(horizon, q.After.Position), false
		rows, _ := res.Query()
		defer rows.Close()
		for rows.Next() {
			var position int64
			var scanned int
			var body []byte
			var wanted bool
			if err := rows.Scan(&position, &body, &wanted, &scanned); err != nil {
				return err
			}
			if wanted && len(p.Events) < q.Limit {
				p.Events = append(p.Events, event.Handed{Cursor: event.Cursor{Epoch: p.Next.Epoch, Position: position}, Body: body})
			}
			if full := len(p.Events) == q.Limit; full || scanned == scan {
				p.Next.Position, p.More = position, position < horizon
				if full {
					break
				}
			}
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			return err
		}
		return l.scan(res.QueryRow())
	})
}
