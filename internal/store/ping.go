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
	mu   sync.Mutex
	conn *pgx.Conn // nil: there is none
}

// probeTimeout is how long an answer may take.
const probeTimeout = time.Second

var errReadOnly = errors.New("the database takes no writes: it is a standby, or read-only")

// Ping tells whether the database answers and takes writes.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	s.probe.mu.Lock()
	defer s.probe.mu.Unlock()
	if err := s.probe.ask(ctx, s.pool.Config().ConnConfig); err != nil {
		s.probe.drop() // the next one asks whoever answers then
		return fmt.Errorf("ping: %w", err)
	}
	return nil
}

func (p *probe) ask(ctx context.Context, cfg *pgx.ConnConfig) error {
	if p.conn == nil || p.conn.IsClosed() {
		cfg.Tracer = nil // its failures are no pushes'
		conn, err := pgx.ConnectConfig(ctx, cfg)
		if err != nil {
			return err
		}
		p.conn = conn
	}
	var readOnly string
	err := p.conn.QueryRow(ctx, "SHOW transaction_read_only", pgx.QueryExecModeSimpleProtocol).Scan(&readOnly)
	if err == nil && readOnly != "off" {
		err = errReadOnly
	}
	return err
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
	defer p.mu.Unlock()
	p.drop()
}
