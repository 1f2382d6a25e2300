package express

import (
	"context"
	"fmt"

	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

const (
	// Always one row at least, for the time. It comes after the locks: a decision
	// that had to wait is made by the clock of its own moment.
	readMerchants = `SELECT clock_timestamp(), coalesce(m.biz_id, ''), coalesce(m.password_hash, ''),
			coalesce(m.cancel_allowed, false), NULL::text[], NULL::bigint
		FROM (VALUES (1)) AS one (row)
		LEFT JOIN merchant m ON m.biz_id = ANY ($1::text[])`

	// The same with the services of their contracts, and with what is left to those
	// that pay in advance. It is not locked: whether it is still there is found out
	// when it is taken.
	readAccounts = `SELECT clock_timestamp(), coalesce(m.biz_id, ''), coalesce(m.password_hash, ''),
			coalesce(m.cancel_allowed, false), m.services, q.remaining
		FROM (VALUES (1)) AS one (row)
		LEFT JOIN merchant m ON m.biz_id = ANY ($1::text[])
		LEFT JOIN quota q ON q.biz_id = m.biz_id`
)

// MerchantsWithoutPassword counts the merchants whose pushes need no password, so that
// any is taken. The metric shows what was counted last.
func (s *Store) MerchantsWithoutPassword(ctx context.Context) (n int, err error) {
	err = s.pool.QueryRow(ctx, `SELECT count(*) FROM merchant WHERE password_hash = ''`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count the merchants without a password: %w", err)
	}
	s.withoutPassword.Set(float64(n))
	return n, nil
}

// loadMerchants reads the answer to readMerchants or readAccounts.
func (g *loaded) loadMerchants(res pgx.BatchResults) error {
	g.merchants = map[string]*waybill.Merchant{}
	err := pg.EachRow(res, func(rows pgx.Rows) error {
		var m waybill.Merchant
		var remaining *int64
		if err := rows.Scan(&g.Now, &m.BizID, &m.PasswordHash, &m.CancelAllowed, &m.Services, &remaining); err != nil {
			return err
		}
		if remaining != nil {
			m.Prepaid, m.Quota = true, *remaining
		}
		if m.BizID != "" {
			g.merchants[m.BizID] = &m
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read merchants: %w", err)
	}
	return nil
}

// login is the password that a push comes with, and its comparison, once it was made
// or remembered: with which hash, and the result.
type login struct {
	password waybill.Password
	compared string
	matched  bool
}

// passwordRight tells whether the password opens the merchant's hash; known is false
// when the slow comparison has to be made first.
func (s *Store) passwordRight(t *batch.Task, l *login, m *waybill.Merchant) (right, known bool) {
	if m == nil || m.PasswordHash == "" {
		return true, true
	}
	if l.compared == m.PasswordHash {
		return l.matched, true
	}
	hash := m.PasswordHash
	if right, known = s.passwords.lookup(m.BizID, hash, string(l.password)); known {
		l.compared, l.matched = hash, right
	} else {
		t.BeforeRetry = func(ctx context.Context) error { return s.compare(ctx, l, m.BizID, hash) }
	}
	return right, known
}

// compare does the slow comparison that the last transaction found missing,
// while no row is locked.
func (s *Store) compare(ctx context.Context, l *login, bizID, hash string) error {
	right, err := s.passwords.verify(ctx, bizID, hash, string(l.password))
	if err != nil {
		return fmt.Errorf("verify the merchant's password: %w", err)
	}
	l.compared, l.matched = hash, right
	return nil
}
