package store_test

import (
	"errors"
	"testing"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store"
	"carrierhook/internal/store/storetest"
)

const eventWeek = 7 * 24 * time.Hour

// putDay puts two events, a booking and a scan, into the partition of the day so long ago.
func (d testStore) putDay(t *testing.T, daysAgo int) (partition string) {
	t.Helper()
	partition = d.Text(t, `SELECT 'event_' || to_char(now() AT TIME ZONE 'UTC' - make_interval(days => $1), 'YYYY_MM_DD')`, daysAgo)
	if d.Int(t, `SELECT count(*) FROM pg_class WHERE relname = $1`, partition) == 0 {
		const day = `to_char(date_trunc('day', now() AT TIME ZONE 'UTC') - make_interval(days => `
		d.Exec(t, d.Text(t, `SELECT 'CREATE TABLE '||$1::text||' PARTITION OF event FOR VALUES FROM ('''||`+day+`$2), 'YYYY-MM-DD')||' 00:00:00+00'') TO ('''||`+
			day+`$2 - 1), 'YYYY-MM-DD')||' 00:00:00+00'')'`, partition, daysAgo))
	}
	d.Exec(t, `INSERT INTO event (at, kind, parcel, id, body) SELECT now() - make_interval(days => $1), kind, 'waybill A', gen_random_uuid(), '{}'
		FROM unnest(ARRAY['waybill.booked', 'waybill.scanned']) AS kind`, daysAgo)
	return partition
}

func (d testStore) isThere(t *testing.T, partition string) bool {
	t.Helper()
	return d.Int(t, `SELECT count(*) FROM pg_class WHERE relname = $1`, partition) == 1
}

// Days of events are ready ahead, and go when they are older than the retention: a
// cursor of before then is known to be too old.
func TestMaintainEvents(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	old, older, young := d.putDay(t, 8), d.putDay(t, 9), d.putDay(t, 6)
	d.Exec(t, `INSERT INTO event (at, kind, parcel, id, body) VALUES (now() - interval '20 days', 'waybill.booked', 'waybill A', gen_random_uuid(), '{}')`) // by default
	d.Exec(t, `INSERT INTO event_server (server, position, tick, seen_at) VALUES (gen_random_uuid(), 1, 1, now() - interval '25 hours'), (gen_random_uuid(), 1, 1, now())`)
	d.Exec(t, `INSERT INTO event_dead SELECT 'gone', n, now(), 'waybill.booked', 'waybill A', gen_random_uuid(), '{}', 1, now() - make_interval(days => 80 + 10 * n::integer + 1), ''
		FROM generate_series(0, 1) AS n`)
	if m, err := d.MaintainEvents(t.Context(), 0, nil); err != nil || m.DaysLeft != 14 || m.Dropped != 0 || !d.isThere(t, older) {
		t.Errorf("without a retention: %+v, %v", m, err)
	}
	m, err := d.MaintainEvents(t.Context(), eventWeek, nil)
	if err != nil || m.Dropped != 2 || m.Removed != 1 || m.Dead != 0 || d.isThere(t, old) || d.isThere(t, older) || !d.isThere(t, young) {
		t.Errorf("%+v, %v", m, err)
	}
	d.WantInt(t, 2, `SELECT count(*) FROM event`)
	d.WantInt(t, 7, `SELECT dropped FROM event_epoch`)
	d.WantInt(t, 1, `SELECT count(*) FROM event_server`)
	d.WantInt(t, 1, `SELECT count(*) FROM event_dead`)
}

// What a paused endpoint has not taken of the days that go, and what waits for it since
// then, is dead, of the kinds that it wants. One that has taken all loses nothing.
func TestMaintainEventsOfEndpoints(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.putDay(t, 9) // positions 1 and 2
	d.putDay(t, 8)
	d.putDay(t, 1)
	d.Exec(t, `INSERT INTO event_endpoint (name, position, paused_at, seen_at) VALUES
		('paused', 1, now(), now()), ('passed', 4, NULL, now()), ('gone', 0, NULL, now() - interval '25 hours')`)
	d.Exec(t, `INSERT INTO event_retry SELECT 'paused', position, at, kind, parcel, id, body, 3, now(), 'infinity', 'x' FROM event WHERE position = 1`)
	m, err := d.MaintainEvents(t.Context(), eventWeek, map[string][]event.Kind{"paused": {event.WaybillScanned}, "passed": event.Kinds()})
	if err != nil || m.Dropped != 2 || m.Dead != 3 {
		t.Errorf("%+v, %v", m, err)
	}
	if got := d.Text(t, `SELECT string_agg(endpoint || position || last_failure || attempts, ' ' ORDER BY position) FROM event_dead`); got != "paused1expired3 paused2expired0 paused4expired0" {
		t.Errorf("dead: %s", got)
	}
	if got := d.Text(t, `SELECT string_agg(name || position, ' ' ORDER BY name) FROM event_endpoint`); got != "gone4 passed4 paused4" {
		t.Errorf("endpoints: %s", got)
	}
	d.WantInt(t, 0, `SELECT count(*) FROM event_retry`)
}

// A server that does not know an endpoint, which another has in its configuration, drops
// nothing: it does not know what is wanted. Nor does one whose clock is in doubt.
func TestMaintainEventsDropsNothing(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	old := d.putDay(t, 9)
	d.Exec(t, `INSERT INTO event_endpoint (name, position) VALUES ('other', 0)`)
	if m, err := d.MaintainEvents(t.Context(), eventWeek, nil); err != nil || m.Waits != "other" || !d.isThere(t, old) {
		t.Errorf("%+v, %v", m, err)
	}
	d.WantInt(t, 0, `SELECT dropped FROM event_epoch`)
	ahead := openStore(t, store.WithClock(options(d.URL), -2*time.Hour))
	if m, err := ahead.MaintainEvents(t.Context(), eventWeek, map[string][]event.Kind{"other": nil}); !errors.Is(err, store.ErrClockNotTrusted) || !d.isThere(t, old) {
		t.Errorf("%+v, %v", m, err)
	}
	d.WantInt(t, 0, `SELECT position FROM event_endpoint`)
	if m, err := d.MaintainEvents(t.Context(), eventWeek, map[string][]event.Kind{"other": nil}); err != nil || m.Dropped != 1 {
		t.Errorf("%+v, %v", m, err)
	}
}

// More than fits a chunk is passed in several.
func TestMaintainEventsInChunks(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.putDay(t, 9)
	d.Exec(t, `INSERT INTO event (at, kind, parcel, id, body) SELECT now() - interval '9 days', 'waybill.booked', 'waybill A', gen_random_uuid(), '{}' FROM generate_series(1, 12000)`)
	d.Exec(t, `INSERT INTO event_endpoint (name, position, disabled_at) VALUES ('disabled', 0, now())`)
	d.Exec(t, `INSERT INTO event_retry SELECT 'disabled', -n, now() - interval '9 days', 'k', 'p', gen_random_uuid(), '', 1, now(), 'infinity', '' FROM generate_series(1, 6000) AS n`)
	m, err := d.MaintainEvents(t.Context(), eventWeek, map[string][]event.Kind{"disabled": {event.WaybillBooked}})
	if err != nil || m.Dead != 12001+6000 || m.Dropped != 1 {
		t.Errorf("%+v, %v", m, err)
	}
	storetest.Must(t, err)
	d.WantInt(t, 12002, `SELECT position FROM event_endpoint`)
}
