package events_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carrierhook/internal/store/events"
	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"go.uber.org/zap"
)

// follow reads as the feed does, up to the horizon, until everything up to end was read.
func (s *server) follow(t *testing.T, d storetest.Database, end func() (int64, bool)) (positions []int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), storetest.Patience)
	defer cancel()
	var after int64
	for {
		if last, over := end(); over && after >= last {
			return positions
		}
		horizon := s.Position()
		if horizon == after {
			wait, stop := context.WithTimeout(ctx, 20*time.Millisecond)
			err := s.Wait(wait, after)
			stop()
			if err != nil && ctx.Err() != nil {
				t.Error("followed in vain")
				return positions
			}
			continue
		}
		rows, _ := d.DB.Query(ctx, `SELECT position FROM event WHERE position > $1 AND position <= $2 ORDER BY position`, after, horizon)
		page, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			t.Error(err)
			return positions
		}
		positions, after = append(positions, page...), horizon
	}
}

// writeAnyhow runs transactions that take positions and end in any order and any way.
func writeAnyhow(t *testing.T, d storetest.Database, worker, transactions int) {
	ctx := context.Background()
	random := rand.New(rand.NewPCG(uint64(worker), 7))
	conn, err := pgx.Connect(ctx, d.URL)
	storetest.Must(t, err)
	defer func() { conn.Close(ctx) }()
	for i := range transactions {
		tx, err := conn.Begin(ctx)
		storetest.Must(t, err)
		for range 1 + random.IntN(2) {
			storetest.Must(t, write(ctx, tx, fmt.Sprint("waybill ", worker), 1+random.IntN(3)))
			time.Sleep(time.Duration(random.IntN(3000)) * time.Microsecond)
		}
		switch random.IntN(12) {
		case 0:
			storetest.Must(t, tx.Rollback(ctx))
		case 1: // as a server that is killed
			storetest.Must(t, conn.Close(ctx))
			conn, err = pgx.Connect(ctx, d.URL)
			storetest.Must(t, err)
		case 2: // as an administrator does it
			d.Exec(t, `SELECT pg_terminate_backend($1)`, conn.PgConn().PID())
			if err := tx.Commit(ctx); err == nil {
				t.Errorf("transaction %d of %d committed over its end", i, worker)
			}
			conn, err = pgx.Connect(ctx, d.URL)
			storetest.Must(t, err)
		default:
			storetest.Must(t, tx.Commit(ctx))
		}
	}
}

// While many write at once, in transactions that take their positions in one order and
// commit in another, or do not, two followers at two servers see each event once, in
// order, and nothing that was rolled back.
func TestHorizonFollowers(t *testing.T) {
	t.Parallel()
	d := storetest.NewDatabase(t)
	var written atomic.Bool
	end := func() (int64, bool) {
		if !written.Load() {
			return 0, false
		}
		return last(t, d), true
	}
	var writers, followers sync.WaitGroup
	got := make([][]int64, 2)
	servers := []server{newServer(t, d), newServer(t, d)}
	for i := range got {
		followers.Go(func() { got[i] = servers[i].follow(t, d, end) })
	}
	for worker := range 12 {
		writers.Go(func() { writeAnyhow(t, d, worker, 60) })
	}
	writers.Wait()
	written.Store(true)
	followers.Wait()
	rows, _ := d.DB.Query(t.Context(), `SELECT position FROM event ORDER BY position`)
	want, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	storetest.Must(t, err)
	for i, positions := range got {
		if !slices.Equal(positions, want) {
			t.Errorf("follower %d saw %d events, of %d", i, len(positions), len(want))
		}
	}
	if lost := int(last(t, d)) - len(want); len(want) < 500 || lost < 20 {
		t.Errorf("%d events, %d positions rolled back: is anything tested?", len(want), lost)
	}
}

// Transactions that write no events hold none back, however long they last and whatever
// else they write: imports, maintenance, reports.
func TestHorizonBesideLongTransactions(t *testing.T) {
	t.Parallel()
	d := storetest.NewDatabase(t)
	put(t, d, "waybill A", 1)
	for _, sql := range []string{
		`SELECT pg_current_xact_id()`, `INSERT INTO merchant (biz_id, password_hash) VALUES ('B', '')`, `SELECT count(*) FROM event`,
	} {
		release := d.Lock(t, sql)
		defer release()
	}
	s := newServer(t, d)
	put(t, d, "waybill B", 3)
	s.wantPosition(t, 4)
	if s.Holder() != (events.Holder{}) {
		t.Errorf("held back by %+v", s.Holder())
	}
}

