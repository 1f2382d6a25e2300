// Package pg connects to Postgres: a pool that notices dead connections, limits and
// retries of a try, classes of errors, commits that a standby has too, and reads in
// one snapshot.
//
// It knows no table and no rule. What depends on tables comes in with Options: the
// statements that a new connection prepares, and which violations are conflicts.
package pg

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"carrierhook/internal/pgurl"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
)

// Options say how Postgres is reached. The fields up to ConnectTimeout must be set.
type Options struct {
	URL              string
	MaxConns         int
	LockTimeout      time.Duration // maximum for a lock on a row or a table
	StatementTimeout time.Duration
	ConnectTimeout   time.Duration // for one try to connect

	QueryMode   string                     // of pgx, by its own names; empty: cache_statement
	Prepare     func(*pgx.Batch, Timeouts) // queues the statements that a new connection prepares
	Conflict    func(*pgconn.PgError) bool // another transaction was faster; the next try sees what it did
	Dial        pgconn.DialFunc            // nil: TCP with keep-alives
	SilentAfter time.Duration              // a connection that was not heard for this long is dead; 0: a second
	PingAfter   time.Duration              // idle time after which a connection is pinged before it is used; 0: a second
}

// Pool is a pool of connections. It is safe for use by many goroutines.
type Pool struct {
	*pgxpool.Pool
	LockTimeout      time.Duration // maximum for a try
	StatementTimeout time.Duration // likewise
	Retries          prometheus.Counter

	role        string
	probe       probe
	prepare     func(*pgx.Batch, Timeouts)
	conflict    func(*pgconn.PgError) bool
	silentAfter time.Duration
	pingAfter   time.Duration
	reads       Semaphore
	slowReads   Semaphore
}

// Open prepares a pool. It does not connect: a server may start before its database
// does.
func Open(ctx context.Context, o Options) (*Pool, error) {
	cfg, err := pgurl.Parse(o.URL)
	if err != nil {
		return nil, fmt.Errorf("database.url %w", err)
	}
	if cfg.ConnConfig.DefaultQueryExecMode, err = queryMode(o.QueryMode); err != nil {
		return nil, err
	}
	cfg.MaxConns = int32(o.MaxConns)
	cfg.ConnConfig.ConnectTimeout = o.ConnectTimeout
	cfg.ConnConfig.DialFunc = dial
	if o.Dial != nil {
		cfg.ConnConfig.DialFunc = o.Dial
	}
	PinSession(cfg.ConnConfig)
	p := &Pool{
		LockTimeout:      o.LockTimeout,
		StatementTimeout: o.StatementTimeout,
		Retries:          newRetries(),
		role:             cfg.ConnConfig.User,
		prepare:          o.Prepare,
		conflict:         o.Conflict,
		silentAfter:      cmp.Or(o.SilentAfter, silentAfter),
		pingAfter:        cmp.Or(o.PingAfter, pingAfter),
		reads:            NewSemaphore(max(2, o.MaxConns/readShare)),
		slowReads:        NewSemaphore(o.MaxConns / slowReadShare),
	}
	p.watchConnections(cfg)
	if p.Pool, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return nil, fmt.Errorf("open pool: %w", err)
	}
	return p, nil
}

// Close waits for what is under way and closes the connections.
func (p *Pool) Close() {
	p.probe.close()
	p.Pool.Close()
}

func queryMode(name string) (pgx.QueryExecMode, error) {
	modes := map[string]pgx.QueryExecMode{
		"":                pgx.QueryExecModeCacheStatement,
		"cache_statement": pgx.QueryExecModeCacheStatement,
		"cache_describe":  pgx.QueryExecModeCacheDescribe,
		"describe_exec":   pgx.QueryExecModeDescribeExec,
		"exec":            pgx.QueryExecModeExec,
		"simple_protocol": pgx.QueryExecModeSimpleProtocol,
	}
	m, ok := modes[name]
	if !ok {
		return 0, fmt.Errorf("database.query_mode %q is not one of pgx's", name)
	}
	return m, nil
}
