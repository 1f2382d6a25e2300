package outbox

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store/events"
	"carrierhook/internal/store/storetest"
)

// leased waits until so many endpoints have a server.
func (w *world) leased(t *testing.T, n int) {
	t.Helper()
	storetest.Until(t, "the endpoints are leased", func() bool { return w.Int(t, `SELECT count(leased_by) FROM event_endpoint`) == n })
}

// What is written from then on reaches the endpoint, each event once and each parcel in
// order; the position follows, and a server that stops keeps no lease.
func TestDelivers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(t, "before")
	v := newReceiver(always(http.StatusNoContent))
	_, stop := w.serve(t, v.endpoint("dispatch"))
	w.leased(t, 1)
	w.write(t, many(40, 50)...)
	v.wantAll(t, 2000)
	w.wantOrder(t, v)
	stop()
	if n := len(v.accepted()); n != 2000 {
		t.Errorf("%d requests", n)
	}
	w.WantInt(t, 2001, `SELECT position FROM event_endpoint`)
	w.WantInt(t, 0, `SELECT count(*) FROM event_retry`)
	w.WantInt(t, 0, `SELECT count(leased_by) FROM event_endpoint`)
}

// Each endpoint gets the kinds that it wants, and its position passes over the others.
func TestKinds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all, none := newReceiver(always(http.StatusOK)), newReceiver(always(http.StatusOK))
	_, stop := w.serve(t, all.endpoint("all", event.WaybillScanned, event.Test), none.endpoint("none", event.PrivacyErased))
	w.leased(t, 2)
	w.write(t, many(300, 3)...)
	all.wantAll(t, 900)
	storetest.Until(t, "both have passed all", func() bool { return w.Int(t, `SELECT min(position) FROM event_endpoint`) == 900 })
	stop()
	if n := len(none.accepted()); n != 0 {
		t.Errorf("%d events of a kind that it does not want", n)
	}
}

// While some fail, each parcel stays in order, and what a parcel's later ones wait in is
// the table.
func TestOrderWhileSomeFail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := newReceiver(func(r received, n int) int {
		if n == 1 && (r.id[len(r.id)-1] == 'a' || r.id[len(r.id)-1] == '3') {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	})
	w.plan = quick
	_, stop := w.serve(t, v.endpoint("dispatch"))
	w.leased(t, 1)
	w.write(t, many(30, 40)...)
	v.wantAll(t, 1200)
	storetest.Until(t, "nothing is left", func() bool { return w.Int(t, `SELECT count(*) FROM event_retry`) == 0 })
	stop()
	w.wantOrder(t, v)
	w.WantInt(t, 0, `SELECT count(*) FROM event_dead`)
	w.WantInt(t, 1200, `SELECT position FROM event_endpoint`)
}

// A dead one lets the later ones of its parcel go on, which say what is missed.
func TestDeadIsMarked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var mu sync.Mutex
	first := ""
	v := newReceiver(func(r received, _ int) int {
		mu.Lock()
		defer mu.Unlock()
		if first == "" {
			first = r.id
		}
		if r.id == first {
			return http.StatusBadRequest
		}
		return http.StatusOK
	})
	w.plan = plan{50 * time.Millisecond}
	_, stop := w.serve(t, v.endpoint("dispatch"))
	w.leased(t, 1)
	w.write(t, "P", "P", "P")
	v.wantAll(t, 2)
	w.write(t, "P", "Q")
	v.wantAll(t, 4)
	stop()
	for _, r := range v.accepted() {
		if want := map[bool]string{true: first}[r.parcel == `{"parcel":"P"}`]; r.missed != want {
			t.Errorf("%s says %q is missed, want %q", r.parcel, r.missed, want)
		}
	}
	w.wantOrder(t, v)
	w.WantInt(t, 1, `SELECT count(*) FROM event_dead WHERE attempts = 2 AND last_failure = 'status 400'`)
}

