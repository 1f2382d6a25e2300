package storetest

import "testing"

// Meanwhile begins something, and returns when it is over, or waits for a session that
// is between its two round trips. It tells whether it waits.
func (d Database) Meanwhile(t *testing.T, do func()) (waits bool, over chan bool) {
	t.Helper()
	over = make(chan bool)
	go func() {
		defer close(over)
		do()
	}()
	Until(t, "it is over, or waits", func() bool {
		select {
		case <-over:
			return true
		default:
		}
		waits = d.Int(t, `SELECT count(*) FROM pg_stat_activity AS w JOIN pg_stat_activity AS h ON h.pid = ANY (pg_blocking_pids(w.pid))
			WHERE w.datname = current_database() AND h.state = 'idle in transaction'`) > 0
		return waits
	})
	return waits, over
}
