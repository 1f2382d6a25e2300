package store_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/store"
)

// contacts puts n bookings' contacts there, each a millisecond older than the one
// before, the first of this age.
func (d importDesk) contacts(n int, age string) {
	d.tb.Helper()
	d.do(`INSERT INTO booking_contact (biz_id, waybill_id, booked_at, sender, receiver, remark, goods)
		SELECT 'B', $2 || i, now() - $2::interval - i * interval '1 millisecond', '{}', '{}', '', '[]' FROM generate_series(0, $1 - 1) i`, n, age)
}

func (d importDesk) erase(retention time.Duration, want int64) {
	d.tb.Helper()
	got, err := d.EraseContacts(context.Background(), retention)
	if err != nil || got != want {
		d.tb.Errorf("erased %d, want %d; %v", got, want, err)
	}
}

// What is older than the retention goes, however much it is, and nothing else.
func TestEraseContacts(t *testing.T) {
	t.Parallel()
	d := newImportDesk(t)
	d.contacts(2500, "100 hours")
	d.contacts(3, "99 hours")
	d.contacts(2, "1 second")
	d.erase(0, 0)
	d.erase(101*time.Hour, 0)
	d.erase(100*time.Hour-time.Minute, 2500)
	d.erase(100*time.Hour-time.Minute, 0)
	d.erase(time.Hour, 3)
	if got := d.number(t, `SELECT count(*) FROM booking_contact`); got != 2 {
		t.Errorf("%d are left, want 2", got)
	}
	d.contacts(1000, "50 hours") // a whole chunk, and nothing after it
	d.erase(time.Hour, 1000)
}

// Any number of servers erase at once, each row once, and nobody waits for a row
// that somebody else has.
func TestEraseContactsTogether(t *testing.T) {
	t.Parallel()
	d := newImportDesk(t)
	d.contacts(9000, "100 hours")
	release := d.held(`SELECT FROM booking_contact WHERE waybill_id IN ('100 hours0', '100 hours4000') FOR UPDATE`)
	var servers sync.WaitGroup
	var mu sync.Mutex
	var all int64
	for range 4 {
		servers.Go(func() {
			ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
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
	if left := d.number(t, `SELECT count(*) FROM booking_contact`); all != 8998 || left != 2 {
		t.Errorf("erased %d, %d are left", all, left)
	}
	release()
	d.erase(time.Hour, 2)
}

// Erasing ends with its context, and tells what it did until then. A chunk that
// was done stays done.
func TestEraseContactsEnds(t *testing.T) {
	t.Parallel()
	d := newImportDesk(t)
	d.contacts(1500, "100 hours")
	// The second chunk is made to wait.
	d.do(`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN IF OLD.waybill_id = '100 hours0' THEN PERFORM pg_sleep(60); END IF; RETURN OLD; END $$`)
	d.do(`CREATE TRIGGER slow BEFORE DELETE ON booking_contact FOR EACH ROW EXECUTE FUNCTION slow()`)
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Second)
	defer stop()
	n, err := d.EraseContacts(ctx, time.Hour)
	if n != 1000 || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("erased %d, %v", n, err)
	}
	if left := d.number(t, `SELECT count(*) FROM booking_contact`); left != 500 {
		t.Errorf("%d are left", left)
	}
}

// The old ones are found by the index, however many are kept.
func TestEraseContactsByIndex(t *testing.T) {
	t.Parallel()
	d := newImportDesk(t)
	d.contacts(20_000, "1 hour")
	d.contacts(100, "100 hours")
	d.do(`ANALYZE booking_contact`)
	rows, err := d.db.Query(t.Context(), `EXPLAIN `+strings.NewReplacer("$1", "360000", "$2", "1000").Replace(store.EraseContactsSQL))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(line + "\n")
	}
	if text := plan.String(); rows.Err() != nil || !contains(text, "booking_contact_by_age") || !contains(text, "Index Cond: (booked_at <") || contains(text, "Seq Scan") || contains(text, "Sort") {
		t.Errorf("%v\n%s", rows.Err(), text)
	}
}
