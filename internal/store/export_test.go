package store

import (
	"context"
	"time"

	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// What the tests of this package reach inside for.
var (
	Passing      = passing
	PassingCode  = passingCode
	PlainText    = plain
	HashPassword = hashPassword
)

// WithDial puts a network of the test's own under a store.
func WithDial(o Options, dial pgconn.DialFunc) Options {
	o.dial = dial
	return o
}

// Settle decides a set of cancels in one transaction, without trying again. A
// decision is nil where a password has to be compared first.
func (s *Store) Settle(ctx context.Context, set []waybill.CancelRequest) ([]*waybill.Decision, error) {
	jobs := make([]*cancelJob, len(set))
	for i, r := range set {
		jobs[i] = newCancelJob(r)
	}
	err := s.cancels.settle(ctx, jobs)
	decisions := make([]*waybill.Decision, len(set))
	for i, job := range jobs {
		if job.decided {
			decisions[i] = &job.decision
		}
	}
	return decisions, err
}

// KnownPasswords is how many slow comparisons have been paid for.
func (s *Store) KnownPasswords() int {
	s.passwords.mu.Lock()
	defer s.passwords.mu.Unlock()
	return len(s.passwords.known)
}

// TakeConns takes connections out of the pool.
func (s *Store) TakeConns(ctx context.Context, n int) (release func(), err error) {
	var taken []*pgxpool.Conn
	release = func() {
		for _, c := range taken {
			c.Release()
		}
	}
	for range n {
		c, err := s.pool.Acquire(ctx)
		if err != nil {
			release()
			return nil, err
		}
		taken = append(taken, c)
	}
	return release, nil
}

// MonthOf is the name of the ledger's partition for a time.
func MonthOf(t time.Time) string { return monthOf(t).partition() }
