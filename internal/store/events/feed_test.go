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

// follow reads page after page, and returns the positions.
func follow(t *testing.T, f *events.Feed, q event.Query) (positions []int64, last event.Page) {
	t.Helper()
	for {
		p, err := f.Read(t.Context(), q)
		storetest.Must(t, err)
		for _, e := range p.Events {
			positions = append(positions, e.Cursor.Position)
		}
		if len(p.Events) > q.Limit || p.More && q.After != nil && p.Next == *q.After {
			t.Fatalf("%d events, next is %v after %v", len(p.Events), p.Next, q.After)
		}
		if q.After = &p.Next; !p.More {
			return positions, p
		}
	}
}

// Pages have each event once, whatever their size and whatever kinds are wanted, and the
// next cursor is behind those that are not.
func TestFeedPages(t *testing.T) {
	t.Parallel()
	d := storetest.NewDatabase(t)
	d.Exec(t, `INSERT INTO event (at, kind, parcel, id, body) SELECT now(), CASE WHEN n % 10 = 0 THEN 'waybill.booked' WHEN n = 11111 THEN 'numbers.low' ELSE 'waybill.scanned' END,
		'waybill A', gen_random_uuid(), '{ "n" :' || n || '}' FROM generate_series(1, 12000) AS n`)
	s := newServer(t, d)
	s.wantPosition(t, 12000)
	f := events.NewFeed(s.pool, s.Horizon)
	for _, tc := range []struct {
		kinds []event.Kind
		want  int
	}{
		{nil, 12000}, {[]event.Kind{event.WaybillBooked}, 1200}, {[]event.Kind{event.NumbersLow}, 1}, {[]event.Kind{event.OrderPlaced}, 0},
		{[]event.Kind{event.WaybillScanned, event.WaybillBooked}, 11999},
	} {
		for _, limit := range []int{7, 600, 1000} {
			if limit == 7 && tc.want > 2000 {
				continue // which takes long
			}
			got, p := follow(t, f, event.Query{Kinds: tc.kinds, Limit: limit})
			if len(got) != tc.want || !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) || p.Next.Position != 12000 {
				t.Errorf("%v by %d: %d events, then %v", tc.kinds, limit, len(got), p.Next)
			}
		}
	}
	p, err := f.Read(t.Context(), event.Query{Limit: 1})
	if err != nil || string(p.Events[0].Body) != `{ "n" :1}` || p.Events[0].Cursor != (event.Cursor{Epoch: s.Epoch(), Position: 1}) || p.Late != 0 {
		t.Errorf("%+v, %v", p, err)
	}
}

// What is above the horizon is not read, however small the page is.
func TestFeedHorizon(t *testing.T) {
	t.Parallel()
	d := storetest.NewDatabase(t)
	putOne := func() {
		d.Exec(t, `INSERT INTO event (at, kind, parcel, id, body) VALUES (now(), 'numbers.low', 'numbers', gen_random_uuid(), '{}')`)
	}
	putOne()
	s := newServer(t, d)
	s.wantPosition(t, 1)
	f := events.NewFeed(s.pool, s.Horizon)
	release := d.Lock(t, `INSERT INTO event (at, kind, parcel, id, body) VALUES (now(), 'numbers.low', 'numbers', gen_random_uuid(), '{}')`)
	putOne()
	for end := time.Now().Add(100 * time.Millisecond); time.Now().Before(end); {
		p, err := f.Read(t.Context(), event.Query{Limit: 10})
		if err != nil || len(p.Events) != 1 || p.Next.Position != 1 || p.More {
			t.Fatalf("%+v, %v", p, err)
		}
	}
	storetest.Until(t, "it is told that events are late", func() bool {
		p, err := f.Read(t.Context(), event.Query{Latest: true})
		return err == nil && p.Late >= time.Second
	})
	release()
	s.wantPosition(t, 3)
	if p, err := f.Read(t.Context(), event.Query{Limit: 10}); err != nil || len(p.Events) != 2 || p.Events[1].Cursor.Position != 3 {
		t.Errorf("%+v, %v", p, err)
	}
}

// A cursor that leads nowhere is refused, and never passed over in silence. One of a
// server that is ahead of this one waits.
func TestFeedCursors(t *testing.T) {
	t.Parallel()
	d := storetest.NewDatabase(t)
	d.Exec(t, `SELECT setval('event_position', 9)`)
	for range 3 {
		d.Exec(t, `INSERT INTO event (at, kind, parcel, id, body) VALUES (now(), 'numbers.low', 'numbers', gen_random_uuid(), '{}')`)
	}
	d.Exec(t, `UPDATE event_epoch SET dropped = 10`)
	s := newServer(t, d)
	f := events.NewFeed(s.pool, s.Horizon)
	storetest.Until(t, "it is known", func() bool { _, err := f.Read(t.Context(), event.Query{Latest: true}); return err == nil })
	s.wantPosition(t, 12)
	at := func(position int64) *event.Cursor { return &event.Cursor{Epoch: s.Epoch(), Position: position} }
	d.Exec(t, `SELECT nextval('event_position')`) // as of an event of which another server knows already
	for position, want := range map[int64]error{9: event.ErrDropped, 10: nil, 12: nil, 13: nil, 14: event.ErrAhead} {
		p, err := f.Read(t.Context(), event.Query{After: at(position), Limit: 10})
		if !errors.Is(err, want) || want == nil && (err != nil || p.Next.Position < position) {
			t.Errorf("after %d: %+v, %v", position, p, err)
		}
	}
	if p, err := f.Read(t.Context(), event.Query{Limit: 10}); err != nil || len(p.Events) != 2 {
		t.Errorf("from the oldest: %+v, %v", p, err)
	}
	old := at(11)
	storetest.Must(t, events.NewEpoch(t.Context(), s.pool))
	if _, err := f.Read(t.Context(), event.Query{After: old, Limit: 10}); !errors.Is(err, event.ErrOtherEpoch) {
		t.Errorf("of the former epoch: %v", err)
	}
	young := &event.Cursor{Epoch: d.Text(t, `SELECT epoch::text FROM event_epoch`), Position: 11}
	storetest.Until(t, "the new epoch is read", func() bool {
		p, err := f.Read(t.Context(), event.Query{After: young, Limit: 10})
		if errors.Is(err, event.ErrOtherEpoch) {
			t.Fatal("the epoch of another server, which knew first, is refused")
		}
		return err == nil && len(p.Events) == 1
	})
}
