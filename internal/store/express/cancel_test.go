package express_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/express"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// Every state of the rows leads to its reason, and the ledger says so.
func TestCancelReasons(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.Exec(t, `INSERT INTO merchant (biz_id, password_hash, cancel_allowed) VALUES ('N', '', false)`)
	d.Exec(t, `INSERT INTO waybill (biz_id, waybill_id, order_id, shop_app_id, service, status, booked_at, collected_at, charged_at, signed_at, cancelled_at) VALUES
		('B', 'free', 'O-free', '', '', 'booked', now(), NULL, NULL, NULL, NULL),
		('B', 'shop', 'O-shop', 'wxS', '', 'booked', now(), NULL, NULL, NULL, NULL),
		('B', 'order', 'another', '', '', 'booked', now(), NULL, NULL, NULL, NULL),
		('B', 'cancelled', 'O-cancelled', '', '', 'cancelled', now(), NULL, NULL, NULL, now()),
		('B', 'signed', 'O-signed', '', '', 'signed', now(), NULL, NULL, now(), NULL),
		('B', 'old', 'O-old', '', '', 'signed', now(), NULL, NULL, now() - interval '73 hours', NULL),
		('B', 'collected', 'O-collected', '', '', 'collected', now(), now(), NULL, NULL, NULL),
		('B', 'moving', 'O-moving', '', '', 'in_transit', now(), NULL, NULL, NULL, NULL),
		('B', 'charged', 'O-charged', '', '', 'booked', now(), NULL, now(), NULL, NULL),
		('B', 'late', 'O-late', '', '', 'booked', now() - interval '721 hours', NULL, NULL, NULL, NULL),
		('B', 'same', 'O-same', '', 'same_day', 'booked', now(), NULL, NULL, NULL, NULL),
		('N', 'none', 'O-none', '', '', 'booked', now(), NULL, NULL, NULL, NULL)`)
	tests := []struct {
		id     string
		change func(*waybill.CancelRequest)
		want   waybill.Reason
	}{
		{"free", func(r *waybill.CancelRequest) { r.Malformed = true }, waybill.BadIDs},
		{"free", func(r *waybill.CancelRequest) { r.BizID = "C" }, waybill.UnknownMerchant},
		{"free", func(r *waybill.CancelRequest) { r.Password = "PW" }, waybill.WrongPassword},
		{"nowhere", nil, waybill.UnknownWaybill},
		{"none", nil, waybill.UnknownWaybill}, // it is another merchant's
		{"order", nil, waybill.IDsMismatch},
		{"shop", nil, waybill.ShopMismatch},
		{"cancelled", nil, waybill.AlreadyCancelled},
		{"signed", nil, waybill.SignedRecently},
		{"old", nil, waybill.SignedLongAgo},
		{"collected", nil, waybill.NotBooked},
		{"moving", nil, waybill.NotBooked},
		{"charged", nil, waybill.Charged},
		{"late", nil, waybill.WindowPassed},
		{"none", func(r *waybill.CancelRequest) { r.BizID, r.Password = "N", "any" }, waybill.MerchantContract},
		{"same", nil, waybill.ServiceContract},
		{"free", nil, waybill.Accepted},
		{"shop", func(r *waybill.CancelRequest) { r.ShopAppID = "wxS" }, waybill.Accepted},
	}
	for i, tt := range tests {
		r := expresstest.CancelPush(i, tt.id)
		if tt.change != nil {
			tt.change(&r)
		}
		d.WantCancel(t, r, tt.want, false)
	}
	rows := d.LedgerRows(t)
	if len(rows) != len(tests) {
		t.Fatalf("%d pushes left %d rows", len(tests), len(rows))
	}
	for i, tt := range tests {
		if !strings.Contains(rows[i], " "+string(tt.want)+" repeat=false") {
			t.Errorf("row %d is %q, want %s", i, rows[i], tt.want)
		}
	}
	if got, want := rows[16], "B/free/O-free cancel_waybill xml secure -> 0 accepted repeat=false"; got != want {
		t.Errorf("got row %q, want %q", got, want)
	}
	d.WantInt(t, 3, `SELECT count(*) FROM waybill WHERE status = 'cancelled'`)
}

