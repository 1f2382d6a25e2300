//go:build interop

package interop

import (
	"testing"
	"time"

	"carrierhook/internal/store/storetest"
)

// What was answered 0 outlives the primary: with the standby there or gone, a cancel
// that was answered 0 is cancelled where the standby takes over. What was answered -1
// is answered 0 there, when it is pushed again.
func TestInteropStandbyGoneThenFailover(t *testing.T) {
	p := startPair(t)
	w := direct(t, startReplica(t, p.url, "WECHAT_DEADLINE=1s", "DATABASE_STATEMENT_TIMEOUT=900ms", "DATABASE_LOCK_TIMEOUT=500ms").server)
	said := map[int]int{} // by parcel
	push := func(parcel int) {
		t.Helper()
		a := w.cancel(parcel)
		if a.err != nil || a.status != 200 || a.code != 0 && a.code != -1 {
			t.Fatalf("parcel %d: %+v", parcel, a)
		}
		said[parcel] = a.code
	}
	for parcel := range 5 {
		push(parcel)
	}
	for parcel := range 5 { // where a busy machine said -1
		w.cancelled(parcel)
		said[parcel] = 0
	}

	// The standby goes while pushes come, several at a time.
	type outcome struct{ parcel, code int }
	answers := make(chan outcome)
	const first, last = 5, 35
	next := make(chan int)
	for range 4 {
		go func() {
			for parcel := range next {
				a := w.cancel(parcel)
				if a.err != nil || a.status != 200 {
					t.Errorf("parcel %d: %+v", parcel, a)
					a.code = -1
				}
				answers <- outcome{parcel, a.code}
			}
		}()
	}
	go func() {
		defer close(next)
		for parcel := first; parcel < last; parcel++ {
			next <- parcel
		}
	}()
	gone := make(chan error, 1)
	for range last - first {
		a := <-answers
		said[a.parcel] = a.code
		if len(said) == 15 {
			go func() { gone <- p.standby.Kill() }()
		}
	}
	storetest.Must(t, <-gone)
	// It is gone for certain now: nothing is answered 0, though the primary alone has the
	// cancel; not of the same push either, nor when somebody ends the wait for the standby.
	ended := 0
	for begun := time.Now(); ended < 3 || p.status(p.primary, last) != "cancelled"; {
		answered := make(chan answer, 1)
		go func() { answered <- w.cancel(last) }()
		for len(answered) == 0 {
			if p.one(p.primary, "SELECT pg_cancel_backend(pid)::text FROM pg_stat_activity WHERE wait_event = 'SyncRep' LIMIT 1") == "true" {
				ended++
			}
		}
		if a := <-answered; a.err != nil || a.status != 200 || a.code != -1 {
			t.Fatalf("without a standby: %+v", a)
		}
		if time.Since(begun) > patience {
			t.Fatalf("%d waits were ended, and the parcel is %s at the primary", ended, p.status(p.primary, last))
		}
	}
	said[last] = -1

	storetest.Must(t, p.primary.Kill())
	storetest.Must(t, p.standby.Restart(t.Context()))
	p.one(p.standby, "SELECT pg_promote(false)::text") // one that waits may hold up the recovery that it waits for
	p.await("new primary", p.standby, "SELECT NOT pg_is_in_recovery()")
	zeros := 0
	for parcel, code := range said {
		if got := p.status(p.standby, parcel); code == 0 && got != "cancelled" {
			t.Errorf("parcel %d was answered 0 and is %s at the new primary", parcel, got)
		}
		if code == 0 {
			zeros++
		}
	}
	t.Logf("%d of %d were answered 0", zeros, len(said))
	for parcel := range said {
		w.cancelled(parcel)
		if got := p.status(p.standby, parcel); got != "cancelled" {
			t.Errorf("parcel %d was answered 0 after the failover and is %s", parcel, got)
		}
	}
}

// A push that waits for the standby is answered 0 when that comes back in time.
func TestInteropStandbyComesBack(t *testing.T) {
	p := startPair(t)
	w := direct(t, startReplica(t, p.url, "WECHAT_DEADLINE=4500ms").server)
	// A machine that is busy may not have the standby back in time: then once more.
	for parcel, begun := 0, time.Now(); ; parcel++ {
		w.cancelled(100 + parcel) // and connections are there
		storetest.Must(t, p.standby.Kill())
		answered := make(chan answer, 1)
		go func() { answered <- w.cancel(parcel) }()
		p.await("commit that waits for the standby", p.primary, "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep'",
			func() bool { return len(answered) > 0 })
		storetest.Must(t, p.standby.Restart(t.Context()))
		a := <-answered
		if a.err != nil || a.status != 200 || a.code != 0 && a.code != -1 {
			t.Fatalf("parcel %d: %+v", parcel, a)
		}
		p.awaitSync()
		if a.code == 0 {
			if got := p.status(p.standby, parcel); got != "cancelled" {
				t.Errorf("parcel %d was answered 0 and is %s at the standby", parcel, got)
			}
			return
		}
		if time.Since(begun) > patience {
			t.Fatal("no push that waits is ever answered 0")
		}
	}
}
