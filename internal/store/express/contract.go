package express

import (
	"context"
	"errors"
	"fmt"

	"carrierhook/internal/input"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The merchant is locked before its quota, as by an import.
const (
	insertMerchant = `INSERT INTO merchant (biz_id, password_hash, cancel_allowed, services)
		VALUES ($1, $2, coalesce($3, true), $4::text[])
		ON CONFLICT (biz_id) DO NOTHING`

	changeMerchant = `UPDATE merchant
		SET password_hash = CASE WHEN $2::boolean THEN $3::text ELSE password_hash END,
			cancel_allowed = coalesce($4::boolean, cancel_allowed),
			services = CASE WHEN $5::boolean THEN $6::text[] ELSE services END,
			updated_at = now()
		WHERE biz_id = $1`

	putQuota = `INSERT INTO quota (biz_id, remaining) VALUES ($1, $2)
		ON CONFLICT (biz_id) DO UPDATE SET remaining = excluded.remaining`

	dropQuota = `DELETE FROM quota WHERE biz_id = $1`

	readHash = `SELECT password_hash FROM merchant WHERE biz_id = $1`
)

// maxContracts is how many contracts are put at a time: there are few, and each waits for
// its merchant's lock.
const maxContracts = 2

// contractJob is a merchant's contract on its way in.
type contractJob struct {
	loaded
	waybill.Contract
	hash    string // of the password, if one is given
	created bool   // the last try found no such merchant
	inDoubt bool   // a commit's answer was lost
}

// PutMerchant makes a contract hold from now on, on every server; NewContract of
// package waybill made it. A quota is set and not added, also while pushes use it.
// A new merchant whose contract says nothing of a password is a *input.FieldError, and so
// is a service that the carrier does not have.
// It returns the merchant as it is then, and whether it is new. After a transient error it is
// tried again until ctx ends. An error that is ledger.ErrOutcomeUnknown says that the
// contract may hold; any other says that nothing has changed.
func (s *Store) PutMerchant(ctx context.Context, c waybill.Contract) (m waybill.Merchant, created bool, err error) {
	done, err := s.contracts.Acquire(ctx)
	if err != nil {
		return m, false, fmt.Errorf("put merchant: %w", err)
	}
	defer done()
	j := &contractJob{Contract: c}
	if j.hash, err = s.hashFor(ctx, c); err != nil {
		return m, false, fmt.Errorf("put merchant: %w", err)
	}
	err = s.pool.Retry(ctx, func(ctx context.Context, conn *pgxpool.Conn) error { return s.putMerchant(ctx, conn, j) })
	if err != nil && j.inDoubt {
		err = fmt.Errorf("%w: %w", ledger.ErrOutcomeUnknown, err)
	}
	if err != nil {
		return m, false, fmt.Errorf("put merchant: %w", err)
	}
	return *j.merchants[c.BizID], j.created, nil
}

// hashFor gives the hash that is to be stored for a contract's password: the one
// that the merchant has, if the password opens that. It is slow, and so comes
// before anything is locked.
func (s *Store) hashFor(ctx context.Context, c waybill.Contract) (string, error) {
	if !c.Password.Given {
		return "", nil // kept, or none on purpose
	}
	var old string
	err := s.pool.Retry(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		err := conn.QueryRow(ctx, readHash, c.BizID).Scan(&old)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return pg.LostIfClosed(conn, err)
	})
	if err != nil {
		return "", fmt.Errorf("read the present hash: %w", err)
	}
	return s.passwords.hashFor(ctx, c.BizID, old, string(c.Password.Value))
}

// putMerchant is one try, of two round trips.
func (s *Store) putMerchant(ctx context.Context, conn *pgxpool.Conn, j *contractJob) error {
	limits, err := pg.TryTimeouts(ctx, s.pool.LockTimeout, s.pool.StatementTimeout)
	if err != nil {
		return err
	}
	again := j.inDoubt && j.created // a commit in doubt has made it
	if err := j.write(ctx, conn, limits); err != nil {
		j.created = again
		return pg.Rollback(ctx, conn, err)
	}
	j.created = j.created || again
	err = pg.FailOnWarning(conn.Conn(), func() error {
		_, err := conn.Exec(ctx, "COMMIT")
		return err
	})
	if err != nil {
		j.inDoubt = j.inDoubt || pg.InDoubt(conn.Conn(), err)
		return pg.Rollback(ctx, conn, fmt.Errorf("commit: %w", err))
	}
	return nil
}

// write changes what is to be changed, and reads what is there then.
func (j *contractJob) write(ctx context.Context, conn *pgxpool.Conn, limits pg.Timeouts) error {
	var allowed *bool
	if j.CancelAllowed.Given {
		allowed = &j.CancelAllowed.Value
	}
	var b pgx.Batch
	b.Queue("BEGIN")
	b.Queue(pg.SetTimeouts, limits[:]...)
	if j.SaysPassword() {
		b.Queue(insertMerchant, j.BizID, j.hash, allowed, j.Services.Value)
	}
	b.Queue(changeMerchant, j.BizID, j.SaysPassword(), j.hash, allowed, j.Services.Given, j.Services.Value)
	if j.Quota.Given && j.Quota.Value == nil {
		b.Queue(dropQuota, j.BizID)
	} else if j.Quota.Given {
		b.Queue(putQuota, j.BizID, *j.Quota.Value)
	}
	writes := b.Len()
	b.Queue(readCodes, j.Services.Value)
	b.Queue(readAccounts, []string{j.BizID})
	res := conn.SendBatch(ctx, &b)
	defer res.Close()
	for i := range writes {
		tag, err := res.Exec()
		if err != nil {
			return fmt.Errorf("write: %w", err)
		}
		switch b.QueuedQueries[i].SQL {
		case insertMerchant:
			j.created = tag.RowsAffected() == 1
		case changeMerchant:
			if tag.RowsAffected() == 0 { // it was not to be inserted
				return &input.FieldError{Field: "password", Err: waybill.ErrPasswordMissing}
			}
		}
	}
	services, err := loadCodes(res)
	if err != nil {
		return err
	}
	for _, code := range j.Services.Value {
		if !services.has(code) {
			return &input.FieldError{Field: "services", Err: waybill.ErrNoService}
		}
	}
	if err := j.loadMerchants(res); err != nil {
		return err
	}
	return res.Close()
}
