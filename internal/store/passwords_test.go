package store_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"carrierhook/internal/store/express"

	"carrierhook/internal/store"
	"carrierhook/internal/waybill"
)

// The slow comparison is paid once for however many pushes, a changed password
// counts at once, and the old one no longer does.
func TestPasswordOnceAMerchant(t *testing.T) {
	t.Parallel()
	var compared atomic.Int32
	d := newDesk(t, func(o store.Options) store.Options {
		return store.WithMatches(o, func(hash, pwd string) bool {
			compared.Add(1)
			return express.PasswordMatches(hash, pwd)
		})
	})
	with := func(n int, pwd waybill.Password) waybill.CancelRequest {
		r := ask(n, "W")
		r.Password = pwd
		return r
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() { d.want(t, with(i, "pw"), waybill.UnknownWaybill, false) })
	}
	wg.Wait()
	if got := d.PasswordChecks(); got["right"]+got["cached_right"] != 8 || got["wrong"] != 0 {
		t.Errorf("8 pushes with one password: %v", got)
	}
	if n := compared.Load(); n != 1 {
		t.Errorf("%d comparisons for one password", n)
	}
	hash, err := express.HashFor("", "new")
	if err != nil {
		t.Fatal(err)
	}
	d.exec(t, `UPDATE merchant SET password_hash = $1`, hash)
	d.want(t, with(9, "pw"), waybill.WrongPassword, false)
	d.want(t, with(10, "new"), waybill.UnknownWaybill, false)
	d.want(t, with(11, "pw"), waybill.WrongPassword, false)
	if n := compared.Load(); n != 3 {
		t.Errorf("%d comparisons for three passwords and hashes", n)
	}
	d.want(t, with(12, "pw"), waybill.WrongPassword, false)
	d.want(t, with(13, "new"), waybill.UnknownWaybill, false)
	if right, wrong := d.KnownPasswords(); compared.Load() != 3 || right != 2 || wrong != 1 {
		t.Errorf("%d comparisons, %d right and %d wrong ones remembered", compared.Load(), right, wrong)
	}
}

// A waybill that somebody locks while the password is compared is waited for like
// another: the comparison is not made over and over meanwhile.
func TestPasswordComparedThenLocked(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.book(t, "W")
	release := d.HoldComparisons()
	done := make(chan waybill.CancelDecision)
	go func() { done <- d.cancel(t, ask(1, "W")) }()
	// It has seen the waybill free, and waits for the comparison.
	d.waitFor(t, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'carrierhook'
		AND state = 'idle' AND upper(query) = 'ROLLBACK'`)
	tx, err := d.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(t.Context(), `SELECT FROM waybill WHERE waybill_id = 'W' FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	release()
	until(t, "the waybill is found held", func() bool { return d.Retries() > 0 })
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := <-done; got != (waybill.CancelDecision{Reason: waybill.Accepted}) {
		t.Errorf("got %+v", got)
	}
}

// The merchant and the password together are what is remembered: another
// merchant's password does not open this one.
func TestPasswordOfAnotherMerchant(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	hash, err := express.HashFor("", "other")
	if err != nil {
		t.Fatal(err)
	}
	d.exec(t, `INSERT INTO merchant (biz_id, password_hash) VALUES ('C', $1), ('open', '')`, hash)
	for _, tt := range []struct {
		biz, pwd string
		want     waybill.Reason
	}{
		{"C", "other", waybill.UnknownWaybill},
		{"B", "other", waybill.WrongPassword},
		{"B", "pw", waybill.UnknownWaybill},
		{"C", "pw", waybill.WrongPassword},
		{"B", "", waybill.WrongPassword},
		{"open", "anything", waybill.UnknownWaybill},
		{"open", "", waybill.UnknownWaybill},
		{"B", strings.Repeat("x", 80), waybill.WrongPassword},
	} {
		r := ask(1, "W")
		r.BizID, r.Password = tt.biz, waybill.Password(tt.pwd)
		d.want(t, r, tt.want, false)
	}
}

// bcrypt compares 72 bytes; more of them must not count as the same password.
func TestPasswordLong(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	long := strings.Repeat("x", 72)
	hash, err := express.HashFor("", long)
	if err != nil {
		t.Fatal(err)
	}
	d.exec(t, `UPDATE merchant SET password_hash = $1`, hash)
	for pwd, want := range map[string]waybill.Reason{long: waybill.UnknownWaybill, long + "y": waybill.WrongPassword, long[1:]: waybill.WrongPassword} {
		r := ask(1, "W")
		r.Password = waybill.Password(pwd)
		d.want(t, r, want, false)
	}
	if _, err := express.HashFor("", long+"y"); err == nil {
		t.Error("a password that bcrypt cuts was hashed")
	}
	if hash, err := express.HashFor("", ""); err == nil {
		t.Errorf("an empty password has the hash %q", hash)
	}
}

// A panic of the comparison or of a fetch is the error of those who wait for it. It
// would end the program: it happens in a goroutine that no handler recovers in.
func TestPanicInFlight(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(o store.Options) store.Options {
		return store.WithMatches(o, func(string, string) bool { panic("no place for secret") })
	})
	if _, err := d.Express.Cancel(t.Context(), ask(1, "W")); err == nil || !strings.Contains(err.Error(), "panic: a string") || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}
