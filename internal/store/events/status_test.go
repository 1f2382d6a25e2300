package events_test

import (
	"testing"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store/events"
	"carrierhook/internal/store/storetest"
)

// The status has what an operator has to know.
func TestStatus(t *testing.T) {
	t.Parallel()
	c := newCared(t)
	c.all(t)
	c.checkpoint(t, 5, func(log []events.Delivery, cp *events.Checkpoint) {
		cp.Dead, cp.Failing, cp.Failure, cp.Disable = []events.Retry{{Delivery: log[1]}}, true, "status 410", true
	})
	c.Exec(t, `UPDATE event_retry SET at = at - interval '1 hour' WHERE position = 1`)
	storetest.Must(t, c.Pause(t.Context(), "dispatch", "console"))
	got, err := c.Status(t.Context(), []events.Wanted{{Endpoint: "dispatch"}, {Endpoint: "none"}}, 6)
	storetest.Must(t, err)
	if len(got) != 1 {
		t.Fatalf("%+v", got)
	}
	s := got[0]
	if s.Name != "dispatch" || s.Position != 5 || !s.Leased || s.PausedAt.IsZero() || s.PausedBy != "console" || s.DisabledAt.IsZero() ||
		s.FailingSince.IsZero() || s.LastFailure != "status 410" || time.Since(s.LastFailedAt).Abs() > time.Hour || s.Oldest < time.Hour || s.Dead != 1 || s.Retrying != 4 || s.Waiting != 1 {
		t.Errorf("%+v", s)
	}
	storetest.Must(t, c.Resume(t.Context(), "dispatch"))
	got, err = c.Status(t.Context(), []events.Wanted{{Endpoint: "dispatch"}}, 6)
	if err != nil || !got[0].PausedAt.IsZero() || !got[0].DisabledAt.IsZero() || got[0].PausedBy != "" {
		t.Errorf("%+v, %v", got, err)
	}
}

// While somebody delivers to an endpoint it is in a configuration.
func TestCheckpointSeesEndpoint(t *testing.T) {
	t.Parallel()
	c := newCared(t)
	c.Exec(t, `UPDATE event_endpoint SET seen_at = now() - interval '25 hours'`)
	c.checkpoint(t, 0, func([]events.Delivery, *events.Checkpoint) {})
	c.WantInt(t, 1, `SELECT count(*) FROM event_endpoint WHERE seen_at > now() - interval '1 minute'`)
}

// Where more of the log is unread than is looked at, the oldest counts, whatever it is.
func TestStatusOfLongLog(t *testing.T) {
	t.Parallel()
	c := newCared(t)
	c.Exec(t, `DELETE FROM event; INSERT INTO event (position, at, kind, parcel, id, body) SELECT n, now() - interval '1 hour', 'waybill.scanned', 'A', gen_random_uuid(), '{}' FROM generate_series(1, 10001) AS n`)
	for upTo, late := range map[int64]bool{10000: false, 10001: true} {
		got, err := c.Status(t.Context(), []events.Wanted{{Endpoint: "dispatch", Kinds: []event.Kind{event.PrivacyErased}}}, upTo)
		if err != nil || len(got) != 1 || late != (got[0].Oldest >= time.Hour) {
			t.Errorf("up to %d: %+v, %v", upTo, got, err)
		}
	}
}
