package pg

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// tryTimeouts are those for a lock and for a statement.
func tryTimeouts(ctx context.Context, lock, statement time.Duration) (limits [2]string, err error) {
	all, err := TryTimeouts(ctx, lock, statement)
	if err == nil {
		limits = [2]string{all[0].(string), all[1].(string)}
	}
	return limits, err
}

// However little is left of a try, Postgres reports a timeout before the try ends; where
// that cannot be, nothing is sent, and may be tried again.
func TestTryTimeouts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // where time stands still meanwhile
		if got, err := tryTimeouts(t.Context(), time.Second, 3*time.Second); err != nil || got != [2]string{"1000", "3000"} {
			t.Errorf("without a deadline: %v, %v", got, err)
		}
		if got, _ := tryTimeouts(t.Context(), time.Microsecond, time.Second); got[0] != "1" {
			t.Errorf("no time is %v, and 0 is endless", got)
		}
		for left, want := range map[time.Duration][2]string{
			10 * time.Second:       {"1000", "3000"},
			2 * time.Second:        {"750", "1500"},
			200 * time.Millisecond: {"75", "150"},
			100 * time.Millisecond: {"25", "50"},
		} {
			ctx, stop := context.WithTimeout(t.Context(), left)
			got, err := tryTimeouts(ctx, time.Second, 3*time.Second)
			stop()
			if err != nil || got != want {
				t.Errorf("%v: %v, %v, want %v", left, got, err, want)
			}
		}
		ctx, stop := context.WithTimeout(t.Context(), 55*time.Millisecond)
		defer stop()
		if got, err := tryTimeouts(ctx, time.Second, 3*time.Second); err == nil || !Transient(err) {
			t.Errorf("when it is too late: %v, %v", got, err)
		}
	})
}