// An endpoint that hangs, and one that refuses everything, hold up no other.
func TestOthersGoOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hanging := make(chan struct{})
	good, bad := newReceiver(always(http.StatusOK)), newReceiver(always(http.StatusInternalServerError))
	slow := newReceiver(func(received, int) int {
		<-hanging
		return http.StatusOK
	})
	t.Cleanup(func() { close(hanging) })
	w.serve(t, good.endpoint("good"), bad.endpoint("bad"), slow.endpoint("slow"))
	w.leased(t, 3)
	begun := time.Now()
	w.write(t, many(200, 10)...)
	good.wantAll(t, 2000)
	if took := time.Since(begun); took > stuckWait {
		t.Errorf("it took %v", took)
	}
}

// What a server that dies has not delivered, another delivers; what is sent twice is at
// most what it had in memory.
func TestServerDies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := newReceiver(always(http.StatusOK))
	dead := &crashed{Log: w.log}
	_, stop := w.serveWith(t, dead, v.endpoint("dispatch"))
	w.leased(t, 1)
	w.write(t, many(50, 10)...)
	v.wantAll(t, 100)
	dead.die()
	stop()
	w.write(t, many(50, 10)...)
	w.serve(t, v.endpoint("dispatch"))
	v.wantAll(t, 1000)
	w.wantOrder(t, v)
	if twice := len(v.accepted()) - 1000; twice > maxWindow {
		t.Errorf("%d were sent twice", twice)
	}
}

// After another server has taken the lease nothing of the first one is written.
func TestLostLease(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	storetest.Must(t, w.log.AddEndpoints(t.Context(), []string{"dispatch"}, 0))
	lease := func(id byte) (events.Lease, bool) {
		l, ok, err := w.log.Lease(t.Context(), "dispatch", [16]byte{id}, leaseTime)
		storetest.Must(t, err)
		return l, ok
	}
	first, ok := lease(1)
	if _, second := lease(2); !ok || second {
		t.Fatal("two have the lease, or none")
	}
	w.Exec(t, `UPDATE event_endpoint SET leased_until = now() - interval '1 second'`)
	if _, ok := lease(2); !ok {
		t.Fatal("a lease that is over cannot be taken")
	}
	w.write(t, "P", "P")
	page, _, err := w.log.ReadPage(t.Context(), events.Page{Endpoint: "dispatch", UpTo: 2, Limit: 10})
	storetest.Must(t, err)
	_, _, err = w.log.Checkpoint(t.Context(), events.Checkpoint{Lease: first, Until: leaseTime, To: 2, Add: []events.Retry{{Delivery: page[0]}}})
	if err != events.ErrLeaseLost {
		t.Errorf("got %v", err)
	}
	storetest.Must(t, w.log.Release(t.Context(), first))
	w.WantInt(t, 0, `SELECT count(*) FROM event_retry`)
	w.WantInt(t, 1, `SELECT count(*) FROM event_endpoint WHERE position = 0 AND leased_by = '02000000-0000-0000-0000-000000000000'`)
}

// A pause, and its end, reach the server that has the lease.
func TestPause(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := newReceiver(always(http.StatusOK))
	w.serve(t, v.endpoint("dispatch"))
	w.leased(t, 1)
	storetest.Must(t, w.log.Pause(t.Context(), "dispatch", "console"))
	w.WaitFor(t, `SELECT count(*) FROM event_endpoint WHERE paused_by = 'console'`)
	renewed := w.Text(t, `SELECT leased_until::text FROM event_endpoint`)
	storetest.Until(t, "the server has seen it", func() bool { return w.Text(t, `SELECT leased_until::text FROM event_endpoint`) != renewed })
	w.write(t, many(10, 2)...)
	storetest.Until(t, "it has looked again", func() bool {
		return w.Int(t, `SELECT count(*) FROM event_endpoint WHERE leased_until > $1::timestamptz + interval '3 seconds'`, renewed) > 0
	})
	if n := len(v.accepted()); n > 0 {
		t.Errorf("%d requests during the pause", n)
	}
	storetest.Must(t, w.log.Resume(t.Context(), "dispatch"))
	v.wantAll(t, 20)
	if err := w.log.Pause(context.Background(), "other", ""); err != event.ErrNoEndpoint {
		t.Errorf("got %v", err)
	}
}
