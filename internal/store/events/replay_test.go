package events_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store/events"
	"carrierhook/internal/store/storetest"
)

func (c *cared) replay(t *testing.T, want int, r event.Replay) {
	t.Helper()
	r.Endpoint, r.Wants = "dispatch", event.Kinds()
	n, next, err := c.Replay(t.Context(), r)
	if n != want || next != 0 || err != nil {
		t.Errorf("%+v: %d, %d, %v", r, n, next, err)
	}
}

// What is sent again goes before what waits in its parcel.
func TestReplay(t *testing.T) {
	t.Parallel()
	c := newCared(t)
	c.checkpoint(t, 4, func(log []events.Delivery, cp *events.Checkpoint) {
		cp.Add = []events.Retry{{Delivery: log[2], Wait: time.Hour}}
		cp.Bury = []events.Retry{{Delivery: log[1]}, {Delivery: log[3]}}
	})
	c.wantRows(t, "3+")
	c.replay(t, 1, event.Replay{Position: 1})
	c.wantRows(t, "1! 3")
	c.replay(t, 0, event.Replay{Position: 5}) // not sent yet
	c.replay(t, 1, event.Replay{Position: 4})
	c.wantRows(t, "1! 3 4!")
	c.replay(t, 1, event.Replay{Dead: true})
	c.wantRows(t, "1! 2! 3 4")
	c.WantInt(t, 0, `SELECT count(*) FROM event_dead`)
	c.replay(t, 4, event.Replay{From: time.Now().Add(-time.Hour)})
	c.replay(t, 0, event.Replay{From: time.Now().Add(-time.Hour), To: time.Now().Add(-time.Minute)})
	c.wantRows(t, "1! 2! 3 4")
	if _, _, err := c.Replay(t.Context(), event.Replay{Endpoint: "none", Dead: true}); !errors.Is(err, event.ErrNoEndpoint) {
		t.Errorf("got %v", err)
	}
}

// A call whose Token was erased can never be made: by itself it is refused, and among
// others it is passed over and stays dead, until somebody skips it.
func TestReplayWithoutToken(t *testing.T) {
	t.Parallel()
	c := newCared(t)
	c.checkpoint(t, 4, func(log []events.Delivery, cp *events.Checkpoint) {
		cp.Bury = []events.Retry{{Delivery: log[0], Failure: "status 500"}, {Delivery: log[1], Failure: event.TokenErased}, {Delivery: log[2], Failure: event.TokenErased + ": no more"}}
	})
	for _, position := range []int64{2, 3} {
		if n, _, err := c.Replay(t.Context(), event.Replay{Endpoint: "dispatch", Position: position}); n != 0 || !errors.Is(err, event.ErrTokenErased) {
			t.Errorf("of itself: %d, %v", n, err)
		}
	}
	c.wantRows(t, "")
	c.replay(t, 1, event.Replay{Dead: true})
	c.wantRows(t, "1!")
	c.replay(t, 2, event.Replay{From: time.Now().Add(-time.Hour)}) // with what was delivered
	c.wantRows(t, "1! 4!")
	c.WantInt(t, 2, `SELECT count(*) FROM event_dead`)
	c.Exec(t, `INSERT INTO event_dead SELECT 'another', position, at, kind, parcel, id, body, 1, now(), '' FROM event_dead`)
	if found, err := c.Skip(t.Context(), "dispatch", 2); !found || err != nil {
		t.Errorf("skipped: %t, %v", found, err)
	}
	c.replay(t, 1, event.Replay{Position: 2}) // somebody wants it after all
}

// Only the dead of the endpoint itself count.
func TestReplayWithoutTokenElsewhere(t *testing.T) {
	t.Parallel()
	c := newCared(t)
	c.checkpoint(t, 4, func(log []events.Delivery, cp *events.Checkpoint) {})
	c.Exec(t, `INSERT INTO event_dead SELECT 'another', position, at, kind, parcel, id, body, 1, now(), 'token_erased' FROM event`)
	c.replay(t, 1, event.Replay{Position: 2})
	c.replay(t, 4, event.Replay{From: time.Now().Add(-time.Hour)})
}

// More than a chunk is sent again in several.
func TestReplayInChunks(t *testing.T) {
	t.Parallel()
	c := newCared(t)
	c.Exec(t, `INSERT INTO event_dead SELECT 'dispatch', p, now(), 'waybill.scanned', 'P' || p % 7, gen_random_uuid(), '{}', 1, now(), '' FROM generate_series(1, 2500) AS p;
		UPDATE event_endpoint SET position = 2500`)
	var got []int
	for r := (event.Replay{Endpoint: "dispatch", Dead: true}); len(got) < 5; {
		n, next, err := c.Replay(t.Context(), r)
		storetest.Must(t, err)
		if got = append(got, n); next == 0 {
			break
		}
		r.After = next
	}
	if !slices.Equal(got, []int{1000, 1000, 500}) {
		t.Errorf("got %v", got)
	}
	c.WantInt(t, 7, `SELECT count(*) FROM event_retry WHERE next_at < 'infinity'`)
}

func (c *cared) skipTo(t *testing.T, want, position int64) {
	t.Helper()
	if n, err := c.SkipTo(t.Context(), "dispatch", position, nil); n != want || err != nil {
		t.Errorf("up to %d: %d, %v", position, n, err)
	}
}

