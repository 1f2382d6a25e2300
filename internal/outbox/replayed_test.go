package outbox

import (
	"net/http"
	"testing"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store/storetest"
)

// One that waits for an hour is sent at once where it is replayed, and what waits behind it
// comes after it. One that is replayed while it is under way, and fails, is sent once more.
func TestReplayedIsSentAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.plan = plan{time.Hour, time.Hour, time.Hour}
	begun, answer := make(chan int, 10), make(chan int, 10)
	v := newReceiver(func(r received, n int) int {
		begun <- n
		return <-answer
	})
	_, stop := w.serve(t, v.endpoint("dispatch"))
	w.leased(t, 1)
	w.write(t, "P", "P")
	replay := func() {
		t.Helper()
		if n, _, err := w.log.Replay(t.Context(), event.Replay{Endpoint: "dispatch", Position: 1}); n != 1 || err != nil {
			t.Errorf("%d are replayed: %v", n, err)
		}
	}
	answer <- http.StatusTeapot
	storetest.Until(t, "it waits", func() bool {
		return w.Int(t, `SELECT count(*) FROM event_retry WHERE position = 1 AND attempts = 1 AND next_at > now()`) == 1
	})
	replay()
	for range 2 {
		select {
		case <-begun:
		case <-time.After(storetest.Patience):
			t.Fatal("it is not sent")
		}
	}
	replay()
	answer <- http.StatusTeapot
	for range 2 {
		answer <- http.StatusOK
	}
	v.wantAll(t, 2)
	stop()
	w.wantOrder(t, v)
}