// A transaction that has written events and does not end holds back what was written
// after them, and is shown.
func TestHorizonHolder(t *testing.T) {
	t.Parallel()
	d := storetest.NewDatabase(t)
	put(t, d, "waybill A", 1)
	s := newServer(t, d)
	s.wantPosition(t, 1)
	conn, err := pgx.Connect(t.Context(), d.URL+"&application_name=slow")
	storetest.Must(t, err)
	defer conn.Close(context.Background())
	tx, err := conn.Begin(t.Context())
	storetest.Must(t, err)
	storetest.Must(t, write(t.Context(), tx, "waybill B", 1))
	put(t, d, "waybill C", 2)
	storetest.Until(t, "it is said who holds events back", func() bool {
		return s.log.FilterMessage("a transaction delays events").FilterField(zap.String("application", "slow")).Len() > 0
	})
	if by := s.Holder(); by.PID != int(conn.PgConn().PID()) || by.Application != "slow" || by.Age < time.Second || s.Late() < by.Age-time.Second {
		t.Errorf("held back by %+v, for %v", by, s.Late())
	}
	if p := s.Position(); p != 1 {
		t.Errorf("the horizon is at %d", p)
	}
	var m dto.Metric
	storetest.Must(t, s.Collectors()[0].(prometheus.Metric).Write(&m))
	if age := m.GetGauge().GetValue(); age < 1 {
		t.Errorf("the metric shows %v", age)
	}
	storetest.Must(t, tx.Commit(t.Context()))
	s.wantPosition(t, 4)
	storetest.Until(t, "it is over", func() bool { return s.Holder() == (events.Holder{}) })
	if n := s.log.FilterMessage("a transaction delays events").Len(); n != 1 {
		t.Errorf("said %d times", n)
	}
}

