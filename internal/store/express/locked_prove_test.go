//go:build prove

package express_test

import (
	"testing"
	"time"
)

// To the end of a push's own four seconds, on a machine that does nothing else: what
// is locked costs its own merchant's orders, no connection is lost, and no order of
// anybody else waits for two seconds.
func TestProveLockedToTheEnd(t *testing.T) {
	for why, locked := range map[string]func(*testing.T) (testStore, func()){"55P03": lockedQuota, "lease waybill numbers": lockedRange} {
		d, release := locked(t)
		stop := d.others(t, "B")
		begun := time.Now()
		if err := d.hopeless(t, 4*time.Second, why); err != nil {
			t.Errorf("%s: %v", why, err)
		}
		if took := time.Since(begun); took > 5*time.Second+300*time.Millisecond || took < 2*time.Second {
			t.Errorf("%s: answered after %v", why, took)
		}
		n, worst := stop()
		t.Logf("%s: %d pushes of others, the slowest took %v", why, n, worst)
		if worst > 1800*time.Millisecond {
			t.Errorf("%s: another merchant waited for %v", why, worst)
		}
		d.goesOn(t, release)
	}
}
