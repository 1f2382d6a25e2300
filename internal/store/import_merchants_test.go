package store_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// opens tells whether the password opens the merchant: a cancel of a waybill
// that does not exist shows it by its reason.
func (d importStore) opens(bizID, pwd string) bool {
	r := waybill.NewCancelRequest(ledger.Push{ID: ledger.PushID{9}}, bizID, waybill.Password(pwd), "", "none", "none")
	return d.MustCancel(d.tb, r).Reason == waybill.UnknownWaybill
}

// Passwords are stored hashed, none is stored on purpose only, and the contract
// allows cancelling unless the file says otherwise.
func TestImportMerchantsInserts(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	const pwd = " pä,\"ss "
	r := d.merchants("biz_id,cancel_allowed,biz_pwd,no_password", ` A ,no," pä,""ss ",`, "B,,,yes", "C,TRUE,x,false")
	wantCounts(t, r, 3, 3, 0, 0, 0)
	if got := d.text(`SELECT string_agg(concat_ws(' ', biz_id, cancel_allowed, password_hash = ''), ', ' ORDER BY biz_id) FROM merchant`); got != "A f f, B t t, C t f" {
		t.Errorf("got %s", got)
	}
	if !d.opens("A", pwd) || d.opens("A", strings.TrimSpace(pwd)) || !d.opens("B", "anything") || !d.opens("C", "x") || d.opens("C", "y") {
		t.Error("a password does not do what the file says")
	}
	if got := d.text(`SELECT string_agg(m::text, '') FROM merchant m`); strings.Contains(got, "pä") {
		t.Error("a password is stored in clear")
	}
}

// What an update does to the password and to the contract: absent, empty, given.
func TestImportMerchantsMerges(t *testing.T) {
	t.Parallel()
	begun := time.Now().Truncate(time.Microsecond)
	d := newImportStore(t)
	d.merchants("biz_id,biz_pwd,cancel_allowed", "A,one,no")
	d.untouched(csvimport.Merchants, "merchant", "biz_id,biz_pwd,cancel_allowed\nA,one,no", "biz_id,biz_pwd,cancel_allowed\nA,one,", "biz_id\nA", "biz_id,biz_pwd\nA,one",
		"biz_id,no_password\nA,", "biz_id,no_password\nA,no")
	for _, tt := range []struct{ file, pwd, allowed string }{
		{"biz_id,cancel_allowed\nA,yes", "one", "true"},
		{"biz_id,biz_pwd\nA,two", "two", "true"},
		{"biz_id,biz_pwd,cancel_allowed\nA,three,0", "three", "false"},
	} {
		d.do(`UPDATE merchant SET updated_at = to_timestamp(0)`)
		wantCounts(t, d.merchants(tt.file), 1, 0, 1, 0, 0)
		if !d.opens("A", tt.pwd) || d.opens("A", "other") || d.text(`SELECT cancel_allowed::text FROM merchant`) != tt.allowed {
			t.Errorf("%q: password or contract are wrong", tt.file)
		}
	}
	if got := d.text(`SELECT (updated_at BETWEEN $1 AND now())::text FROM merchant`, begun); got != "true" {
		t.Error("updated_at does not say when")
	}
	wantCounts(t, d.merchants("biz_id,biz_pwd,no_password\nA,,yes"), 1, 0, 1, 0, 0)
	if !d.opens("A", "anything") {
		t.Error("no_password did not take the password away")
	}
	d.untouched(csvimport.Merchants, "merchant", "biz_id,no_password\nA,yes")
	wantCounts(t, d.merchants("biz_id,cancel_allowed\nA,yes"), 1, 0, 1, 0, 0)
	if !d.opens("A", "anything") {
		t.Error("a merchant without a password did not stay so")
	}
	// A merchant without a password has one after the import.
	wantCounts(t, d.merchants("biz_id,biz_pwd\nA,new"), 1, 0, 1, 0, 0)
	if !d.opens("A", "new") || d.opens("A", "anything") {
		t.Error("the new password does not hold")
	}
}

