package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"

	"github.com/prometheus/client_golang/prometheus"
)

const keepForWeek = 7 * day

// aged has one of all that is erased or dropped, of 50 days ago and of 100, and a row
// as old as that of each that the clock is compared with.
func aged(t *testing.T, change ...func(store.Options) store.Options) importStore {
	t.Helper()
	d := importStore{newStore(t, change...), t}
	for _, n := range []int{50, 100} {
		at := time.Now().Add(-time.Duration(n) * day)
		for table, insert := range map[string]string{"push": ledgerRow, "scan": scanRow} {
			from := time.Date(at.UTC().Year(), at.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
			d.do(fmt.Sprintf("CREATE TABLE %s PARTITION OF %s FOR VALUES FROM ('%s') TO ('%s')", table+from.Format("_2006_01"),
				table, from.Format(time.RFC3339), from.AddDate(0, 1, 0).Format(time.RFC3339)))
			d.do(insert, at)
			d.do(insert, at.AddDate(-1, 0, 0)) // to the default
		}
		expresstest.AddContacts(d.tb, d.Database, 1, fmt.Sprint(n, " days"))
		instanttest.InsertOldOrders(d.tb, d.Database, 2, fmt.Sprint(n, " days"))
	}
	return d
}

const scanRow = `INSERT INTO scan (biz_id, waybill_id, first_scan_at, key, action, at, message, recorded_at, recorded_by)
	VALUES ('B', 'W', $1, 'k', 200001, $1, '', $1, '')`

// kept is how much there is of everything that is erased or dropped: pushes, scans,
// contacts, details, messages of steps and of attempts, and riders.
func (d importStore) kept() string {
	d.tb.Helper()
	return d.text(`SELECT concat_ws(' ', (SELECT count(*) FROM push), (SELECT count(*) FROM scan), (SELECT count(*) FROM booking_contact))`) + " " + d.left()
}

const allRows, noRows = "4 4 2 4 2 2 2", "0 0 0 0 0 0 0"

// maintain does what a server does by the hour, and wants the clock to be trusted or
// not.
func (d importStore) maintain(trusted bool) store.Maintenance {
	d.tb.Helper()
	u, dropped := d.MaintainLedger(d.tb.Context(), keepForWeek)
	_, erased := d.EraseContacts(d.tb.Context(), keepForWeek)
	for _, err := range []error{dropped, erased} {
		if trusted && err != nil || !trusted && !errors.Is(err, store.ErrClockNotTrusted) {
			d.tb.Errorf("trusted: %t, %v", trusted, err)
		}
	}
	return u
}

// difference is what the gauge shows, in whole hours.
func (d testStore) difference(t *testing.T) string {
	t.Helper()
	r := prometheus.NewRegistry()
	r.MustRegister(d.Store.Collectors()...)
	families, err := r.Gather()
	storetest.Must(t, err)
	for _, f := range families {
		if f.GetName() == "carrierhook_database_clock_difference_seconds" {
			return fmt.Sprintf("%.0f", f.GetMetric()[0].GetGauge().GetValue()/3600)
		}
	}
	return "nothing"
}

// A clock that is far from the server's, or far past what is on record, erases and
// drops nothing, and months ahead are made all the same. Once it is trusted all goes.
func TestClockErasesNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name       string
		ahead      time.Duration // the server's clock
		recent     string        // a row that is from now
		difference string
	}{
		{"the database is 100 days ahead", -100 * day, ledgerRow, "2400"},
		{"it is behind", 2 * time.Hour, ledgerRow, "-2"},
		{"both are ahead", 0, "", "0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := aged(t, func(o store.Options) store.Options { return store.WithClock(o, tt.ahead) })
			want, left := allRows, noRows
			if tt.recent != "" {
				d.do(tt.recent, time.Now())
				want, left = "5"+allRows[1:], "1"+noRows[1:]
			}
			d.do("DROP TABLE " + store.MonthOf(storetest.MonthStart(20)))
			u := d.maintain(false)
			if got := d.kept(); got != want || u.Dropped != 0 || u.MonthsLeft != 24 {
				t.Errorf("left are %s, want %s; %+v", got, want, u)
			}
			if got := d.difference(t); got != tt.difference {
				t.Errorf("the difference is %s hours, want %s", got, tt.difference)
			}
			c, err := d.TrustClock(t.Context())
			if err != nil || c.TrustedUntil().Sub(c.Database) != 45*day {
				t.Errorf("%v, trusted until %s of %s", err, c.TrustedUntil(), c.Database)
			}
			if u := d.maintain(true); u.Dropped != 4 {
				t.Errorf("%+v", u)
			}
			if got := d.kept(); got != left {
				t.Errorf("left are %s, want %s", got, left)
			}
		})
	}
}

