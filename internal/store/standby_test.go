package store_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"carrierhook/internal/localpg"
	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
)

// standby is a Postgres whose commits wait for a synchronous standby, or do not.
type standby struct {
	pg *localpg.Server

	mu    sync.Mutex
	admin *pgx.Conn
}

func newStandby(t *testing.T) *standby {
	t.Helper()
	pg := storetest.NewServer(t)
	storetest.Must(t, store.Migrate(t.Context(), pg.URL(localpg.Database), nil))
	admin, err := pgx.Connect(t.Context(), pg.URL("postgres"))
	storetest.Must(t, err)
	t.Cleanup(func() { admin.Close(context.Background()) })
	return &standby{pg: pg, admin: admin}
}

func (s *standby) exec(t *testing.T, sql string, args ...any) (rows int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	tag, err := s.admin.Exec(context.Background(), sql, args...)
	if err != nil {
		t.Errorf("%s: %v", sql, err)
	}
	return int(tag.RowsAffected())
}

// newStore is a store on a database of its own, with what all the deeds are done to.
func (s *standby) newStore(t *testing.T, name string, change ...func(store.Options) store.Options) testStore {
	t.Helper()
	s.exec(t, "CREATE DATABASE "+name+" TEMPLATE "+localpg.Database)
	s.exec(t, "ALTER DATABASE "+name+" SET client_min_messages = 'error'") // an operator's taste, which must not matter
	o := options(s.pg.URL(name))
	for _, c := range change {
		o = c(o)
	}
	d := openStore(t, o)
	d.Exec(t, `INSERT INTO merchant (biz_id, password_hash) SELECT 'P', password_hash FROM merchant WHERE biz_id = 'B'`)
	d.Exec(t, `INSERT INTO quota VALUES ('P', 10)`)
	d.Exec(t, expresstest.Offer)
	instanttest.PutShops(t, d.Database, instant.ShopRow{ID: "S", Secret: instanttest.Secret})
	return d
}

// gone takes the standby away: from now on every commit waits.
func (s *standby) gone(t *testing.T) {
	t.Helper()
	s.exec(t, `ALTER SYSTEM SET synchronous_standby_names = 'gone'`)
	s.exec(t, `SELECT pg_reload_conf()`)
	storetest.Until(t, "a commit waits for the standby", func() bool {
		done := make(chan bool)
		go func() {
			defer close(done)
			conn, err := pgx.Connect(context.Background(), s.pg.URL("postgres"))
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close(context.Background())
			if _, err = conn.Exec(context.Background(), `SELECT pg_logical_emit_message(true, 'test', '')`); err != nil {
				t.Error(err)
			}
		}()
		for waited := false; ; {
			select {
			case <-done:
				return waited
			default:
				waited = s.stopWaiting(t, "pg_cancel_backend", "postgres") > 0 || waited
			}
		}
	})
}

// back lets them all go on.
func (s *standby) back(t *testing.T) {
	t.Helper()
	s.exec(t, `ALTER SYSTEM SET synchronous_standby_names = ''`)
	s.exec(t, `SELECT pg_reload_conf()`)
	s.exec(t, `SELECT pg_logical_emit_message(true, 'test', '')`)
}

// stopWaiting ends the waits that are there, of one database, and counts them.
func (s *standby) stopWaiting(t *testing.T, how, database string) int {
	t.Helper()
	return s.exec(t, `SELECT `+how+`(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname = $1`, database)
}

// whileGone does something that commits while the standby is gone. Its waits are
// ended so, until it has come back; often is called with how many there were, and
// tells whether the asker hangs up.
func (s *standby) whileGone(t *testing.T, how, database string, often func(waits int64) (enough bool), do func(context.Context) error) (waits int64, err error) {
	t.Helper()
	ctx, hangUp := context.WithTimeout(context.Background(), storetest.Patience)
	defer hangUp()
	over := make(chan bool)
	go func() {
		defer close(over)
		err = do(ctx)
	}()
	var n atomic.Int64
	for {
		select {
		case <-over:
			return n.Load(), err
		default:
		}
		if some := s.stopWaiting(t, how, database); some > 0 && often(n.Add(int64(some))) {
			hangUp()
		}
	}
}