// No error shows a password, wherever it stands in the file.
func TestImportMerchantsProblems(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	const secret = "s3cr3t-s3cr3t"
	long := strings.Repeat(secret, 6)
	const missing = "the merchant is new: it needs a password in the column biz_pwd, or true in the column no_password"
	for _, tt := range []struct{ name, file, want string }{
		{"too long", "biz_id,biz_pwd\nA," + long, "line 2, column biz_pwd: is longer than 72 bytes"},
		{"contract", "biz_id,no_password,cancel_allowed\nA,yes," + secret, "line 2, column cancel_allowed: is neither true nor false"},
		{"id", "biz_id\n" + strings.Repeat(secret, 10), "line 2, column biz_id: is too long: at most 128 bytes"},
		{"twice", "biz_id,biz_pwd\n" + secret + ",x\n" + secret + ",y", "line 3, column biz_id: the merchant stands on line 2 already"},
		{"field more", "biz_id,biz_pwd\nA," + secret + ",x", "line 2: has 3 fields, but the header has 2"},
		{"not UTF-8", "biz_id,biz_pwd\nA," + secret + "\xff", "line 2, column biz_pwd: is not UTF-8: save the file as CSV UTF-8; it was not read further"},
		{"empty", "biz_id,biz_pwd\nA,", "line 2, column biz_pwd: is empty: a merchant that needs no password has true in the column no_password"},
		{"empty, and needed", "biz_id,biz_pwd,no_password\nA,,no", "line 2, column biz_pwd: is empty: a merchant that needs no password has true in the column no_password"},
		{"both", "biz_id,biz_pwd,no_password\nA," + secret + ",yes", "line 2, column no_password: is true, and there is a password"},
		{"neither true nor false", "biz_id,no_password\nA," + secret, "line 2, column no_password: is neither true nor false"},
		{"no column", "biz_id,quota\nA,1", "line 2, column biz_pwd: " + missing},
		{"false", "biz_id,no_password\nA,no", "line 2, column biz_pwd: " + missing},
		{"a problem beside one with a password", "biz_id,biz_pwd\n" + strings.Repeat("x", 200) + ",y\nB," + secret, "line 2, column biz_id: is too long: at most 128 bytes"},
		{"quote", "biz_id,biz_pwd\nA," + secret + `"`, `line 2: bare " in non-quoted-field`},
		{"header", "biz_id," + secret, "line 1, column 2: the header must name one of biz_id, biz_pwd, no_password, cancel_allowed, quota here"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			importStore{d.testStore, t}.notLoaded(csvimport.Merchants, tt.file, "merchant", tt.want)
		})
	}
}

// quotas is what is left to the merchants that pay in advance.
func (d importStore) quotas() string {
	d.tb.Helper()
	return d.text(`SELECT coalesce(string_agg(biz_id || '=' || remaining, ' ' ORDER BY biz_id), '') FROM quota`)
}

// What becomes of a quota: absent, empty, given; and a merchant whose quota alone
// is another one has changed.
func TestImportMerchantsQuota(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	const header = "biz_id,quota"
	wantCounts(t, d.merchants("biz_id,quota,no_password", "A,5,1", "B,,1", "C, 0 ,1", "D,1000000000000,1"), 4, 4, 0, 0, 0)
	for _, tt := range []struct {
		lines             []string
		updated, inserted int64
		want              string
	}{
		{[]string{header, "A,5", "B,", "C,0", "D,1000000000000"}, 0, 0, "A=5 C=0 D=1000000000000"},
		{[]string{"biz_id,cancel_allowed,no_password", "A,no,", "B,yes,", "E,yes,yes"}, 1, 1, "A=5 C=0 D=1000000000000"},
		{[]string{header, "A,", "B,7", "C,1", "D,1000000000000"}, 3, 0, "B=7 C=1 D=1000000000000"},
		{[]string{"biz_id", "A", "B", "C"}, 0, 0, "B=7 C=1 D=1000000000000"},
		{[]string{"quota,cancel_allowed,biz_id,no_password", "7,no,B,", ",no,E,", "3,,F,yes"}, 2, 1, "B=7 C=1 D=1000000000000 F=3"},
	} {
		r := d.merchants(tt.lines...)
		lines := int64(len(tt.lines) - 1)
		wantCounts(t, r, lines, tt.inserted, tt.updated, lines-tt.inserted-tt.updated, 0)
		if got := d.quotas(); got != tt.want {
			t.Errorf("after %q: %s, want %s", tt.lines, got, tt.want)
		}
	}
	for _, cell := range []string{"-1", "1.5", "s3cr3t", "1000000000001", "99999999999999999999", "1 000"} {
		d.notLoaded(csvimport.Merchants, "biz_id,quota\nG,"+cell, "merchant WHERE biz_id = 'G'", "line 2, column quota: is not a whole number from 0 to 1000000000000")
	}
}

