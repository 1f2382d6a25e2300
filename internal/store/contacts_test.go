package store_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/event"
	"carrierhook/internal/store/events"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/pushlog"
	"carrierhook/internal/store/storetest"
)

func (d importStore) erase(retention time.Duration, want int64) {
	d.tb.Helper()
	ctx, stop := context.WithTimeout(context.Background(), storetest.Patience)
	defer stop()
	got, err := d.EraseContacts(ctx, retention)
	if err != nil || got != want {
		d.tb.Errorf("erased %d, want %d; %v", got, want, err)
	}
}

// What is older than the retention goes, however much it is, and nothing else.
func TestEraseContacts(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	expresstest.AddContacts(t, d.Database, 2500, "100 hours")
	expresstest.AddContacts(t, d.Database, 3, "99 hours")
	expresstest.AddContacts(t, d.Database, 2, "1 second")
	d.erase(0, 0)
	d.erase(101*time.Hour, 0)
	d.erase(100*time.Hour-time.Minute, 2500)
	d.erase(100*time.Hour-time.Minute, 0)
	d.erase(time.Hour, 3)
	d.WantInt(t, 2, `SELECT count(*) FROM booking_contact`)
	expresstest.AddContacts(t, d.Database, 1000, "50 hours") // a whole chunk, and nothing after it
	d.erase(time.Hour, 1000)
}

// Any number of servers erase at once, each row once, and nobody waits for a row
// that somebody else has.
func TestEraseContactsTogether(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	expresstest.AddContacts(t, d.Database, 9000, "100 hours")
	release := d.Lock(t, `SELECT FROM booking_contact WHERE waybill_id IN ('100 hours0', '100 hours4000') FOR UPDATE`)
	var servers sync.WaitGroup
	var mu sync.Mutex
	var all int64
	for range 4 {
		servers.Go(func() {
			ctx, stop := context.WithTimeout(t.Context(), storetest.Patience)
			defer stop()
			n, err := d.EraseContacts(ctx, time.Hour)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			all += n
		})
	}
	servers.Wait()
	if left := d.Int(t, `SELECT count(*) FROM booking_contact`); all != 8998 || left != 2 {
		t.Errorf("erased %d, %d are left", all, left)
	}
	release()
	d.erase(time.Hour, 2)
}

