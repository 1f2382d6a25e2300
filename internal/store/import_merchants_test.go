package store_test

import (
	"strings"
	"testing"

	"carrierhook/internal/waybill"
)

// opens tells whether the password opens the merchant: a cancel of a waybill
// that does not exist is told apart by its reason.
func (d importDesk) opens(bizID, pwd string) bool {
	r := waybill.NewCancelRequest(waybill.Push{ID: waybill.PushID{9}}, bizID, waybill.Password(pwd), "", "none", "none")
	return d.cancel(d.tb, r).Reason == waybill.UnknownWaybill
}

// Passwords are stored hashed, an empty one asks for none, and the contract
// allows cancelling unless the file says otherwise.
func TestImportMerchantsInserts(t *testing.T) {
	t.Parallel()
	d := newImportDesk(t)
	const pwd = " pä,\"ss "
	r := d.merchants("biz_id,cancel_allowed,biz_pwd", ` A ,no," pä,""ss "`, "B,,", "C,TRUE,x")
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
	d := newImportDesk(t)
	d.merchants("biz_id,biz_pwd,cancel_allowed", "A,one,no")
	row := func() string {
		return d.text(`SELECT concat_ws(' ', password_hash, cancel_allowed, updated_at, ctid, xmin, xmax) FROM merchant`)
	}
	for _, same := range []string{"biz_id,biz_pwd,cancel_allowed\nA,one,no", "biz_id,biz_pwd,cancel_allowed\nA,one,", "biz_id\nA", "biz_id,biz_pwd\nA,one"} {
		before := row()
		wantCounts(t, d.merchants(same), 1, 0, 0, 1, 0)
		if got := row(); got != before {
			t.Errorf("%q: the row was touched: %s, before %s", same, got, before)
		}
	}
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
	if got := d.text(`SELECT (updated_at > now() - interval '1 minute')::text FROM merchant`); got != "true" {
		t.Error("updated_at does not say when")
	}
	wantCounts(t, d.merchants("biz_id,biz_pwd\nA,"), 1, 0, 1, 0, 0)
	if !d.opens("A", "anything") {
		t.Error("an empty cell did not take the password away")
	}
	// A merchant without a password has one after the import.
	wantCounts(t, d.merchants("biz_id,biz_pwd\nA,new"), 1, 0, 1, 0, 0)
	if !d.opens("A", "new") || d.opens("A", "anything") {
		t.Error("the new password does not hold")
	}
}

// No error shows a password, wherever it stands in the file.
func TestImportMerchantsFaults(t *testing.T) {
	t.Parallel()
	d := newImportDesk(t)
	const secret = "s3cr3t-s3cr3t"
	long := strings.Repeat(secret, 6)
	for _, tt := range []struct{ name, file, want string }{
		{"too long", "biz_id,biz_pwd\nA," + long, "line 2, column biz_pwd: is longer than 72 bytes"},
		{"contract", "biz_id,cancel_allowed\nA," + secret, "line 2, column cancel_allowed: is neither true nor false"},
		{"id", "biz_id\n" + strings.Repeat(secret, 10), "line 2, column biz_id: is too long: at most 128 bytes"},
		{"twice", "biz_id,biz_pwd\n" + secret + ",x\n" + secret + ",y", "line 3, column biz_id: the merchant stands on line 2 already"},
		{"field more", "biz_id,biz_pwd\nA," + secret + ",x", "line 2: has 3 fields, but the header has 2"},
		{"not UTF-8", "biz_id,biz_pwd\nA," + secret + "\xff", "line 2, column biz_pwd: is not UTF-8"},
		{"quote", "biz_id,biz_pwd\nA," + secret + `"`, `line 2: bare " in non-quoted-field`},
		{"header", "biz_id," + secret, "line 1, column 2: the header must name one of biz_id, biz_pwd, cancel_allowed here"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := d.ImportMerchants(t.Context(), strings.NewReader(tt.file))
			importDesk{d.desk, t}.wantFaults(err, "merchant", tt.want)
			if err != nil && strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
}