// The push that won is told so again, and leaves a row each time; another push
// is told that it came too late.
func TestCancelRepeat(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.AddWaybills(t, "W")
	begun := time.Now().Truncate(time.Microsecond) // as Postgres keeps it
	first := expresstest.CancelPush(1, "W")
	d.WantCancel(t, first, waybill.Accepted, false)
	d.WantCancel(t, first, waybill.Accepted, true)
	d.WantCancel(t, expresstest.CancelPush(2, "W"), waybill.AlreadyCancelled, false)
	d.WantCancel(t, first, waybill.Accepted, true)
	h, err := d.History(t.Context(), "B", "W", 10)
	if err != nil || h.Waybill == nil || h.Waybill.Status != waybill.Cancelled || h.Waybill.CancelledBy != first.Push.ID {
		t.Fatalf("%+v, %v", h, err)
	}
	var said []waybill.Reason
	for _, p := range slices.Backward(h.Pushes) {
		said = append(said, waybill.Reason(p.Reason))
		if p.Took <= 0 || p.Took > time.Since(begun) || p.At.Before(begun) || p.At.After(time.Now()) {
			t.Errorf("took %v at %v", p.Took, p.At)
		}
	}
	if want := []waybill.Reason{"accepted", "accepted", "already_cancelled", "accepted"}; !slices.Equal(said, want) {
		t.Errorf("the ledger says %v, want %v", said, want)
	}
	if at, first := h.Waybill.CancelledAt, h.Pushes[len(h.Pushes)-1].At; !at.Equal(first) {
		t.Errorf("cancelled at %v, by a push of %v", at, first)
	}
}

// However many cancels of one waybill arrive at once, on two servers, one wins.
func TestCancelOneWins(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	other := openStore(t, d.Database, standard)
	for round := range 20 {
		id := "W" + string(rune('a'+round))
		d.AddWaybills(t, id)
		got := storetest.AtOnce(8, func(i int) waybill.CancelDecision {
			return []testStore{d, other}[i%2].MustCancel(t, expresstest.CancelPush(round*8+i, id))
		})
		won := 0
		for _, g := range got {
			switch g {
			case waybill.CancelDecision{Reason: waybill.Accepted}:
				won++
			case waybill.CancelDecision{Reason: waybill.AlreadyCancelled}:
			default:
				t.Errorf("%s: %+v", id, g)
			}
		}
		if won != 1 {
			t.Errorf("%s: %d cancels won", id, won)
		}
	}
}

// The same push, many times at once: each is told 0, and one of them did it.
func TestCancelRepeatWhileRunning(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	for round := range 20 {
		id := "W" + string(rune('a'+round))
		d.AddWaybills(t, id)
		got := storetest.AtOnce(8, func(int) waybill.CancelDecision { return d.MustCancel(t, expresstest.CancelPush(round, id)) })
		first := 0
		for _, g := range got {
			if g.Reason != waybill.Accepted {
				t.Errorf("%s: %+v", id, g)
			}
			if !g.Repeat {
				first++
			}
		}
		if first != 1 {
			t.Errorf("%s: %d pushes say that they were the first", id, first)
		}
	}
}

// A set is decided one by one: a waybill that occurs twice is seen as the one
// before left it, and a bad request is its own affair.
func TestCancelBatch(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.AddWaybills(t, "W1", "W2", "W3")
	d.WantCancel(t, expresstest.CancelPush(99, "W9"), waybill.UnknownWaybill, false) // so that the password is known
	bad := expresstest.CancelPush(4, "W2")
	bad.Malformed = true
	set := []waybill.CancelRequest{expresstest.CancelPush(1, "W3"), expresstest.CancelPush(2, "W1"), expresstest.CancelPush(3, "W3"), bad, expresstest.CancelPush(1, "W3"), expresstest.CancelPush(5, "none"), expresstest.CancelPush(6, "W2")}
	want := []waybill.CancelDecision{
		{Reason: waybill.Accepted}, {Reason: waybill.Accepted}, {Reason: waybill.AlreadyCancelled}, {Reason: waybill.BadIDs},
		{Reason: waybill.Accepted, Repeat: true}, {Reason: waybill.UnknownWaybill}, {Reason: waybill.Accepted},
	}
	got, err := d.RunCancels(t.Context(), set)
	storetest.Must(t, err)
	for i, g := range got {
		if g == nil || *g != want[i] {
			t.Errorf("request %d: got %+v, want %+v", i, g, want[i])
		}
	}
	d.WantInt(t, len(set)+1, `SELECT count(*) FROM push`)
	for _, id := range []string{"W1", "W2", "W3"} {
		if s := d.WaybillStatus(t, id); s != "cancelled" {
			t.Errorf("%s is %s", id, s)
		}
	}
	// A set in which nothing is decided leaves the connection usable.
	unknown := expresstest.CancelPush(7, "W1")
	unknown.Password = "not seen before"
	if got, err := d.RunCancels(t.Context(), []waybill.CancelRequest{unknown}); err != nil || got[0] != nil {
		t.Errorf("a password that is not known yet: %v, %v", got[0], err)
	}
	d.WantCancel(t, expresstest.CancelPush(8, "W1"), waybill.AlreadyCancelled, false)
}

