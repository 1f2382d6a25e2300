package store

import (
	"fmt"
	"time"

	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// loaded is what every transaction loads for its decisions.
type loaded struct {
	now       time.Time
	merchants map[string]*waybill.Merchant
}

// readClock comes after the locks: a decision that had to wait is made by the
// clock of its own moment. readMerchants tells the time itself.
const readClock = `SELECT clock_timestamp()`

// loadClock reads the answer to readClock.
func (l *loaded) loadClock(res pgx.BatchResults) error {
	if err := res.QueryRow().Scan(&l.now); err != nil {
		return fmt.Errorf("read the clock: %w", err)
	}
	return nil
}

// latest is the later of the database's time and the server's. By that a report is
// from the future: one clock that is behind is no reason to refuse all of them.
func (s *Store) latest(now time.Time) time.Time {
	if server := s.clock(); server.After(now) {
		return server
	}
	return now
}
