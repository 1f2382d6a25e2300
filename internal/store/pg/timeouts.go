package pg

import (
	"context"
	"errors"
	"strconv"
	"time"
)

// answerTime is left of every try, at least, so that Postgres can report a timeout and
// the transaction can be rolled back.
const answerTime = 50 * time.Millisecond

// ErrTooLate says that a try had so little time that nothing was sent to Postgres.
var ErrTooLate = errors.New("no time is left for another try")

// SetTimeouts limits a transaction. Its parameters are Timeouts.
const SetTimeouts = `SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true),
	set_config('idle_in_transaction_session_timeout', $3, true), ` + hearWarnings

// Timeouts are the parameters of SetTimeouts, in milliseconds: for a lock, for a
// statement, and between two of them.
type Timeouts [3]any

// TryTimeouts are lock and statement, shortened to the time that is left of a try:
// Postgres ends a wait for a lock, and a second one after it, before the try ends. A
// client that stopped waiting first would have to close the connection, and could not
// know whether its COMMIT was carried out.
func TryTimeouts(ctx context.Context, lock, statement time.Duration) (Timeouts, error) {
	idle := statement
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		left -= max(left/4, answerTime)
		if left < answerTime/5 {
			return Timeouts{}, &LostError{ErrTooLate} // another request of the same batch may have more
		}
		lock, statement = min(lock, left/2), min(statement, left)
	}
	lock = max(lock, time.Millisecond) // 0 would be no limit
	return Timeouts{millis(lock), millis(statement), millis(idle)}, nil
}

func millis(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