// Another server that starts knows at once what the others do, though somebody holds new
// events back.
func TestHorizonOfANewServer(t *testing.T) {
	t.Parallel()
	d := storetest.NewDatabase(t)
	put(t, d, "waybill A", 5)
	first := newServer(t, d)
	first.wantPosition(t, 5)
	put(t, d, "waybill A", 1) // whose tick writes where the horizon was before
	first.wantPosition(t, 6)
	tx, err := d.DB.Begin(t.Context())
	storetest.Must(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	storetest.Must(t, write(t.Context(), tx, "waybill B", 1))
	second := newServer(t, d)
	storetest.Until(t, "the second server knows", func() bool { return second.Epoch() == first.Epoch() })
	if p := second.Position(); p < 5 || p > 6 {
		t.Errorf("the horizon is at %d", p)
	}
}

// A database that has gone back to what it was before makes a new epoch, once for all
// servers, also where new events have been written over the old positions already.
func TestHorizonEpoch(t *testing.T) {
	t.Parallel()
	for name, goBack := range map[string]func(*testing.T, storetest.Database){
		"restored": func(t *testing.T, d storetest.Database) { d.Exec(t, `SELECT setval('event_position', 3)`) },
		"restored and written to": func(t *testing.T, d storetest.Database) {
			put(t, d, "waybill C", 20)
		},
		"without the servers' rows": func(t *testing.T, d storetest.Database) { d.Exec(t, `DELETE FROM event_server`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := storetest.NewDatabase(t)
			put(t, d, "waybill A", 3)
			a, b := newServer(t, d), newServer(t, d)
			a.wantPosition(t, 3)
			b.wantPosition(t, 3)
			d.Exec(t, `CREATE TABLE backup AS TABLE event_server`)
			put(t, d, "waybill B", 4)
			a.wantPosition(t, 7)
			b.wantPosition(t, 7)
			epoch := a.Epoch()
			d.Exec(t, `INSERT INTO event_endpoint (name, position) VALUES ('ahead', 1000), ('behind', 2)`)
			storetest.Must(t, pgx.BeginFunc(t.Context(), d.DB, func(tx pgx.Tx) error {
				_, err := tx.Exec(t.Context(), `DELETE FROM event WHERE position > 3;
					DELETE FROM event_server; INSERT INTO event_server TABLE backup`)
				return err
			}))
			goBack(t, d)
			storetest.Until(t, "a new epoch", func() bool { return a.Epoch() != epoch && a.Epoch() != "" && b.Epoch() == a.Epoch() })
			a.wantPosition(t, last(t, d))
			b.wantPosition(t, last(t, d))
			if p := d.Int(t, `SELECT position FROM event_endpoint WHERE name = 'behind'`); p > 2 {
				t.Errorf("an endpoint was moved to %d", p)
			}
			if p := int64(d.Int(t, `SELECT position FROM event_endpoint WHERE name = 'ahead'`)); p > last(t, d) {
				t.Errorf("an endpoint is at %d", p)
			}
			if n := a.log.FilterMessageSnippet("has gone back").Len() + b.log.FilterMessageSnippet("has gone back").Len(); n == 0 {
				t.Error("nobody said it")
			}
			for _, s := range []*server{&a, &b} { // nothing comes after
				if got := s.Epoch(); got != d.Text(t, `SELECT epoch::text FROM event_epoch`) {
					t.Errorf("epoch %s", got)
				}
			}
		})
	}
}

// An epoch that is made by hand is taken by the servers, and ends waits.
func TestNewEpoch(t *testing.T) {
	t.Parallel()
	d := storetest.NewDatabase(t)
	put(t, d, "waybill A", 3)
	s := newServer(t, d)
	s.wantPosition(t, 3)
	epoch := s.Epoch()
	waited := make(chan error)
	go func() {
		ctx, stop := context.WithTimeout(context.Background(), storetest.Patience)
		defer stop()
		waited <- s.Wait(ctx, 3)
	}()
	storetest.Must(t, events.NewEpoch(t.Context(), s.pool))
	if err := <-waited; err != nil {
		t.Error(err)
	}
	s.wantPosition(t, 3)
	if s.Epoch() == epoch {
		t.Error("the epoch is the same")
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := s.Wait(ctx, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("waited: %v", err)
	}
}

// Who delivers by what was known of another epoch, or by a lease of before, writes
// nothing; endpoints go back to what every server was certain of, and what they had of
// events that are no more goes.
func TestNewEpochOfEndpoints(t *testing.T) {
	t.Parallel()
	c := newCared(t)
	c.all(t)
	c.Exec(t, `INSERT INTO event_server (server, position, tick) VALUES (gen_random_uuid(), 3, 1), (gen_random_uuid(), 5, 1)`)
	c.Exec(t, `UPDATE event SET id = gen_random_uuid() WHERE position IN (1, 4)`) // others stand there
	stale := c.Text(t, `SELECT epoch::text FROM event_epoch`)
	storetest.Must(t, events.NewEpoch(t.Context(), open(t, c.Database)))
	if _, _, err := c.Checkpoint(t.Context(), events.Checkpoint{Lease: c.lease, To: 6}); !errors.Is(err, events.ErrLeaseLost) {
		t.Errorf("by a lease of before: %v", err)
	}
	c.WantInt(t, 3, `SELECT position FROM event_endpoint`)
	c.wantRows(t, "1+ 2+ 3 5") // 1 is as old as the mark
	l, ok, err := c.Lease(t.Context(), "dispatch", [16]byte{2}, time.Minute)
	if !ok || err != nil || l.Position != 3 {
		t.Fatalf("lease %+v, %v, %v", l, ok, err)
	}
	for epoch, want := range map[string]error{stale: events.ErrLeaseLost, c.Text(t, `SELECT epoch::text FROM event_epoch`): nil} {
		l.Epoch = epoch
		if _, _, err := c.Checkpoint(t.Context(), events.Checkpoint{Lease: l, To: 3}); !errors.Is(err, want) {
			t.Errorf("by epoch %s: %v", epoch, err)
		}
	}
}

// A machine that was suspended knows for how long: a time of the monotonic clock would not
// tell.
func TestHorizonAfterSuspension(t *testing.T) {
	t.Parallel()
	d := storetest.NewDatabase(t)
	put(t, d, "waybill A", 1)
	s := newServer(t, d)
	s.wantPosition(t, 1)
	s.stop()
	if at := s.CommittedAt(); at.IsZero() || strings.Contains(at.String(), "m=") {
		t.Errorf("certain at %v", at)
	}
}
