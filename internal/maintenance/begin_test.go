package maintenance

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// A look at the database that waits for a lock is said with who has it, and ends.
func TestBeginBesideALock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &recorder{wait: "table waybill, locked by pid 7"}
		st.schema = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		_, log, ready := runFor(t, st, 65*time.Second)
		if n := log.FilterMessage("waiting for a lock").Len(); n != 3 || ready != 0 {
			t.Errorf("said %d times, ready %d", n, ready)
		}
		if n := log.FilterMessage("waiting for the database").Len(); n < 2 {
			t.Errorf("ended %d times", n)
		}
	})
}

// What is over within a moment waited for nobody.
func TestBeginWithoutALock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, log, ready := runFor(t, &recorder{wait: "somebody else's"}, 25*time.Second)
		if n := log.FilterMessage("waiting for a lock").Len(); n != 0 || ready != 1 {
			t.Errorf("said %d times, ready %d", n, ready)
		}
	})
}

// A database that is far away has as long for each thing that is looked at.
func TestBeginFarAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &recorder{}
		slow := func(ctx context.Context) error {
			if !pause(ctx, 20*time.Second) {
				return ctx.Err()
			}
			return nil
		}
		st.schema, st.catalogue = slow, slow
		if _, _, ready := runFor(t, st, 50*time.Second); ready != 1 {
			t.Errorf("ready %d", ready)
		}
	})
}
