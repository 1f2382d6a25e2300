package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/event"
	"carrierhook/internal/ledger"
	"carrierhook/internal/localpg"
	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// eventsOf are the events of a kind, as whoever has only their bodies reads them.
func (d testStore) eventsOf(t *testing.T, k event.Kind) (all []*event.Event) {
	t.Helper()
	for _, body := range d.Texts(t, `SELECT body FROM event WHERE kind = $1 ORDER BY position`, string(k)) {
		e, err := event.Decode([]byte(body))
		storetest.Must(t, err)
		all = append(all, &e)
	}
	return all
}

// node is what WeChat is told of a scan, and why not, in words.
func (d testStore) node(t *testing.T, e *event.Event) string {
	t.Helper()
	n, err := d.Express.PathNode(t.Context(), e)
	return fmt.Sprintf("%s %s %d %d %s%s", n.Token, n.WaybillID, n.Action, n.At.Sub(expresstest.DayOne)/time.Minute, n.Message, inWords(err))
}

func inWords(err error) string {
	for _, why := range []error{ledger.ErrNotFound, event.ErrTokenErased, event.ErrTextErased} {
		if errors.Is(err, why) {
			return ": " + why.Error()
		}
	}
	if err != nil {
		return ": " + err.Error()
	}
	return ""
}

// What WeChat is told of a scan is found by the scan's event: also one of several of one
// action and one moment, with a key of the carrier's or without.
func TestPathNode(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "exec", "simple_protocol"} {
		d := newBookingStore(t, 3, allEvents, queryMode(mode))
		id := d.Booked(t, expresstest.OrderPush(1, "P", "O1"))
		said := func(text string) func(*waybill.Scan) { return func(s *waybill.Scan) { s.Message = text } }
		for _, s := range []waybill.Scan{
			expresstest.ScanOf(id, waybill.Collecting, 1),
			expresstest.ScanOf(id, 200001, 2, said("one")),
			expresstest.ScanOf(id, 200001, 2, said("two"), expresstest.Keyed("k")),
			expresstest.ScanOf(id, 200001, 2, said("three"), expresstest.Keyed("l")),
			expresstest.ScanOf(id, 200001, 3, said("four, +86 138-0013-8000")),
			expresstest.ScanOf(id, 300005, 4, said("")),
			expresstest.ScanOf(id, 90001, 5, said("late")),
		} {
			if got := d.MustScan(t, s); got.Verdict != waybill.Recorded {
				t.Errorf("%s: %s", s.Message, got.Verdict)
			}
		}
		want := []string{
			"token-O1 " + id + " 100001 1 快件已到达广州，联系电话13800000000",
			"token-O1 " + id + " 200001 2 one",
			"token-O1 " + id + " 200001 2 two",
			"token-O1 " + id + " 200001 2 three",
			"token-O1 " + id + " 200001 3 four, 13800138000",
			"token-O1 " + id + " 300002 4 快件已存放至代收点",
			"token-O1 " + id + " 0 5 late",
		}
		scanned := d.eventsOf(t, event.WaybillScanned)
		if len(scanned) != len(want) {
			t.Fatalf("%d events", len(scanned))
		}
		for i, e := range scanned {
			if got := d.node(t, e); got != want[i] {
				t.Errorf("%s: scan %d is %q, want %q", mode, i, got, want[i])
			}
		}
	}
}

// A waybill that no push has booked has no Token, and neither has one that is not there.
func TestPathNodeOfNoBooking(t *testing.T) {
	t.Parallel()
	d := newStore(t, allEvents)
	d.AddWaybills(t, "W")
	d.WantScan(t, expresstest.ScanOf("W", waybill.Collecting, 1), waybill.Recorded, waybill.Collected)
	e := d.eventsOf(t, event.WaybillScanned)[0]
	if _, err := d.Express.PathNode(t.Context(), e); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("of one that was registered: %v", err)
	}
	d.Exec(t, `DELETE FROM waybill`)
	if _, err := d.Express.PathNode(t.Context(), e); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("of one that is gone: %v", err)
	}
}

