package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// probe is a connection that asks after the database and does nothing else: a pool
// that is busy says nothing about the database. It stays open between questions.
type probe struct {
	asking sync.Mutex // one question at a time
	conn   *pgx.Conn  // nil: there is none

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
	errClosed   = errors.New("the store is closed")
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

// Ping tells whether the database answers and takes writes.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	s.probe.asking.Lock()
	defer s.probe.asking.Unlock()
	if err := s.probe.ask(ctx, s.pool.Config().ConnConfig); err != nil {
		s.probe.drop() // the next one asks whoever answers then
		return fmt.Errorf("ping: %w", err)
	}
	return nil
}

func (p *probe) ask(ctx context.Context, cfg *pgx.ConnConfig) (err error) {
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
// the next who asks: far away from the database it takes longer than an answer may.
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

// dial begins to connect, unless somebody has.
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
	cfg.Tracer = nil // its failures are no pushes'
	go func() {
		defer cancel()
		conn, err := pgx.ConnectConfig(ctx, cfg)
		done <- dialled{conn, err}
	}()
	return done, nil
}

// drop closes the connection, without waiting for anybody.
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
	p.asking.Lock() // who asks still has its answer by now
	defer p.asking.Unlock()
	if p.dialling != nil {
		p.conn, p.dialling = (<-p.dialling).conn, nil
	}
	p.drop()
}