// Erasing ends with its context, and tells what it did until then. A chunk that
// was done stays done, and is told in an event.
func TestEraseContactsEnds(t *testing.T) {
	t.Parallel()
	d := newStore(t, wanting(events.WriterOptions{Kinds: event.Kinds()}))
	expresstest.AddContacts(t, d.Database, 1500, "100 hours")
	// The second chunk is made to wait.
	d.Exec(t, `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN IF OLD.waybill_id = '100 hours0' THEN PERFORM pg_sleep(120); END IF; RETURN OLD; END $$`)
	d.Exec(t, `CREATE TRIGGER slow BEFORE DELETE ON booking_contact FOR EACH ROW EXECUTE FUNCTION slow()`)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var erasing sync.WaitGroup
	erasing.Go(func() {
		if n, err := d.EraseContacts(ctx, time.Hour); n != 1000 || !errors.Is(err, context.Canceled) {
			t.Errorf("erased %d, %v", n, err)
		}
	})
	d.WaitFor(t, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`)
	stop()
	erasing.Wait()
	d.WantInt(t, 500, `SELECT count(*) FROM booking_contact`)
	d.WantInt(t, 1000, `SELECT (body::json ->> 'erased')::integer FROM event WHERE kind = 'privacy.erased'`)
}

// left is how many details there are, steps with a message, attempts with one, and steps
// with a rider.
func (d importStore) left() string {
	d.tb.Helper()
	return d.text(`SELECT concat_ws(' ', (SELECT count(*) FROM delivery_details), (SELECT count(*) FROM delivery_step WHERE message <> ''),
		(SELECT count(*) FROM delivery_attempt WHERE message <> ''), (SELECT count(*) FROM delivery_step WHERE agent IS NOT NULL))`)
}

// What an order of instant delivery said goes with its age, and what was said on the
// way with its own; an attempt says what its last step does. The rest stays.
func TestEraseDeliveries(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	expresstest.AddContacts(t, d.Database, 3, "100 hours")
	instanttest.InsertOldOrders(t, d.Database, 2400, "100 hours")
	instanttest.InsertOldOrders(t, d.Database, 10, "1 second")
	d.erase(0, 0)
	d.erase(101*time.Hour, 0)
	if got := d.left(); got != "2410 1205 1205 803" {
		t.Errorf("there are %s", got)
	}
	d.erase(100*time.Hour-time.Minute, 2403)
	if got := d.left(); got != "10 5 5 3" {
		t.Errorf("left are %s", got)
	}
	d.erase(100*time.Hour-time.Minute, 0)
	// What comes late goes later: of two messages the one that is old.
	d.do(`INSERT INTO delivery_step SELECT shop_id, order_id, 1, 3, 201, now(), 'late', now(), 'x' FROM delivery_order`)
	d.do(`UPDATE delivery_attempt SET status = 201, message = 'late'`)
	d.do(`UPDATE delivery_step SET recorded_at = now() - interval '2 hours' WHERE serial = 2`)
	d.erase(time.Hour, 0)
	if got := d.left(); got != "10 2410 2410 0" {
		t.Errorf("left are %s", got)
	}
	d.do(`UPDATE delivery_step SET recorded_at = now() - interval '2 hours' WHERE serial = 3`)
	d.erase(time.Hour, 0)
	if got := d.left(); got != "10 0 0 0" {
		t.Errorf("left are %s", got)
	}
	if got := d.text(`SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE status = 201)) FROM delivery_attempt`); got != "2410 2410" {
		t.Errorf("of the attempts are left %s", got)
	}
}

// An order at which somebody is at work is left for the next round, and nobody waits.
func TestEraseDeliveriesLocked(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	instanttest.InsertOldOrders(t, d.Database, 4, "100 hours")
	release := d.Lock(t, `SELECT FROM delivery_order WHERE order_id IN ('100 hours1', '100 hours2') FOR UPDATE`)
	also := d.Lock(t, `SELECT FROM delivery_details WHERE order_id = '100 hours0' FOR UPDATE`)
	d.erase(time.Hour, 3)
	if got := d.left(); got != "1 1 1 1" {
		t.Errorf("left are %s", got)
	}
	release()
	also()
	d.erase(time.Hour, 1)
	if got := d.left(); got != "0 0 0 0" {
		t.Errorf("left are %s", got)
	}
}

// An order whose data was erased cannot be placed again, and is told so; another push
// about it is answered as before.
func TestErasedIsNotPlacedAgain(t *testing.T) {
	t.Parallel()
	d := importStore{withInstant(t), t}
	d.orders.MustAccept(t, instanttest.Order(1, delivery.Add, "O"))
	d.orders.MustAccept(t, instanttest.FollowUp(2, delivery.Cancel, "O"))
	d.orders.MustAccept(t, instanttest.Order(3, delivery.Add, "young"))
	d.orders.MustAccept(t, instanttest.FollowUp(4, delivery.Cancel, "young"))
	d.do(`UPDATE delivery_details SET expires_at = expires_at - interval '4 hours' WHERE order_id = 'O'`)
	d.erase(time.Hour, 1)
	d.orders.WantReason(t, instanttest.Order(5, delivery.Readd, "O"), delivery.OrderErased, false)
	d.orders.WantReason(t, instanttest.Order(1, delivery.Add, "O"), delivery.Accepted, true)
	d.orders.WantReason(t, instanttest.FollowUp(2, delivery.Cancel, "O"), delivery.Accepted, true)
	d.orders.WantReason(t, instanttest.FollowUp(6, delivery.Query, "O"), delivery.Accepted, false)
	d.orders.MustAccept(t, instanttest.Order(7, delivery.Readd, "young"))
}

// An order that is booked for a day far ahead keeps its address until it is delivered,
// and for the retention after that; so does each of its attempts.
func TestBookedIsNotErased(t *testing.T) {
	t.Parallel()
	d := importStore{withInstant(t), t}
	booked := func(in time.Duration) func(*delivery.OrderFields) {
		at := strconv.FormatInt(time.Now().Add(in).Unix(), 10)
		return func(f *delivery.OrderFields) { f.Info.OrderType, f.Info.ExpectedDelivery = "1", at }
	}
	d.orders.MustAccept(t, instanttest.Order(1, delivery.Add, "now"))
	d.orders.MustAccept(t, instanttest.Order(2, delivery.Add, "booked", booked(20*24*time.Hour)))
	d.orders.MustAccept(t, instanttest.Order(3, delivery.Add, "again", booked(24*time.Hour)))
	d.orders.MustAccept(t, instanttest.FollowUp(4, delivery.Cancel, "again"))
	d.orders.MustAccept(t, instanttest.Order(5, delivery.Readd, "again", booked(20*24*time.Hour)))
	d.WantInt(t, 4, `SELECT count(*) FROM delivery_details d JOIN delivery_attempt a USING (shop_id, order_id, attempt) WHERE d.expires_at = a.expires_at`)
	later := func(by string) { d.do(`UPDATE delivery_details SET expires_at = expires_at - $1::interval`, by) }
	left := func() string {
		return d.text(`SELECT string_agg(order_id || attempt, ' ' ORDER BY order_id, attempt) FROM delivery_details`)
	}
	const retention = 7 * 24 * time.Hour
	later("7 days 1 hour") // in which the first has not been expired for that long
	d.erase(retention, 0)
	later("2 hours")
	d.erase(retention, 1)
	if got := left(); got != "again1 again2 booked1" {
		t.Errorf("left are %s", got)
	}
	later("1 day")
	d.erase(retention, 1)
	later("18 days 20 hours")
	d.erase(retention, 0)
	if got := left(); got != "again2 booked1" {
		t.Errorf("left are %s", got)
	}
	later("5 hours")
	d.erase(retention, 2)
}

// Old signatures are found in parts of their table, however many are kept.
func TestForgetSignaturesByIndex(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.Exec(t, `INSERT INTO bound_signature SELECT md5(i::text)::uuid, md5('x')::uuid, now() - i % 200 * interval '1 hour' FROM generate_series(1, 20000) i`)
	d.Exec(t, `ANALYZE bound_signature`)
	d.WantErasedBy(t, pushlog.ForgetSignaturesSQL, "Tid Range Scan", "TID Cond: ((ctid >=")
}