// What was erased is not sent: without its Token a call cannot be made at all, and without
// its message a node says what its action means, and never what another scan said.
func TestPathNodeErased(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 3, allEvents)
	id := d.Booked(t, expresstest.OrderPush(1, "P", "O1"))
	d.MustScan(t, expresstest.ScanOf(id, waybill.Collecting, 1, expresstest.Keyed("k")))
	d.MustScan(t, expresstest.ScanOf(id, 200001, 2))
	d.MustScan(t, expresstest.ScanOf(id, 200001, 2, func(s *waybill.Scan) { s.Message = "another" }))
	scanned := d.eventsOf(t, event.WaybillScanned)
	for _, tt := range []struct {
		sql  string
		want [3]string
	}{
		{`SELECT 1`, [3]string{"100001 1 快件已到达广州，联系电话13800000000", "200001 2 快件已到达广州，联系电话13800000000", "200001 2 another"}},
		// A scan with a key of the carrier's is found still.
		{`UPDATE scan SET message = '' WHERE message <> 'another'`, [3]string{"100001 1 快件已揽收", "200001 2 快件运输中: the message was erased", "200001 2 another"}},
		{`DELETE FROM scan`, [3]string{"100001 1 快件已揽收: the message was erased", "200001 2 快件运输中: the message was erased", "200001 2 快件运输中: the message was erased"}},
	} {
		d.Exec(t, tt.sql)
		for i, e := range scanned {
			if got, want := d.node(t, e), "token-O1 "+id+" "+tt.want[i]; got != want {
				t.Errorf("%s: scan %d is %q, want %q", tt.sql, i, got, want)
			}
		}
	}
	for _, sql := range []string{`UPDATE booking SET token = ''`, `DELETE FROM booking`} {
		d.Exec(t, sql)
		for _, e := range scanned {
			if n, err := d.Express.PathNode(t.Context(), e); !errors.Is(err, event.ErrTokenErased) || n.Token != "" {
				t.Errorf("%s: %v", sql, err)
			}
		}
	}
}

// statusCall is what WeChat is told of a status, and why not, in words.
func (d testStore) statusCall(t *testing.T, e *event.Event) string {
	t.Helper()
	c, err := d.Instant.OrderStatusCall(t.Context(), e)
	text := fmt.Sprintf("%s %s/%s/%s %s %d %d %s", c.Token, c.ShopID, c.OrderID, c.ShopNo, c.WaybillID, c.Status, c.At.Sub(instanttest.Start)/time.Minute, c.Message)
	if c.Agent != nil {
		text += fmt.Sprintf(" by %s %s %t", c.Agent.Name, c.Agent.Phone, c.Agent.PhoneEncrypted)
	}
	if !c.ExpectedAt.IsZero() {
		text += fmt.Sprintf(" until %d", c.ExpectedAt.Sub(instanttest.Start)/time.Minute)
	}
	return text + inWords(err)
}

// What WeChat is told of a status is found by the event of its report: also one of several
// of one status, of one attempt or of several.
func TestOrderStatusCall(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "exec", "simple_protocol"} {
		d := newStore(t, allEvents, queryMode(mode))
		instanttest.InsertOrders(t, d.Database, delivery.Waiting, "D")
		said := func(text string) func(*delivery.StatusReport) {
			return func(r *delivery.StatusReport) { r.Message = text }
		}
		report := func(status delivery.Status, minutes int, change ...func(*delivery.StatusReport)) {
			d.orders.WantVerdict(t, instanttest.Report("D", status, minutes, change...), delivery.Recorded, status)
		}
		report(delivery.Assigned, 1, said("one"))
		report(delivery.Assigned, 1, said("two"), func(r *delivery.StatusReport) {
			r.Agent, r.ExpectedAt = &delivery.Agent{Name: "张三", Phone: "138", PhoneEncrypted: true}, instanttest.Start.Add(time.Hour)
		})
		report(delivery.Assigned, 2, said("one"))
		report(delivery.PickupFailedShop, 3, said(""))
		instanttest.InsertAttempt(t, d.Database, "D", 2, "Z-D", delivery.Waiting)
		d.Exec(t, `UPDATE delivery_attempt SET wx_token = 'second' WHERE attempt = 2`)
		report(delivery.Assigned, 1, said("one"), instanttest.Of("Z-D"))
		want := []string{
			"markerTOKEN S/D/no Y-D 102 1 one",
			"markerTOKEN S/D/no Y-D 102 1 two by 张三 138 true until 60",
			"markerTOKEN S/D/no Y-D 102 2 one",
			"markerTOKEN S/D/no Y-D 205 3 ",
			"second S/D/no Z-D 102 1 one",
		}
		changed := d.eventsOf(t, event.OrderStatusChanged)
		if len(changed) != len(want) {
			t.Fatalf("%d events", len(changed))
		}
		for i, e := range changed {
			if got := d.statusCall(t, e); got != want[i] {
				t.Errorf("%s: status %d is %q, want %q", mode, i, got, want[i])
			}
		}
	}
}

