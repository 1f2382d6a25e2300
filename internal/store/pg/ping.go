package pg

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// probe is the connection of Ping. It stays open between two pings.
type probe struct {
	pinging sync.Mutex // one ping at a time
	conn    *pgx.Conn  // nil: there is none

	mu       sync.Mutex
	dialling chan dialled // nil: nobody is connecting
	stop     context.CancelFunc
	closed   bool
}

// dialled is what became of connecting.
type dialled struct {
	conn *pgx.Conn
	err  error
}

// probeTimeout is how long an answer may take.
const probeTimeout = time.Second

var (
	errReadOnly = errors.New("the database takes no writes: it is a standby, or read-only")
	errClosed   = errors.New("the pool is closed")
)

// readOnly asks this session, and what the next ones are to be: a database is turned
// read-only for those first.
const readOnly = `SELECT current_setting('transaction_read_only')::boolean OR coalesce((
	SELECT split_part(setting, '=', 2)::boolean
	FROM pg_db_role_setting AS s, unnest(s.setconfig) AS setting
	WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
		AND s.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = current_user))
		AND setting LIKE 'default_transaction_read_only=%'
	ORDER BY s.setrole = 0, s.setdatabase = 0
	LIMIT 1), false)`

// Ping tells whether the database answers and takes writes. It uses a connection of
// its own: that the pool is busy says nothing of the database.
func (p *Pool) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	p.probe.pinging.Lock()
	defer p.probe.pinging.Unlock()
	if err := p.probe.check(ctx, p.Config().ConnConfig); err != nil {
		p.probe.drop() // the next one connects again
		return fmt.Errorf("ping: %w", err)
	}
	return nil
}

func (p *probe) check(ctx context.Context, cfg *pgx.ConnConfig) (err error) {
	if p.conn == nil || p.conn.IsClosed() {
		if p.conn, err = p.connect(ctx, cfg); err != nil {
			return err
		}
	}
	var no bool
	if err := p.conn.QueryRow(ctx, readOnly, pgx.QueryExecModeSimpleProtocol).Scan(&no); err != nil {
		return err
	}
	if no {
		return errReadOnly
	}
	return nil
}

// connect waits for a connection. Where that takes longer than ctx it goes on, for
// the next ping: far away from the database it takes longer than an answer may.
func (p *probe) connect(ctx context.Context, cfg *pgx.ConnConfig) (*pgx.Conn, error) {
	done, err := p.dial(cfg)
	if err != nil {
		return nil, err
	}
	select {
	case d := <-done:
		p.mu.Lock()
		p.dialling = nil
		p.mu.Unlock()
		return d.conn, d.err
	case <-ctx.Done():
		return nil, fmt.Errorf("connect: %w", ctx.Err())
	}
}

// dial begins to connect, unless that is under way.
func (p *probe) dial(cfg *pgx.ConnConfig) (chan dialled, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return nil, errClosed
	case p.dialling != nil:
		return p.dialling, nil
	}
	ctx, cancel := context.WithCancel(context.Background()) // each host has its ConnectTimeout
	done := make(chan dialled, 1)
	p.dialling, p.stop = done, cancel
	cfg.Tracer = nil // its failures are not the pool's
	go func() {
		defer cancel()
		conn, err := pgx.ConnectConfig(ctx, cfg)
		done <- dialled{conn, err}
	}()
	return done, nil
}

// drop closes the connection, and hardly waits for that.
func (p *probe) drop() {
	if p.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	_ = p.conn.Close(ctx)
	p.conn = nil
}

func (p *probe) close() {
	p.mu.Lock()
	p.closed = true
	if p.stop != nil {
		p.stop()
	}
	p.mu.Unlock()
	p.pinging.Lock() // a ping that is under way has its answer by now
	defer p.pinging.Unlock()
	if p.dialling != nil {
		p.conn, p.dialling = (<-p.dialling).conn, nil
	}
	p.drop()
}
