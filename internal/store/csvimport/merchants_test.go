package csvimport_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/store/csvimport"
)

// merchants shows the contracts and their passwords.
func (d *database) merchants() string {
	d.Helper()
	return d.text(`SELECT string_agg(concat_ws(' ', biz_id, cancel_allowed, CASE WHEN password_hash = '' THEN 'any' ELSE ` +
		fmt.Sprintf(show, "password_hash") + ` END), ', ' ORDER BY biz_id) FROM merchant`)
}

// Passwords are stored hashed, none is stored on purpose only, and the contract
// allows cancelling unless the file says otherwise.
func TestMerchantsInserts(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.imports(csvimport.Merchants, "3 new", "biz_id,cancel_allowed,biz_pwd,no_password", ` A ,no," pä,""ss ",`, "B,,,yes", "C,TRUE,x,false")
	if got, want := d.merchants(), "A f  pä,\"ss , B t any, C t x"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What an update does to the password and to the contract: absent, empty, given.
func TestMerchantsMerges(t *testing.T) {
	t.Parallel()
	begun := time.Now().Truncate(time.Microsecond)
	d := newDatabase(t)
	d.imports(csvimport.Merchants, "1 new", "biz_id,biz_pwd,cancel_allowed\nA,one,no")
	for _, tt := range []struct{ file, counts, want string }{
		{"biz_id,biz_pwd,cancel_allowed\nA,one,no", "1 same", "A f one"},
		{"biz_id,biz_pwd,cancel_allowed\nA,one,", "1 same", "A f one"},
		{"biz_id\nA", "1 same", "A f one"},
		{"biz_id,biz_pwd\nA,one", "1 same", "A f one"},
		{"biz_id,no_password\nA,", "1 same", "A f one"},
		{"biz_id,no_password\nA,no", "1 same", "A f one"},
		{"biz_id,cancel_allowed\nA,yes", "1 changed", "A t one"},
		{"biz_id,biz_pwd\nA,two", "1 changed", "A t two"},
		{"biz_id,biz_pwd,cancel_allowed\nA,three,0", "1 changed", "A f three"},
		{"biz_id,biz_pwd,no_password\nA,,yes", "1 changed", "A f any"},
		{"biz_id,no_password\nA,yes", "1 same", "A f any"},
		{"biz_id,cancel_allowed\nA,yes", "1 changed", "A t any"},
		{"biz_id,biz_pwd\nA,one", "1 changed", "A t one"},
		{"biz_id,no_password\nA,yes", "1 changed", "A t any"},
	} {
		d.do(`UPDATE merchant SET updated_at = to_timestamp(0)`)
		before := d.versions()
		d.imports(csvimport.Merchants, tt.counts, tt.file)
		if got := d.merchants(); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.file, got, tt.want)
		}
		if same := tt.counts == "1 same"; same != (d.versions() == before) ||
			!same && d.text(`SELECT (updated_at BETWEEN $1 AND now())::text FROM merchant`, begun) != "true" {
			t.Errorf("%q: a row was touched, or updated_at does not say when", tt.file)
		}
	}
}

// quotas is what is left to the merchants that pay in advance.
func (d *database) quotas() string {
	d.Helper()
	return d.text(`SELECT coalesce(string_agg(biz_id || '=' || remaining, ' ' ORDER BY biz_id), '') FROM quota`)
}

// What becomes of a quota: absent, empty, given; and a merchant whose quota alone
// is another one has changed.
func TestQuotas(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	for _, tt := range []struct{ file, counts, want string }{
		{"biz_id,quota,no_password\nA,5,1\nB,,1\nC, 0 ,1\nD,1000000000000,1", "4 new", "A=5 C=0 D=1000000000000"},
		{"biz_id,quota\nA,5\nB,\nC,0\nD,1000000000000", "4 same", "A=5 C=0 D=1000000000000"},
		{"biz_id,cancel_allowed,no_password\nA,no,\nB,yes,\nE,yes,yes", "1 new, 1 changed, 1 same", "A=5 C=0 D=1000000000000"},
		{"biz_id,quota\nA,\nB,7\nC,1\nD,1000000000000", "3 changed, 1 same", "B=7 C=1 D=1000000000000"},
		{"biz_id\nA\nB\nC", "3 same", "B=7 C=1 D=1000000000000"},
		{"quota,cancel_allowed,biz_id,no_password\n7,no,B,\n,no,E,\n3,,F,yes", "1 new, 2 changed", "B=7 C=1 D=1000000000000 F=3"},
	} {
		d.imports(csvimport.Merchants, tt.counts, tt.file)
		if got := d.quotas(); got != tt.want {
			t.Errorf("after %q: %s, want %s", tt.file, got, tt.want)
		}
	}
}

// No password and no secret reaches the database in clear, not even the table of the staged
// lines: what goes over the wire does not have it.
func TestWireHasNoSecrets(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	var mu sync.Mutex
	var wire []byte
	d.tap(func(b []byte) {
		mu.Lock()
		defer mu.Unlock()
		wire = append(wire, b...)
	})
	d.imports(csvimport.Merchants, "2 new", "biz_id,biz_pwd\nmerchant-1,s3cr3t-1\nB,other")
	d.imports(csvimport.Shops(false), "2 new", "shop_id,secret\nshop-1,s3cr3t-1\nB,other")
	if bytes.Contains(wire, []byte("s3cr3t")) || !bytes.Contains(wire, []byte("merchant-1")) || !bytes.Contains(wire, []byte("shop-1")) {
		t.Errorf("the wire carried a secret, or nothing: %d bytes", len(wire))
	}
}
