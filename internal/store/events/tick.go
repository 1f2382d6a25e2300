package events

import (
	"context"
	"fmt"
	"slices"
	"time"

	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.uber.org/zap"
)

// tracker is what a Horizon knows between two ticks.
type tracker struct {
	server      string
	sent        int64     // the number of the last tick that was sent
	committed   int64     // and of the last that is certain to be committed; 0: none
	committedAt time.Time // without the monotonic clock, which stands still while a machine is suspended
	known       bool      // the horizon is
	fences      []fence
	last        found     // by the last tick
	rate        float64   // of events a second, between the last two
	searched    time.Time // for who holds it back
}

func newTracker() tracker { return tracker{server: newServer()} }

// fence is a position that the horizon reaches when transactions have ended: those that
// had taken one up to there, perhaps.
type fence struct {
	position int64
	holders  []string
	begun    time.Time
}

const (
	maxFences = 16 // then the newest is replaced by newer ones until the first is passed

	// A server writes its row at least so often. Maintenance removes those of servers
	// that were not seen for a day; whoever is not certain of its row any more takes another.
	heartbeat  = 10 * time.Minute
	ownRowHold = 12 * time.Hour
)

// Each writer has this lock, on the parent, from before it takes a position until its
// commit is visible. The position is read first: whoever took one up to there is seen
// with the lock, or has ended. A transaction id would not do: an import that writes no
// events has one too, for minutes.
const (
	readPosition = `SELECT coalesce(pg_sequence_last_value('event_position'), 0)`

	eventLocks = `FROM pg_locks AS l WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
		AND l.relation = 'event'::regclass AND l.mode = 'RowExclusiveLock' AND l.granted`

	readHolders = `SELECT coalesce(array_agg(DISTINCT l.virtualtransaction), '{}') ` + eventLocks

	// What the database knows: of other servers too, whose horizons are as good.
	readServer = `SELECT epoch::text, coalesce((SELECT tick FROM event_server WHERE server = $1::uuid), 0),
			coalesce((SELECT max(position) FROM event_server), 0)
		FROM event_epoch`

	// The mark: a commit that writes comes after those of the events that were seen, and
	// waits for a synchronous standby, which then has those too. It is not made where the
	// row is not as this server has left it. A server that knows nothing yet begins with
	// what the others know.
	writeServer = `INSERT INTO event_server (server, position, tick) SELECT $1::uuid, greatest($2::bigint, CASE WHEN $4::bigint = 0 THEN (SELECT max(position) FROM event_server) END), $3::bigint
		WHERE ($5::boolean OR $2::bigint < (` + readPosition + `)) AND ($4::bigint = 0 OR EXISTS (SELECT FROM event_server WHERE server = $1::uuid AND tick >= $4::bigint))
		ON CONFLICT (server) DO UPDATE SET position = excluded.position, tick = excluded.tick, seen_at = clock_timestamp()`
)

// found is what one tick finds.
type found struct {
	begun    time.Time
	position int64    // the last that was taken
	holders  []string // transactions that write events
	epoch    string
	own      int64 // the tick that the row of this server is of
	others   int64 // the highest horizon of all servers
	written  bool
}

// tick looks once, in one round trip, and moves the horizon if it may.
func (h *Horizon) tick(ctx context.Context, log *zap.Logger) error {
	s := h.now()
	if h.committed > 0 && time.Since(h.committedAt) > ownRowHold {
		h.restart()
		return nil
	}
	h.sent++
	f, err := h.probe(ctx, s.position)
	if err != nil {
		return fmt.Errorf("look for the horizon of events: %w", err)
	}
	switch {
	case s.epoch != "" && f.epoch != s.epoch:
		log.Warn("another epoch of events", zap.String("epoch", f.epoch))
		h.restart()
		return nil
	case h.committed > f.own || h.known && f.position < s.position:
		log.Error("the database has gone back: it was restored, or lost commits in a failover; a new epoch of events begins",
			zap.Int64("position", s.position), zap.Int64("last", f.position))
		if err := newEpoch(ctx, h.pool, f.epoch, &h.server); err != nil {
			return err
		}
		h.restart()
		return nil
	}
	if before := h.last; !before.begun.IsZero() {
		h.rate = float64(f.position-before.position) / f.begun.Sub(before.begun).Seconds()
	}
	h.last = f
	if f.written {
		h.committed, h.committedAt = h.sent, time.Now().Round(0)
	} else if f.position > s.position {
		return nil // the row has changed in this moment: the next tick sees why
	}
	h.move(s, f)
	return nil
}

// restart forgets what was known of a history that is no more.
func (h *Horizon) restart() {
	h.tracker = newTracker()
	h.show(state{asOf: time.Now()})
}

// move puts the horizon to the newest fence that no transaction is left of.
func (h *Horizon) move(s state, f found) {
	if !h.known {
		s.position = f.others
	}
	if last := max(s.position, h.lastFence()); f.position > last {
		if len(h.fences) == maxFences {
			h.fences = h.fences[:maxFences-1]
		}
		h.fences = append(h.fences, fence{f.position, f.holders, f.begun})
	}
	passed := 0
	for i, fence := range h.fences {
		if !slices.ContainsFunc(fence.holders, func(v string) bool { return slices.Contains(f.holders, v) }) {
			s.position, s.asOf, passed = fence.position, fence.begun, i+1
		}
	}
	h.fences = slices.Delete(h.fences, 0, passed)
	if len(h.fences) == 0 {
		s.asOf = f.begun
	}
	if h.known = h.known || s.position > 0 || len(h.fences) == 0; h.known {
		s.epoch = f.epoch
		h.show(s)
	}
}

func (h *Horizon) lastFence() int64 {
	if len(h.fences) == 0 {
		return 0
	}
	return h.fences[len(h.fences)-1].position
}

// probe makes the round trip. An error leaves open what of it was committed.
func (h *Horizon) probe(ctx context.Context, position int64) (f found, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*tickLimit) // a try has half of it
	defer cancel()
	try, err := h.pool.Try(ctx)
	if err != nil {
		return f, err
	}
	defer func() { err = try.End(err) }()
	limits, err := pg.TryTimeouts(try.Ctx, h.pool.LockTimeout, tickLimit)
	if err != nil {
		return f, err
	}
	beat := h.committed == 0 || time.Since(h.committedAt) > heartbeat
	f.begun = time.Now()
	var b pgx.Batch
	b.Queue("BEGIN")
	b.Queue(pg.SetTimeouts, limits[:]...)
	b.Queue(readPosition).QueryRow(func(row pgx.Row) error { return row.Scan(&f.position) })
	b.Queue(readHolders).QueryRow(func(row pgx.Row) error { return row.Scan(&f.holders) })
	b.Queue(readServer, h.server).QueryRow(func(row pgx.Row) error { return row.Scan(&f.epoch, &f.own, &f.others) })
	b.Queue(writeServer, h.server, position, h.sent, h.committed, beat).Exec(func(tag pgconn.CommandTag) error {
		f.written = tag.RowsAffected() > 0
		return nil
	})
	b.Queue("COMMIT")
	err = pg.FailOnWarning(try.Conn.Conn(), func() error { return try.Conn.SendBatch(try.Ctx, &b).Close() })
	if err != nil {
		return f, pg.Rollback(try.Ctx, try.Conn, err)
	}
	return f, nil
}
