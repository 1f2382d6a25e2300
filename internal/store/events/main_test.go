package events_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store/events"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// open is a pool as a server has one.
func open(t *testing.T, d storetest.Database) *pg.Pool {
	t.Helper()
	pool, err := pg.Open(t.Context(), pg.Options{
		URL: d.URL, MaxConns: 4, LockTimeout: time.Second, StatementTimeout: 3 * time.Second, ConnectTimeout: storetest.Patience,
		Prepare: func(*pgx.Batch, pg.Timeouts) {},
	})
	storetest.Must(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// server is the horizon of one server. stop ends it.
type server struct {
	*events.Horizon
	pool *pg.Pool
	log  *observer.ObservedLogs
	stop func()
}

func newServer(t *testing.T, d storetest.Database) server {
	t.Helper()
	pool := open(t, d)
	core, log := observer.New(zap.InfoLevel)
	s := server{Horizon: events.NewHorizon(pool), pool: pool, log: log}
	s.run(t, core)
	return s
}

func (s *server) run(t *testing.T, core zapcore.Core) {
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() {
		defer close(over)
		s.Run(ctx, zap.New(core))
	}()
	s.stop = func() { cancel(); <-over }
	t.Cleanup(func() { s.stop() })
}

// write writes events of a parcel in a transaction.
func write(ctx context.Context, tx pgx.Tx, parcel string, n int) error {
	w := events.NewWriter(events.WriterOptions{Kinds: event.Kinds()})
	c := w.Collect(time.Now())
	for i := range n {
		c.Add("", event.WaybillScanned, parcel, fmt.Sprint(parcel, i, time.Now().UnixNano()), event.Body{})
	}
	var b pgx.Batch
	c.Queue(&b)
	return tx.SendBatch(ctx, &b).Close()
}

// put commits events.
func put(t *testing.T, d storetest.Database, parcel string, n int) {
	t.Helper()
	storetest.Must(t, pgx.BeginFunc(t.Context(), d.DB, func(tx pgx.Tx) error { return write(t.Context(), tx, parcel, n) }))
}

// last is the last position that was taken.
func last(t *testing.T, d storetest.Database) int64 {
	t.Helper()
	return int64(d.Int(t, `SELECT last_value FROM event_position`))
}

func (s *server) wantPosition(t *testing.T, want int64) {
	t.Helper()
	storetest.Until(t, fmt.Sprintf("the horizon is at %d", want), func() bool { return s.Position() == want && s.Epoch() != "" })
}
