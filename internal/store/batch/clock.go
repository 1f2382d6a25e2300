package batch

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Clock is the database's time in a transaction, which every decision has. A
// Transaction embeds it.
type Clock struct{ Now time.Time }

// ReadClock comes after the locks: a decision that had to wait is made by the
// clock of its own moment.
const ReadClock = `SELECT clock_timestamp()`

// LoadClock reads the answer to ReadClock.
func (c *Clock) LoadClock(res pgx.BatchResults) error {
	if err := res.QueryRow().Scan(&c.Now); err != nil {
		return fmt.Errorf("read the clock: %w", err)
	}
	return nil
}

// Latest is the later of the database's time and the server's. By that a report is
// from the future: one clock that is behind is no reason to refuse all of them.
func (c *Clock) Latest(server time.Time) time.Time {
	if server.After(c.Now) {
		return server
	}
	return c.Now
}
