package express_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"carrierhook/internal/store/express"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"

	"carrierhook/internal/waybill"
)

// The slow comparison is paid once for however many pushes, a changed password
// counts at once, and the old one no longer does.
func TestPasswordOnceAMerchant(t *testing.T) {
	t.Parallel()
	var compared atomic.Int32
	d := newStore(t, func(o options) options {
		o.Matches = func(hash, pwd string) bool {
			compared.Add(1)
			return express.PasswordMatches(hash, pwd)
		}
		return o
	})
	with := func(n int, pwd waybill.Password) waybill.CancelRequest {
		r := expresstest.CancelPush(n, "W")
		r.Password = pwd
		return r
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() { d.WantCancel(t, with(i, "pw"), waybill.UnknownWaybill, false) })
	}
	wg.Wait()
	if got := d.PasswordChecks(); got["right"]+got["cached_right"] != 8 || got["wrong"] != 0 {
		t.Errorf("8 pushes with one password: %v", got)
	}
	if n := compared.Load(); n != 1 {
		t.Errorf("%d comparisons for one password", n)
	}
	hash, err := express.HashFor("", "new")
	storetest.Must(t, err)
	d.Exec(t, `UPDATE merchant SET password_hash = $1`, hash)
	d.WantCancel(t, with(9, "pw"), waybill.WrongPassword, false)
	d.WantCancel(t, with(10, "new"), waybill.UnknownWaybill, false)
	d.WantCancel(t, with(11, "pw"), waybill.WrongPassword, false)
	if n := compared.Load(); n != 3 {
		t.Errorf("%d comparisons for three passwords and hashes", n)
	}
	d.WantCancel(t, with(12, "pw"), waybill.WrongPassword, false)
	d.WantCancel(t, with(13, "new"), waybill.UnknownWaybill, false)
	if right, wrong := d.KnownPasswords(); compared.Load() != 3 || right != 2 || wrong != 1 {
		t.Errorf("%d comparisons, %d right and %d wrong ones remembered", compared.Load(), right, wrong)
	}
}

// A waybill that somebody locks while the password is compared is waited for like
// another: the comparison is not made over and over meanwhile.
func TestPasswordComparedThenLocked(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.AddWaybills(t, "W")
	release := d.HoldComparisons()
	done := make(chan waybill.CancelDecision)
	go func() { done <- d.MustCancel(t, expresstest.CancelPush(1, "W")) }()
	// It has seen the waybill free, and waits for the comparison.
	d.WaitFor(t, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'carrierhook'
		AND state = 'idle' AND upper(query) = 'ROLLBACK'`)
	tx, err := d.DB.Begin(t.Context())
	storetest.Must(t, err)
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(t.Context(), `SELECT FROM waybill WHERE waybill_id = 'W' FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	release()
	storetest.Until(t, "the waybill is found held", func() bool { return d.Retries() > 0 })
	storetest.Must(t, tx.Rollback(t.Context()))
	if got := <-done; got != (waybill.CancelDecision{Reason: waybill.Accepted}) {
		t.Errorf("got %+v", got)
	}
}

// The merchant and the password together are what is remembered: another
// merchant's password does not open this one.
func TestPasswordOfAnotherMerchant(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	hash, err := express.HashFor("", "other")
	storetest.Must(t, err)
	d.Exec(t, `INSERT INTO merchant (biz_id, password_hash) VALUES ('C', $1), ('open', '')`, hash)
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
		r := expresstest.CancelPush(1, "W")
		r.BizID, r.Password = tt.biz, waybill.Password(tt.pwd)
		d.WantCancel(t, r, tt.want, false)
	}
}

// bcrypt compares 72 bytes; more of them must not count as the same password.
func TestPasswordLong(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	long := strings.Repeat("x", 72)
	hash, err := express.HashFor("", long)
	storetest.Must(t, err)
	d.Exec(t, `UPDATE merchant SET password_hash = $1`, hash)
	for pwd, want := range map[string]waybill.Reason{long: waybill.UnknownWaybill, long + "y": waybill.WrongPassword, long[1:]: waybill.WrongPassword} {
		r := expresstest.CancelPush(1, "W")
		r.Password = waybill.Password(pwd)
		d.WantCancel(t, r, want, false)
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
	d := newStore(t, func(o options) options {
		o.Matches = func(string, string) bool { panic("no place for secret") }
		return o
	})
	if _, err := d.Cancel(t.Context(), expresstest.CancelPush(1, "W")); err == nil || !strings.Contains(err.Error(), "panic: a string") || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}