// One merchant that is new and has no password keeps the others of its file out too.
func TestImportMerchantsWhole(t *testing.T) {
	t.Parallel()
	d := newImportStore(t, "A")
	d.notLoaded(csvimport.Merchants, "biz_id,cancel_allowed,no_password\nA,no,\nN1,,yes\nN2,,\nN3,,no\n", "merchant WHERE biz_id <> 'A' OR NOT cancel_allowed",
		"line 4, column biz_pwd: the merchant is new: it needs a password in the column biz_pwd, or true in the column no_password",
		"line 5, column biz_pwd: the merchant is new: it needs a password in the column biz_pwd, or true in the column no_password")
}

// A quota is set to what the file says while pushes take from it, and the rows are
// locked in the order of biz_id, whatever the order of the file and whatever
// becomes of them.
func TestImportQuotaBesidePushes(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	d.merchants("biz_id,quota,biz_pwd", "A,10,x", "B,20,x", "C,30,x", "D,40,x")
	release := d.inOpenTransaction(`UPDATE quota SET remaining = remaining - 1 WHERE biz_id = 'B'`)
	done := make(chan error, 1)
	go func() {
		_, err := d.Import(t.Context(), csvimport.Merchants, strings.NewReader("biz_id,quota,cancel_allowed,no_password\nD,,,\nC,30,no,\nB,200,,\nA,100,,\nE,500,,yes\n"))
		done <- err
	}()
	if got := d.freeQuotas(); got != "C D" {
		t.Errorf("while the import waits for B only %q are free, want C and D", got)
	}
	d.do(`UPDATE quota SET remaining = remaining - 1 WHERE biz_id = 'C'`)
	release()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got, want := d.quotas(), "A=100 B=200 C=30 E=500"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// freeQuotas lists the quotas that were not locked at a moment when the import
// waited.
func (d importStore) freeQuotas() string {
	d.tb.Helper()
	for end := time.Now().Add(storetest.Patience); time.Now().Before(end); {
		d.untilWaiting()
		since := d.blockedSince()
		free := d.text(`WITH free AS (SELECT biz_id FROM quota FOR UPDATE SKIP LOCKED) SELECT string_agg(biz_id, ' ' ORDER BY biz_id) FROM free`)
		if since != "" && since == d.blockedSince() { // it was one try all the time
			return free
		}
	}
	d.tb.Fatal("the import never waited for long enough to be looked at")
	return ""
}

// Imports of quotas in opposite orders and pushes that take and give back, all at
// once: there is no deadlock, and nothing fails.
func TestImportQuotasAtOnce(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	const n = 600
	file := func(quota int, down bool) string {
		lines := []string{"biz_id,quota,no_password"}
		for i := range n {
			if down {
				i = n - 1 - i
			}
			lines = append(lines, fmt.Sprintf("M%03d,%d,yes", i, quota+i%3))
		}
		return strings.Join(lines, "\n")
	}
	d.merchants(file(50, false))
	stop := make(chan struct{})
	var pushes, imports sync.WaitGroup
	for range 3 {
		pushes.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				from := rand.N(n - 50)
				_, err := d.DB.Exec(t.Context(), `WITH q AS MATERIALIZED
						(SELECT biz_id FROM quota WHERE biz_id >= $1 ORDER BY biz_id LIMIT 50 FOR UPDATE)
					UPDATE quota SET remaining = remaining - 1 FROM q WHERE quota.biz_id = q.biz_id AND remaining > 0`, fmt.Sprintf("M%03d", from))
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 4 {
		imports.Go(func() {
			for round := range 6 {
				if _, err := d.Import(t.Context(), csvimport.Merchants, strings.NewReader(file(100*i+round, i%2 == 1))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	imports.Wait()
	close(stop)
	pushes.Wait()
	if got := d.text(`SELECT deadlocks::text FROM pg_stat_database WHERE datname = current_database()`); got != "0" {
		t.Errorf("%s deadlocks", got)
	}
}