// A waybill that somebody else has locked costs its own push only: that waits
// for as long as its deadline lets it, and is decided once the row is free.
func TestCancelLockedElsewhere(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.AddWaybills(t, "held", "free")
	tx, err := d.DB.Begin(t.Context())
	storetest.Must(t, err)
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(t.Context(), `SELECT 1 FROM waybill WHERE waybill_id = 'held' FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	storetest.WithinLimit(t, func(limit time.Duration) error {
		short, stop := context.WithTimeout(t.Context(), limit)
		defer stop()
		_, err := d.Cancel(short, expresstest.CancelPush(1, "held"))
		if err == nil || errors.Is(err, ledger.ErrOutcomeUnknown) || short.Err() == nil {
			t.Errorf("a held waybill: %v, before its time was up: %t", err, short.Err() == nil)
		}
		if !strings.Contains(fmt.Sprint(err), "locked by another transaction") {
			return fmt.Errorf("it was not found held: %w", err)
		}
		return nil
	})
	before := d.Retries()
	done := make(chan waybill.CancelDecision, 1)
	go func() { done <- d.MustCancel(t, expresstest.CancelPush(2, "held")) }()
	d.WantCancel(t, expresstest.CancelPush(3, "free"), waybill.Accepted, false)
	storetest.Until(t, "the held waybill is tried again", func() bool { return d.Retries() > before+1 })
	if len(done) > 0 {
		t.Error("the held waybill was decided")
	}
	storetest.Must(t, tx.Rollback(t.Context()))
	if got := <-done; got != (waybill.CancelDecision{Reason: waybill.Accepted}) {
		t.Errorf("after the lock was gone: %+v", got)
	}
}

// The decision is made by the clock of its own moment, after the wait for the
// lock: the row's state and the time fit together.
func TestCancelClockAfterLock(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.AddWaybills(t, "W")
	d.MustCancel(t, expresstest.CancelPush(99, "none")) // so that the password is known
	tx, err := d.DB.Begin(t.Context())
	storetest.Must(t, err)
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(t.Context(), `UPDATE waybill SET service = 'x' WHERE waybill_id = 'W'`); err != nil {
		t.Fatal(err)
	}
	done := make(chan waybill.CancelDecision)
	go func() { done <- d.MustCancel(t, expresstest.CancelPush(1, "W")) }()
	storetest.Until(t, "the waybill is found held", func() bool { return d.Retries() > 0 })
	var released time.Time
	storetest.Must(t, tx.QueryRow(t.Context(), `SELECT clock_timestamp()`).Scan(&released))
	storetest.Must(t, tx.Commit(t.Context()))
	<-done
	h, err := d.History(t.Context(), "B", "W", 1)
	if err != nil || h.Waybill.CancelledAt.Before(released) {
		t.Errorf("the lock was released at %v, got %+v (%v)", released, h.Waybill, err)
	}
}

// What is malformed is worth a row too, in a form that Postgres can keep, and
// no row has a password.
func TestLedgerKeepsMalformed(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	r := waybill.NewCancelRequest(ledger.Push{ID: ledger.PushID{1}, Event: "cancel_waybill", Format: "json", Mode: "plain", Received: time.Now()},
		"B\x00", "hunter2", "", strings.Repeat("单", 200), "W\xff")
	d.WantCancel(t, r, waybill.BadIDs, false)
	want := "B\ufffd/W\ufffd/" + strings.Repeat("单", 170) + " cancel_waybill json plain -> 30001 bad_ids repeat=false"
	if got := d.LedgerRows(t); len(got) != 1 || got[0] != want {
		t.Errorf("got %q, want %q", got, want)
	}
	d.WantInt(t, 0, `SELECT count(*) FROM push WHERE push::text LIKE '%hunter2%'`)
}

// An event that nothing is decided about leaves a row, with what WeChat was told.
func TestRecord(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	refused := -1
	for i, tt := range []struct {
		event, reason string
		code          *int
	}{
		{"add_express_path", ledger.Ignored, nil},
		{"add_single_waybill", ledger.NotOffered, &refused},
	} {
		p := ledger.Push{ID: ledger.PushID{byte(i)}, Event: tt.event, Format: "json", Mode: "secure", Received: time.Now()}
		storetest.Must(t, d.ledger.Write(t.Context(), p, tt.reason, tt.code))
	}
	want := []string{
		"// add_express_path json secure -> null ignored repeat=false",
		"// add_single_waybill json secure -> -1 not_offered repeat=false",
	}
	if got := d.LedgerRows(t); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// No statement of a push outlasts its timeout, whatever it waits for, and what
// was too slow once is not tried again. A lock that it waited for too long is.
func TestCancelTimeouts(t *testing.T) {
	t.Parallel()
	d := newStore(t, func(o options) options {
		o.StatementTimeout = 100 * time.Millisecond
		return o
	})
	impatient := openStore(t, d.Database, lockTimeout(50*time.Millisecond)(standard))
	d.AddWaybills(t, "W")
	tx, err := d.DB.Begin(t.Context())
	storetest.Must(t, err)
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(t.Context(), `LOCK TABLE push`); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), storetest.Patience)
	defer stop()
	_, err = d.Cancel(ctx, expresstest.CancelPush(1, "W"))
	if err == nil || !strings.Contains(err.Error(), "57014") || ctx.Err() != nil || d.Retries() != 0 {
		t.Errorf("statement timeout: %v, tried again %v times", err, d.Retries())
	}
	hungUp := make(chan error, 1)
	go func() {
		_, err := impatient.Cancel(ctx, expresstest.CancelPush(2, "W"))
		hungUp <- err
	}()
	storetest.Until(t, "it has waited too long three times", func() bool { return impatient.Retries() > 2 })
	stop()
	if err := <-hungUp; err == nil || !strings.Contains(err.Error(), "55P03") {
		t.Errorf("lock timeout: %v", err)
	}
	before := impatient.Retries()
	done := make(chan waybill.CancelDecision, 1)
	go func() { done <- impatient.MustCancel(t, expresstest.CancelPush(3, "W")) }()
	storetest.Until(t, "it has waited too long", func() bool { return impatient.Retries() > before })
	storetest.Must(t, tx.Rollback(t.Context()))
	if got := <-done; got != (waybill.CancelDecision{Reason: waybill.Accepted}) {
		t.Errorf("after the lock was gone: %+v", got)
	}
}

// Sets that name the same waybills in opposite order lock them in the same one:
// no deadlock.
func TestBatchLockOrder(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	// The plan that a large table gets: a look-up for each, as they come.
	d.Exec(t, `DO $$ DECLARE s text; BEGIN FOREACH s IN ARRAY ARRAY['hashjoin', 'mergejoin', 'seqscan', 'bitmapscan'] LOOP
		EXECUTE format('ALTER DATABASE %I SET enable_%s = off', current_database(), s); END LOOP; END $$`)
	var up []waybill.CancelRequest
	for i := range 40 {
		id := fmt.Sprintf("W%02d", i)
		d.AddWaybills(t, id)
		up = append(up, expresstest.CancelPush(i, id))
	}
	down := slices.Clone(up)
	slices.Reverse(down)
	d.MustCancel(t, expresstest.CancelPush(99, "none")) // so that the password is known
	var wg sync.WaitGroup
	for _, set := range [][]waybill.CancelRequest{up, down, up, down} {
		wg.Go(func() {
			for range 25 {
				if _, err := d.RunCancels(context.Background(), set); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// Where Postgres refuses the write there is no doubt: nothing was decided, the
// row is as it was, and the connection is good for the next push.
func TestCancelWriteRefused(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.AddWaybills(t, "W")
	d.MustCancel(t, expresstest.CancelPush(99, "none"))
	d.Exec(t, `ALTER TABLE push RENAME TO hidden`)
	_, err := d.Cancel(t.Context(), expresstest.CancelPush(1, "W"))
	if err == nil || errors.Is(err, ledger.ErrOutcomeUnknown) || !strings.Contains(err.Error(), "42P01") {
		t.Errorf("got %v", err)
	}
	if s := d.WaybillStatus(t, "W"); s != "booked" {
		t.Errorf("the waybill is %s", s)
	}
	d.Exec(t, `ALTER TABLE hidden RENAME TO push`)
	d.WantCancel(t, expresstest.CancelPush(1, "W"), waybill.Accepted, false)
}

// More pushes for locked waybills than there are connections leave the others
// alone: nobody waits for a lock with a connection in hand.
func TestCancelManyLocked(t *testing.T) {
	t.Parallel()
	d := newStore(t, func(o options) options {
		o.MaxConns = 3
		return o
	})
	d.MustCancel(t, expresstest.CancelPush(999, "none"))
	tx, err := d.DB.Begin(t.Context())
	storetest.Must(t, err)
	defer tx.Rollback(context.Background())
	d.AddWaybills(t, "free")
	var waiting sync.WaitGroup
	ctx, stop := context.WithTimeout(t.Context(), storetest.Patience)
	defer stop()
	for i := range 20 {
		id := fmt.Sprintf("held%d", i)
		d.AddWaybills(t, id)
		if _, err := tx.Exec(t.Context(), `SELECT 1 FROM waybill WHERE waybill_id = $1 FOR UPDATE`, id); err != nil {
			t.Fatal(err)
		}
		waiting.Go(func() {
			if got, err := d.Cancel(ctx, expresstest.CancelPush(i, id)); err == nil {
				t.Errorf("%s: %+v", id, got)
			}
		})
	}
	storetest.Until(t, "all have been tried", func() bool { return d.Retries() > 40 })
	for i := range 10 { // answered while the others wait
		d.MustCancel(t, expresstest.CancelPush(100+i, "free"))
	}
	stop()
	waiting.Wait()
}

// A busy pool says nothing about the database.
func TestPingBesideBusyPool(t *testing.T) {
	t.Parallel()
	d := newStore(t, func(o options) options {
		o.MaxConns = 2
		return o
	})
	defer storetest.TakeConns(t, d.pool.Pool, 2)()
	if err := d.pool.Ping(t.Context()); err != nil {
		t.Errorf("ping: %v", err)
	}
}

// The place that the lock reports is that of the row it has locked, also where another
// transaction moved the row since the statement began: a cancel writes there.
func TestLockedRowIsWhereItLies(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.AddWaybills(t, "W")
	const place = `SELECT ctid::text FROM waybill`
	for sql, args := range map[string][]any{
		express.LockSQL: {[]string{"B"}, []string{"W"}}, express.LockNumberedSQL: {[]string{"W"}},
	} {
		before := d.Texts(t, place)
		tx, err := d.DB.Begin(t.Context())
		if err == nil {
			_, err = tx.Exec(t.Context(), `UPDATE waybill SET shop_app_id = shop_app_id || 'x'`)
		}
		storetest.Must(t, err)
		found := make(chan []string)
		go func() { // it waits, so that the row is moved while it runs
			found <- d.Texts(t, `SELECT ctid::text FROM (`+strings.Replace(sql, "SKIP LOCKED", "", 1)+`) AS q`, args...)
		}()
		d.WaitFor(t, storetest.LockWaits)
		if err := tx.Commit(t.Context()); err != nil {
			t.Error(err)
		}
		if got, now := <-found, d.Texts(t, place); !slices.Equal(got, now) || slices.Equal(now, before) {
			t.Errorf("it was at %v, is at %v, and was found at %v by %s", before, now, got, sql)
		}
	}
}
