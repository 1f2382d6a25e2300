package events_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store/events"
	"carrierhook/internal/store/storetest"
)

// cared is an endpoint that has a lease, and events of two parcels by turns: A has 1, 3
// and 5, and B has 2, 4 and 6.
type cared struct {
	storetest.Database
	*events.Deliveries
	lease events.Lease
}

func newCared(t *testing.T) *cared {
	t.Helper()
	d := storetest.NewDatabase(t)
	c := &cared{Database: d, Deliveries: events.NewDeliveries(open(t, d))}
	storetest.Must(t, c.AddEndpoints(t.Context(), []string{"dispatch"}, 0))
	for range 3 {
		put(t, d, "A", 1)
		put(t, d, "B", 1)
	}
	var err error
	c.lease, _, err = c.Lease(t.Context(), "dispatch", [16]byte{1}, time.Minute)
	storetest.Must(t, err)
	return c
}

// checkpoint writes a change, with what the log has at these positions.
func (c *cared) checkpoint(t *testing.T, to int64, fill func(log []events.Delivery, cp *events.Checkpoint)) (due bool) {
	t.Helper()
	log, _, err := c.ReadPage(t.Context(), events.Page{Endpoint: "dispatch", UpTo: 100, Limit: 100})
	storetest.Must(t, err)
	cp := events.Checkpoint{Lease: c.lease, Until: time.Minute, To: to}
	fill(log, &cp)
	_, due, err = c.Checkpoint(t.Context(), cp)
	storetest.Must(t, err)
	c.lease.Position = to
	return due
}

// all fails 1 and 2, and has all others behind them but 6, which is not read yet.
func (c *cared) all(t *testing.T) {
	t.Helper()
	c.checkpoint(t, 5, func(log []events.Delivery, cp *events.Checkpoint) {
		for i, e := range log[:5] {
			r := events.Retry{Delivery: e, Wait: time.Hour, Failure: "status 500"}
			r.Attempts = 1
			if i > 1 {
				r.Wait, r.Attempts, r.Failure = events.WaitBehind, 0, ""
			}
			cp.Add = append(cp.Add, r)
		}
	})
}

// rows are those of event_retry: each position, with a mark if it has a time.
func (c *cared) rows(t *testing.T) string {
	t.Helper()
	return strings.Join(c.Texts(t, `SELECT position || CASE WHEN next_at < clock_timestamp() THEN '!' WHEN next_at < 'infinity' THEN '+' ELSE '' END
		FROM event_retry ORDER BY position`), " ")
}

func (c *cared) wantRows(t *testing.T, want string) {
	t.Helper()
	if got := c.rows(t); got != want {
		t.Errorf("event_retry has %q, want %q", got, want)
	}
}

// The first of a parcel has a time and the others wait for it, whatever becomes of it.
func TestParcelsStayInOrder(t *testing.T) {
	t.Parallel()
	c := newCared(t)
	c.all(t)
	c.wantRows(t, "1+ 2+ 3 4 5")
	if !c.checkpoint(t, 5, func(log []events.Delivery, cp *events.Checkpoint) { cp.Delivered = log[:1] }) {
		t.Error("it does not tell that one may be due")
	}
	c.wantRows(t, "2+ 3! 4 5")
	due, err := c.Due(t.Context(), "dispatch", nil, 10)
	storetest.Must(t, err)
	if len(due) != 1 || due[0].Position != 3 {
		t.Errorf("due: %+v", due)
	}
	if due, err := c.Due(t.Context(), "dispatch", []int64{3}, 10); len(due) != 0 || err != nil {
		t.Errorf("due without it: %+v, %v", due, err)
	}
	c.checkpoint(t, 5, func(log []events.Delivery, cp *events.Checkpoint) {
		cp.Dead = []events.Retry{{Delivery: log[1], Failure: "status 400"}}
	})
	c.wantRows(t, "3! 4! 5")
	c.WantInt(t, 2, `SELECT position FROM event_dead`)
	page, next, err := c.ReadPage(t.Context(), events.Page{Endpoint: "dispatch", After: 5, UpTo: 6, Limit: 10})
	storetest.Must(t, err)
	if len(page) != 1 || next != 6 || !page[0].Behind || page[0].Missed == (event.ID{}) {
		t.Errorf("page %+v", page)
	}
}

// A page has the kinds that are wanted, and tells up to where it goes.
func TestPageOfKinds(t *testing.T) {
	t.Parallel()
	c := newCared(t)
	for _, tc := range []struct {
		kinds []event.Kind
		limit int
		n     int
		next  int64
	}{{nil, 10, 6, 9}, {[]event.Kind{event.WaybillScanned}, 4, 4, 4}, {[]event.Kind{event.PrivacyErased}, 4, 0, 4}, {[]event.Kind{event.PrivacyErased}, 10, 0, 9}} {
		page, next, err := c.ReadPage(t.Context(), events.Page{Endpoint: "dispatch", Kinds: tc.kinds, UpTo: 9, Limit: tc.limit})
		if err != nil || len(page) != tc.n || next != tc.next {
			t.Errorf("%v: %d events up to %d: %v", tc.kinds, len(page), next, err)
		}
	}
}

// listed are positions with their states, newest first.
func (c *cared) listed(t *testing.T, q event.DeliveryQuery) string {
	t.Helper()
	q.Endpoint, q.Wants = "dispatch", event.Kinds()
	var got []string
	for {
		page, more, err := c.List(t.Context(), q, 6)
		storetest.Must(t, err)
		for _, e := range page {
			got = append(got, fmt.Sprint(e.Position, " ", e.State))
		}
		if !more {
			return strings.Join(got, ", ")
		}
		q.Before = page[len(page)-1].Position
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	c := newCared(t)
	c.all(t)
	c.checkpoint(t, 5, func(log []events.Delivery, cp *events.Checkpoint) {
		cp.Dead, cp.Delivered = []events.Retry{{Delivery: log[1], Failure: "status 400"}}, log[:1]
	})
	c.Exec(t, `UPDATE event_retry SET next_at = 'infinity' WHERE position = 4`)
	for limit := 1; limit < 8; limit++ {
		for want, q := range map[string]event.DeliveryQuery{
			"6 waiting, 5 waiting, 4 waiting, 3 retrying, 2 dead, 1 delivered": {},
			"6 waiting, 5 waiting, 4 waiting":                                  {State: event.Waiting},
			"3 retrying":                                                       {State: event.Retrying},
			"2 dead":                                                           {State: event.Dead},
			"1 delivered":                                                      {State: event.Delivered},
			"5 waiting, 3 retrying, 1 delivered":                               {Parcel: "A"},
			"":                                                                 {Kind: event.PrivacyErased},
		} {
			q.Limit = limit
			if got := c.listed(t, q); got != want {
				t.Errorf("%+v: %s, want %s", q, got, want)
			}
		}
	}
	c.Exec(t, `UPDATE event_endpoint SET first_position = 1`)
	if got := c.listed(t, event.DeliveryQuery{State: event.Delivered, Limit: 10}); got != "" {
		t.Errorf("delivered before it was there: %s", got)
	}
}