// Without kinds all are wanted.
func TestAllKinds(t *testing.T) {
	t.Parallel()
	c := newCared(t)
	c.checkpoint(t, 4, func([]events.Delivery, *events.Checkpoint) {})
	if page, _, err := c.List(t.Context(), event.DeliveryQuery{Endpoint: "dispatch", Limit: 10}, 6); len(page) != 6 || err != nil {
		t.Errorf("%d are listed: %v", len(page), err)
	}
	if n, _, err := c.Replay(t.Context(), event.Replay{Endpoint: "dispatch", From: time.Now().Add(-time.Hour)}); n != 4 || err != nil {
		t.Errorf("%d are sent again: %v", n, err)
	}
}

// What is skipped is not sent, and what waited for it goes on; a server that has the
// endpoint notices that it was moved.
func TestSkip(t *testing.T) {
	t.Parallel()
	c := newCared(t)
	c.all(t)
	for _, want := range []bool{true, false} {
		if found, err := c.Skip(t.Context(), "dispatch", 1); found != want || err != nil {
			t.Errorf("%v, %v", found, err)
		}
	}
	c.wantRows(t, "2+ 3! 4 5")
	c.skipTo(t, 2, 3)
	c.wantRows(t, "4! 5!")
	c.WantInt(t, 5, `SELECT position FROM event_endpoint`)
	c.skipTo(t, 3, 6)
	c.skipTo(t, 0, 6)
	c.wantRows(t, "")
	if _, _, err := c.Checkpoint(t.Context(), events.Checkpoint{Lease: c.lease, To: 5}); !errors.Is(err, events.ErrLeaseLost) {
		t.Errorf("got %v", err)
	}
}

// What is skipped goes in parts, the newest first: none of a parcel is due meanwhile, and
// what was done before an error stays done.
func TestSkipToInChunks(t *testing.T) {
	t.Parallel()
	c := newCared(t)
	c.Exec(t, `INSERT INTO event_retry SELECT 'dispatch', p, now(), 'waybill.scanned', 'P' || p % 7, gen_random_uuid(), '{}', 1, now(), CASE WHEN p < 8 THEN now() + interval '1 hour' ELSE 'infinity' END, ''
		FROM generate_series(1, 2510) AS p`)
	release := c.Lock(t, `SELECT FROM event_retry WHERE position = 8 FOR UPDATE`)
	if _, err := c.SkipTo(t.Context(), "dispatch", 2500, nil); err == nil {
		t.Error("a row that is locked was skipped")
	}
	c.WantInt(t, 500+10, `SELECT count(*) FROM event_retry`)
	c.WantInt(t, 0, `SELECT count(*) FROM event_retry WHERE next_at < now()`)
	c.WantInt(t, 2500, `SELECT position FROM event_endpoint`)
	release()
	c.skipTo(t, 500, 2500)
	c.WantInt(t, 2501, `SELECT min(position) FROM event_retry`)
	c.WantInt(t, 7, `SELECT count(*) FROM event_retry WHERE next_at < now()`)
}

// What is to be tried again later has its turn at once, and keeps its attempts; so has the
// first of the parcel of what waits behind it.
func TestReplayHurries(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		of   event.Replay
		n    int
		rows string
	}{
		{event.Replay{Position: 1}, 1, "1! 2+ 3 4"},
		{event.Replay{Position: 4}, 1, "1+ 2! 3 4"},
		{event.Replay{Position: 5}, 1, "1! 2+ 3 4 5"}, // it was dead
		{event.Replay{Dead: true}, 1, "1! 2+ 3 4 5"},
		{event.Replay{From: time.Now().Add(-time.Hour), After: 3}, 2, "1! 2! 3 4 5"},
		{event.Replay{From: time.Now().Add(-time.Hour), To: time.Now().Add(-time.Minute)}, 0, "1+ 2+ 3 4"},
		{event.Replay{Position: 6}, 0, "1+ 2+ 3 4"}, // not sent yet
	} {
		c := newCared(t)
		c.all(t)
		c.Exec(t, `WITH gone AS (DELETE FROM event_retry WHERE position = 5 RETURNING *)
			INSERT INTO event_dead SELECT endpoint, position, at, kind, parcel, id, body, 1, now(), '' FROM gone`)
		c.replay(t, tc.n, tc.of)
		c.wantRows(t, tc.rows)
		c.WantInt(t, 2, `SELECT count(*) FROM event_retry WHERE attempts = 1`)
	}
}

// One that is replayed during its attempt is tried once more where that fails: the attempt
// may have begun before its cause was mended. One that was replayed before it is not.
func TestReplayDuringAttempt(t *testing.T) {
	t.Parallel()
	for want, order := range map[string][]string{"1! 2+ 3 4 5": {"attempt", "replay"}, "1+ 2+ 3 4 5": {"replay", "attempt"}} {
		c := newCared(t)
		c.all(t)
		var sent time.Time
		for _, what := range order {
			if what == "replay" {
				c.replay(t, 1, event.Replay{Position: 1})
			} else {
				sent = time.Now()
			}
			time.Sleep(20 * time.Millisecond) // the times are counted in whole ones
		}
		c.checkpoint(t, 5, func(log []events.Delivery, cp *events.Checkpoint) {
			cp.Again = []events.Retry{{Delivery: log[0], Wait: time.Hour, Failure: "status 500", Sent: sent}}
			cp.Again[0].Attempts = 2
		})
		c.wantRows(t, want)
		c.WantInt(t, 2, `SELECT attempts FROM event_retry WHERE position = 1`)
	}
}
