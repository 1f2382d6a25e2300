package pg

import (
	"testing"
	"time"
)

// Slow is not silent: nothing was heard since long, though it was used long ago.
func TestSilent(t *testing.T) {
	t.Parallel()
	now := time.Now()
	ago := func(ms int) time.Time { return now.Add(-time.Duration(ms) * time.Millisecond) }
	for _, tt := range []struct {
		used, heard int // so many milliseconds ago
		want        bool
	}{
		{2000, 2000, true}, {2000, 5000, true}, {1100, 1100, true},
		{2000, 900, false}, // it answers slowly
		{900, 2000, false}, // it was idle, and has not had time to answer
		{500, 500, false},  // neither
		{2000, 1500, true}, // it has begun to answer, and stopped
	} {
		if got := silent(ago(tt.used), ago(tt.heard), now, time.Second); got != tt.want {
			t.Errorf("used %d ms ago, heard %d ms ago: %t", tt.used, tt.heard, got)
		}
	}
}
