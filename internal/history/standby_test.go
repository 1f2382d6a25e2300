package history

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"testing"
	"time"

	"carrierhook/internal/localpg"
	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

var withStandby = flag.Bool("standby", false, "TestHistory has a synchronous standby, which is promoted now and then; needs pg_basebackup")

// standbyName is what the primary waits for, where there is a standby.
const standbyName = "standby"

// socketOf is where a Postgres listens.
func socketOf(pg *localpg.Server) (string, error) {
	cfg, err := pgconn.ParseConfig(pg.URL(localpg.Database))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s/.s.PGSQL.%d", cfg.Host, cfg.Port), nil
}

// follow makes a standby of the primary, and has commits wait for it. It returns
// when they do.
func (w *world) follow(ctx context.Context, tb testing.TB) error {
	socket, err := socketOf(w.postgres)
	if err != nil {
		return err
	}
	if w.replication == nil {
		w.replication = newCable(tb, socket)
	}
	w.replication.leadTo(socket)
	w.replication.unplugged.Store(false)
	if w.standby, err = storetest.NewStandby(ctx, tb, w.postgres, w.replication.listener.Addr()); err != nil {
		return err
	}
	w.names = standbyName
	return w.await(ctx, w.names, `EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync' AND state = 'streaming')`)
}

// promote makes the standby the primary: the servers' cables lead there, and the
// old primary, which is dead, is removed.
func (w *world) promote(ctx context.Context) error {
	if err := queryRow(ctx, w.standby, "SELECT pg_promote(true, 300)", new(bool)); err != nil {
		return err
	}
	socket, err := socketOf(w.standby)
	if err != nil {
		return err
	}
	for _, s := range w.servers {
		s.cable.leadTo(socket)
		s.cable.cut()
	}
	old := w.postgres
	w.postgres, w.standby, w.names = w.standby, nil, ""
	w.database = w.postgres.URL(localpg.Database)
	return errors.Join(old.Stop(), localpg.Remove(old.Dir()))
}

// await has commits wait for a standby of this name, or for none, and returns when
// a condition holds.
func (w *world) await(ctx context.Context, name, condition string) error {
	conn, err := pgx.Connect(ctx, w.database)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, sql := range []string{"ALTER SYSTEM SET synchronous_standby_names = '" + name + "'", "SELECT pg_reload_conf()"} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return until(ctx, conn, condition)
}

// until waits until a condition holds.
func until(ctx context.Context, conn *pgx.Conn, condition string) error {
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(5 * time.Millisecond) {
		var holds bool
		if err := conn.QueryRow(ctx, "SELECT "+condition).Scan(&holds); err != nil || holds {
			return err
		}
	}
	return fmt.Errorf("it does not come to %s within %v", condition, patience)
}

// queryRow reads one row of a Postgres.
func queryRow(ctx context.Context, pg *localpg.Server, sql string, into ...any) error {
	conn, err := pgx.Connect(ctx, pg.URL(localpg.Database))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return conn.QueryRow(ctx, sql).Scan(into...)
}
