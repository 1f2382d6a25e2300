package pg

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// errWarned says that Postgres warned while it carried out a COMMIT. It does so
// where it stopped waiting for a synchronous standby: the commit stands on this
// server, and a failover would lose it. The warning's text and code depend on the
// server's language and version, and are not looked at.
var errWarned = errors.New("the commit was answered with a warning: a standby may not have it")

// hearWarnings makes Postgres send them, whatever the role or the database are set to.
// It holds until after the COMMIT.
const hearWarnings = `set_config('client_min_messages', 'warning', true)`

// warningsKey is where a connection keeps how many warnings it has had.
const warningsKey = "carrierhook warnings"

// CountWarnings is what a connection does with a notice.
func CountWarnings(conn *pgconn.PgConn, n *pgconn.Notice) {
	if n.SeverityUnlocalized == "WARNING" {
		conn.CustomData()[warningsKey] = warningsOf(conn) + 1
	}
}

func warningsOf(conn *pgconn.PgConn) int {
	n, _ := conn.CustomData()[warningsKey].(int) // none yet: 0
	return n
}

// FailOnWarning does what ends with a COMMIT. A warning on the way is errWarned, though
// Postgres called it a success.
func FailOnWarning(conn *pgx.Conn, commit func() error) error {
	before := warningsOf(conn.PgConn())
	err := commit()
	if err == nil && warningsOf(conn.PgConn()) != before {
		return errWarned
	}
	return err
}

// Transact runs a transaction of its own, for which a warning is an error.
func (p *Pool) Transact(ctx context.Context, do func(pgx.Tx) error) error {
	return p.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		return FailOnWarning(conn.Conn(), func() error {
			return pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
				if _, err := tx.Exec(ctx, "SELECT "+hearWarnings); err != nil {
					return err
				}
				return do(tx)
			})
		})
	})
}

// CommitBehind commits something, and so waits behind what was committed before, by
// whomever. What is found to be there may be on this server alone, and only a commit
// that writes waits for a standby.
func CommitBehind(ctx context.Context, conn *pgx.Conn) error {
	return FailOnWarning(conn, func() error {
		_, err := conn.Exec(ctx, "SELECT "+hearWarnings+", pg_logical_emit_message(true, 'carrierhook', '')")
		return err
	})
}

// InDoubt tells whether a COMMIT that was sent and failed with err may have been
// carried out, or may be carried out and taken back. What the driver believes was
// not sent may have been: doubt costs one more look, certainty that is wrong costs
// the truth.
func InDoubt(conn *pgx.Conn, err error) bool {
	if errors.Is(err, errWarned) {
		return true
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == idleInTransaction {
		return false // Postgres ended the transaction before it read the COMMIT
	}
	return conn.IsClosed()
}