// A push that comes while the clock is in doubt is on record as far ahead as the clock
// is, and is no reason to trust it. Nor is a check that found the clock right a moment
// ago, when all was idle for long.
func TestClockStaysInDoubt(t *testing.T) {
	t.Parallel()
	for _, checked := range []string{"", "1 hour"} {
		d := aged(t)
		if checked != "" {
			d.do(`INSERT INTO clock (checked_at) VALUES (now() - $1::interval)`, checked)
		}
		d.maintain(false)
		d.do(ledgerRow, time.Now())
		d.maintain(false)
		if got := d.kept(); got != "5"+allRows[1:] {
			t.Errorf("checked %s ago: left are %s", checked, got)
		}
		// The same as a clock that is put right: it is an hour after the last check.
		d.do(`UPDATE clock SET checked_at = now() - interval '1 hour'`)
		d.maintain(true)
		if n := d.Int(t, `SELECT count(*) FROM clock WHERE checked_at > now() - interval '1 minute' AND trusted_at IS NULL`); n != 1 {
			t.Errorf("checked %s ago: the check was not noted", checked)
		}
	}
}

// An empty database has nothing to erase, and a round of maintenance does what it did.
func TestClockOfEmptyDatabase(t *testing.T) {
	t.Parallel()
	d := importStore{newStore(t), t}
	d.maintain(true)
	c, err := d.CheckClock(t.Context())
	if err != nil || !c.Newest.IsZero() || c.Checked.IsZero() || !c.Trusted.IsZero() || c.Difference().Abs() > time.Minute {
		t.Errorf("%+v, %v", c, err)
	}
}

// A trust that ended, or that was in another time, does not count.
func TestClockTrustEnds(t *testing.T) {
	t.Parallel()
	d := aged(t)
	for trusted, want := range map[string]bool{"46 days": false, "-1 day": false, "44 days": true} {
		d.do(`INSERT INTO clock (trusted_at) VALUES (now() - $1::interval)
			ON CONFLICT (one) DO UPDATE SET trusted_at = excluded.trusted_at, checked_at = NULL`, trusted)
		if _, err := d.CheckClock(t.Context()); errors.Is(err, store.ErrClockNotTrusted) == want || want && err != nil {
			t.Errorf("trusted %s ago: %v", trusted, err)
		}
	}
}

// The newest row is found by the indexes, however many there are.
func TestClockByIndex(t *testing.T) {
	t.Parallel()
	d := importStore{newStore(t), t}
	expresstest.AddContacts(d.tb, d.Database, 20_000, "1 hour")
	d.do(`INSERT INTO push (biz_id, waybill_id, at, id, order_id, event, format, mode, identity, reason, repeat, took_us)
		SELECT 'B', 'W', now() - i * interval '1 millisecond', i, '', '', '', '', sha256('x'), '', false, 1 FROM generate_series(1, 20000) i`)
	d.do(`ANALYZE push, booking_contact`)
	plan := strings.Join(d.Texts(t, `EXPLAIN (ANALYZE, TIMING OFF) `+store.ReadKnownSQL), "\n")
	for _, index := range []string{"booking_contact_by_age", store.MonthOf(time.Now()) + "_at_id_idx"} {
		if !strings.Contains(plan, " using "+index) {
			t.Errorf("not by %s:\n%s", index, plan)
		}
	}
}
