package store_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carrierhook/internal/localpg"
	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// Postgres restarts and crashes under streams of cancels, bookings and scans. Each is
// decided, once, and what was decided is what the tables say.
func TestAcrossRestart(t *testing.T) {
	t.Parallel()
	pg := storetest.NewServer(t)
	url := pg.URL(localpg.Database)
	storetest.Must(t, store.Migrate(t.Context(), url, nil))
	const maximum = 20_000
	d := openStore(t, options(url))
	d.Exec(t, expresstest.Offer)
	d.Exec(t, `INSERT INTO merchant (biz_id, password_hash) SELECT 'P', password_hash FROM merchant WHERE biz_id = 'B'`)
	d.Exec(t, `INSERT INTO quota VALUES ('P', $1)`, maximum)
	d.Exec(t, `INSERT INTO waybill (biz_id, waybill_id, order_id) SELECT 'B', 'W' || i, 'O-W' || i FROM generate_series(0, $1) AS i`, maximum)
	d.AddWaybills(t, "scanned")
	numbers := map[string]bool{}
	cancels, books, scans := d.stream(t, pg, func(ctx context.Context, i int) {
		got, err := d.Cancel(ctx, expresstest.CancelPush(i, fmt.Sprint("W", i)))
		if err != nil || got != (waybill.CancelDecision{Reason: waybill.Accepted}) {
			t.Errorf("cancel %d: %+v, %v", i, got, err)
		}
	}, func(ctx context.Context, i int) {
		got, err := d.Book(ctx, expresstest.OrderPush(i, "P", fmt.Sprint("O", i)))
		if err != nil || got.Reason != waybill.Accepted || got.Repeat || numbers[got.WaybillID] {
			t.Errorf("order %d: %+v, %v", i, got, err)
		}
		numbers[got.WaybillID] = true
	}, func(ctx context.Context, i int) {
		got, err := d.Scan(ctx, expresstest.ScanOf("scanned", 200001, i))
		if err != nil || got.Verdict != waybill.Recorded {
			t.Errorf("scan %d: %s, %v", i, got.Verdict, err)
		}
	})
	d.DB.Reset()
	d.WantInt(t, cancels, `SELECT count(*) FROM waybill WHERE status = 'cancelled'`)
	if n, left := d.Int(t, bookedP), d.Quota(t, "P"); n != books || left != maximum-books {
		t.Errorf("%d waybills of %d orders, %d left of the quota", n, books, left)
	}
	d.WantInt(t, scans, `SELECT count(*) FROM scan`)
}

// stream makes pushes of each kind, one after the other, while Postgres is restarted,
// killed and started: some of each come before, in between and afterwards. It tells
// how many there were.
func (d testStore) stream(t *testing.T, pg *localpg.Server, cancel, book, scan func(context.Context, int)) (cancels, books, scans int) {
	t.Helper()
	var made [3]atomic.Int64
	var streams sync.WaitGroup
	over := make(chan struct{})
	for kind, push := range []func(context.Context, int){cancel, book, scan} {
		streams.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-over:
					return
				case <-time.After(2 * time.Millisecond):
				}
				ctx, stop := context.WithTimeout(t.Context(), storetest.Patience)
				push(ctx, i)
				stop()
				made[kind].Add(1)
			}
		})
	}
	goesOn := func() {
		for i := range made {
			some := made[i].Load() + 10
			storetest.Until(t, fmt.Sprint("stream ", i, " goes on"), func() bool { return made[i].Load() >= some })
		}
	}
	for _, fault := range []func() error{
		func() error { return pg.Restart(context.Background()) },
		func() error { return errors.Join(pg.Kill(), pg.Restart(context.Background())) },
	} {
		goesOn()
		if err := fault(); err != nil {
			t.Error(err)
		}
	}
	goesOn()
	close(over)
	streams.Wait()
	return int(made[0].Load()), int(made[1].Load()), int(made[2].Load())
}

// A server that has become a standby takes no writes; the push waits for one
// that does.
func TestCancelReadOnly(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.AddWaybills(t, "W")
	var name string
	storetest.Must(t, d.DB.QueryRow(t.Context(), "SELECT current_database()").Scan(&name))
	conn, err := d.DB.Acquire(t.Context()) // the setting is for those that connect after it
	storetest.Must(t, err)
	defer conn.Release()
	set := func(on string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), "ALTER DATABASE "+name+" SET default_transaction_read_only = "+on); err != nil {
			t.Error(err)
		}
	}
	set("on")
	got := make(chan waybill.CancelDecision, 1)
	go func() { got <- d.MustCancel(t, expresstest.CancelPush(1, "W")) }()
	storetest.Until(t, "it is tried again", func() bool { return d.Retries() > 0 })
	if len(got) > 0 {
		t.Error("it was decided by a server that takes no writes")
	}
	set("off")
	if got := <-got; got != (waybill.CancelDecision{Reason: waybill.Accepted}) {
		t.Errorf("got %+v", got)
	}
}

// What a server says of a parameter that it refuses has its name or its value. No error
// shows them, whatever connects.
func TestRefusedParameters(t *testing.T) {
	t.Parallel()
	u := storetest.EmptyURL(t)
	parsed, err := url.Parse(u)
	if err != nil {
		t.Fatal(err)
	}
	q := parsed.Query()
	list := fmt.Sprintf("host=%s port=%s user=%s dbname=%s", q.Get("host"), q.Get("port"), q.Get("user"), strings.TrimPrefix(parsed.Path, "/"))
	for _, bad := range []string{
		"hush=1", "pasword=hush", "options=--hush", "options=-cwork_mem=hush", "role=hush", "lc_messages=hush",
		"local_preload_libraries=hush", "statement_timeout=hush", "replication=hush", "session_authorization=hush",
		"zero_damaged_pages=hush", "port_hush=5",
	} {
		name, value, _ := strings.Cut(bad, "=")
		for _, given := range []string{u + "&" + name + "=" + url.QueryEscape(value), list + " " + bad} {
			st, err := store.Open(t.Context(), options(given))
			if err != nil {
				t.Fatal(err)
			}
			for what, err := range map[string]error{"work": st.CheckSchema(t.Context()), "ping": st.Ping(t.Context()), "migrate": store.Migrate(t.Context(), given, nil)} {
				switch {
				case err == nil:
					t.Errorf("%s, %s: it is taken", bad, what)
				case contains(err.Error(), "hush"), contains(err.Error(), "pasword"):
					t.Errorf("%s, %s: %v", bad, what, err)
				case !contains(err.Error(), "the server refuses a parameter of database.url") && !contains(err.Error(), "not tried again yet"):
					t.Errorf("%s, %s: it does not say what is wrong: %v", bad, what, err)
				}
			}
			st.Close()
		}
	}
	// What is about something else is said.
	if err := store.Migrate(t.Context(), u+"&work_mem=4MB&user=nobody-there", nil); err == nil || !contains(err.Error(), "nobody-there") {
		t.Errorf("got %v", err)
	}
}

// Errors name no secret, not even the one in the URL.
func TestOpenErrors(t *testing.T) {
	o := options("postgres://u:hunter2@host:port/x")
	_, err := store.Open(t.Context(), o)
	if err == nil || contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
	if err := store.Migrate(t.Context(), o.URL, nil); err == nil || contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
	o.URL, o.QueryMode = "postgres://localhost/x", "fast"
	if _, err := store.Open(t.Context(), o); err == nil {
		t.Error("an unknown query mode was taken")
	}
}