// A status whose message was erased keeps its own time. Without its Token a call cannot be
// made.
func TestOrderStatusCallErased(t *testing.T) {
	t.Parallel()
	d := newStore(t, allEvents)
	instanttest.InsertOrders(t, d.Database, delivery.Waiting, "D")
	for i := range 3 {
		d.orders.WantVerdict(t, instanttest.Report("D", delivery.Assigned, i), delivery.Recorded, delivery.Assigned)
	}
	changed := d.eventsOf(t, event.OrderStatusChanged)
	const text = "骑手张三 13800000000"
	for _, tt := range []struct {
		sql  string
		want [3]string
	}{
		{`SELECT 1`, [3]string{text, text, text}},
		{`UPDATE delivery_step SET message = '' WHERE serial = 3`, [3]string{text, ": the message was erased", text}},
		// One that was recorded with it lends it no message.
		{`UPDATE delivery_step SET recorded_at = (SELECT recorded_at FROM delivery_step WHERE serial = 3) WHERE serial = 4`, [3]string{text, ": the message was erased", text}},
		{`UPDATE delivery_step SET message = '' WHERE serial < 4`, [3]string{": the message was erased", ": the message was erased", text}},
	} {
		d.Exec(t, tt.sql)
		for i, e := range changed {
			if got, want := d.statusCall(t, e), fmt.Sprintf("markerTOKEN S/D/no Y-D 102 %d %s", i, tt.want[i]); got != want {
				t.Errorf("%s: status %d is %q, want %q", tt.sql, i, got, want)
			}
		}
	}
	d.Exec(t, `UPDATE delivery_step SET expected_at = recorded_at, recorded_at = $1 WHERE serial = 3`, changed[2].Time) // in one transaction
	if c, err := d.Instant.OrderStatusCall(t.Context(), changed[2]); err != nil || !c.ExpectedAt.IsZero() {
		t.Errorf("a status has the expected time of another one: %v, %v", c.ExpectedAt, err)
	}
	for _, sql := range []string{`UPDATE delivery_attempt SET wx_token = ''`, `DELETE FROM delivery_attempt`} {
		d.Exec(t, sql)
		for _, e := range changed {
			if c, err := d.Instant.OrderStatusCall(t.Context(), e); !errors.Is(err, event.ErrTokenErased) || c.Token != "" {
				t.Errorf("%s: %v", sql, err)
			}
		}
	}
}

// Whoever makes calls does not wait for a table that is locked for longer than the reading
// may take. It is no fault of the event.
func TestCallsDoNotWaitForLong(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.Lock(t, `LOCK TABLE booking, delivery_step IN ACCESS EXCLUSIVE MODE`)
	for what, read := range map[string]func(context.Context, *event.Event) error{
		"a scan": func(ctx context.Context, e *event.Event) error { _, err := d.Express.PathNode(ctx, e); return err },
		"a status": func(ctx context.Context, e *event.Event) error {
			_, err := d.Instant.OrderStatusCall(ctx, e)
			return err
		},
	} {
		ctx, stop := context.WithTimeout(t.Context(), storetest.Patience)
		if err := read(ctx, &event.Event{}); !store.Transient(err) || ctx.Err() != nil {
			t.Errorf("%s: %v, %v", what, err, ctx.Err())
		}
		stop()
	}
}

// What cannot be read because the database is away says so, and passes; a row that is odd does
// not.
func TestCallsWithoutDatabase(t *testing.T) {
	t.Parallel()
	pg := storetest.NewServer(t)
	url := pg.URL(localpg.Database)
	storetest.Must(t, store.Migrate(t.Context(), url, nil))
	d := openStore(t, options(url))
	scan := &event.Event{Kind: event.WaybillScanned, Account: "gh_1", Body: event.Body{BizID: "B", WaybillID: "W1"}}
	if _, err := d.Express.PathNode(t.Context(), scan); !errors.Is(err, ledger.ErrNotFound) || store.Transient(err) {
		t.Errorf("got %v", err)
	}
	d.Exec(t, `ALTER TABLE waybill RENAME book_push TO pushed`)
	if _, err := d.Express.PathNode(t.Context(), scan); err == nil || store.Transient(err) {
		t.Errorf("a column is not there: %v passes", err)
	}
	storetest.Must(t, pg.Kill())
	if _, err := d.Express.PathNode(t.Context(), scan); !store.Transient(err) {
		t.Errorf("node: %v does not pass", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if _, err := d.Express.ReviewCall(ctx, &event.Event{Account: "gh_1", Body: event.Body{BizID: "B", ShopAppID: "S"}}); !store.Transient(err) {
		t.Errorf("review: %v does not pass", err)
	}
}
