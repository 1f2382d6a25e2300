package store_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store"
	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/instant/instanttest"
)

func (d importStore) shops(lines ...string) csvimport.Report {
	d.tb.Helper()
	return d.imported(csvimport.Shops(false), lines...)
}

// letsIn tells whether a shop is let in that signs with a secret.
func (d importStore) letsIn(shop string, secret delivery.Secret) bool {
	r := instanttest.FollowUp(1, delivery.Query, "none", func(w *delivery.RequestFields) {
		w.ShopID, w.Sign = shop, delivery.Sign(shop, w.OrderID, secret)
	})
	return d.orders.MustDecide(d.tb, r).Reason == delivery.UnknownOrder
}

// Secrets are stored sealed, and a shop is active unless the file says otherwise.
func TestImportShopsInserts(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	wantCounts(t, d.shops("shop_id,active,secret", " A ,,s3cr3t", `B,no,"s3c,""r3t 密"`, "C,TRUE,s3cr3t"), 3, 3, 0, 0, 0)
	if !d.letsIn("A", "s3cr3t") || d.letsIn("A", "S3cr3t") || d.letsIn("B", `s3c,"r3t 密`) || !d.letsIn("C", "s3cr3t") {
		t.Error("a shop is let in, or not, against what the file says")
	}
	if got := d.tablesWith(t, "s3c"); len(got) != 0 {
		t.Errorf("a secret is in %v in clear", got)
	}
	if got := d.text(`SELECT count(*)::text FROM shop WHERE position('s3c'::bytea IN secret) > 0`); got != "0" {
		t.Error("a secret is stored in clear")
	}
	if got := d.text(`SELECT count(DISTINCT secret)::text FROM shop`); got != "3" {
		t.Errorf("the same secret looks the same: %s of 3 differ", got)
	}
	wantCounts(t, d.shops("shop_id,secret", `B,"s3c,""r3t 密"`), 1, 0, 0, 1, 0)
	wantCounts(t, d.shops("shop_id,secret,active", `B,"s3c,""r3t 密",1`), 1, 0, 1, 0, 0)
	if !d.letsIn("B", `s3c,"r3t 密`) {
		t.Error("B is not let in")
	}
}

// A line that says what is known touches no row; one that says something else does.
func TestImportShopsMerges(t *testing.T) {
	t.Parallel()
	begun := time.Now().Truncate(time.Microsecond)
	d := newImportStore(t)
	d.shops("shop_id,secret,active", "A,one,no")
	d.untouched(csvimport.Shops(false), "shop", "shop_id,secret,active\nA,one,no", "shop_id,secret,active\nA,one,", "shop_id,secret\nA,one")
	d.do(`UPDATE shop SET updated_at = to_timestamp(0)`)
	wantCounts(t, d.shops("shop_id,secret,active", "A,one,yes"), 1, 0, 1, 0, 0)
	wantCounts(t, d.shops("shop_id,secret", "A,two", "B,one"), 2, 1, 1, 0, 0)
	if !d.letsIn("A", "two") || d.letsIn("A", "one") || !d.letsIn("B", "one") {
		t.Error("a secret does not hold")
	}
	if got := d.text(`SELECT count(*)::text FROM shop WHERE updated_at BETWEEN $1 AND now()`, begun); got != "2" {
		t.Error("updated_at does not say when")
	}
}

// After a change of the key both open; importing the file seals everything under the
// present one, once, and then the previous key is not needed any more.
func TestImportShopsRotates(t *testing.T) {
	t.Parallel()
	old := importStore{newStore(t, sealedWith(1)), t}
	file := []string{"shop_id,secret", "A,one", "B,two", "C,three"}
	old.shops(file...)
	both := importStore{openStore(t, sealedWith(2, 1)(options(old.URL))), t}
	if !both.letsIn("A", "one") || !both.letsIn("B", "two") {
		t.Error("the previous key does not open")
	}
	both.shops("shop_id,secret", "B,two") // one by hand
	if !both.letsIn("A", "one") || !both.letsIn("B", "two") || old.text(`SELECT count(*)::text FROM shop`) != "3" {
		t.Error("half way something is lost")
	}
	wantCounts(t, both.shops(file...), 3, 0, 2, 1, 0)
	wantCounts(t, both.shops(file...), 3, 0, 0, 3, 0)
	fresh := importStore{openStore(t, sealedWith(2)(options(old.URL))), t}
	if !fresh.letsIn("A", "one") || !fresh.letsIn("B", "two") || !fresh.letsIn("C", "three") {
		t.Error("the previous key is still needed")
	}
}

// Under a key that is not the one of the secrets on record nothing is loaded: each
// shop that is known is named. With --reseal, because the right key is lost, it takes the file,
// which is all that is left, and that is enough.
func TestImportShopsOtherKey(t *testing.T) {
	t.Parallel()
	d := importStore{newStore(t, sealedWith(1)), t}
	file := []string{"shop_id,secret,active", "A,s3cr3t-1,", `"B ""b""",s3cr3t-2,`, "C,s3cr3t-3,no"}
	d.shops(file...)
	rows := func() string { return d.text(`SELECT string_agg(s::text || ctid, ' ' ORDER BY shop_id) FROM shop s`) }
	before := rows()
	wrong := importStore{openStore(t, sealedWith(3, 2)(options(d.URL))), t}
	load := func(reseal bool, lines ...string) (csvimport.Report, error) {
		return wrong.load(csvimport.Shops(reseal), strings.Join(lines, "\n"))
	}
	problem := func(line, shop string) string {
		return "line " + line + ", column secret: the secret of shop " + shop + " on record was sealed under another key: " +
			"delivery.key is not the one that the servers had; set that one, or, if it is lost, seal all shops anew with --reseal"
	}
	_, err := load(false, append(file, "new,s3cr3t-4,")...)
	wrong.wantNamed(err, problem("2", `"A"`), problem("3", `"B \"b\""`), problem("4", `"C"`))
	if err != nil && strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("the error shows a secret: %v", err)
	}
	// Whatever else is wrong, and however far down.
	many := []string{file[0], ",x,"}
	for i := range 6000 {
		many = append(many, fmt.Sprintf("new%d,x,", i))
	}
	_, err = load(false, append(many, "A,x,")...)
	wrong.wantNamed(err, "line 2, column shop_id: is empty", problem("6003", `"A"`))
	if got := rows(); got != before {
		t.Error("something was written")
	}
	if !d.letsIn("A", "s3cr3t-1") {
		t.Error("the shop is down")
	}
	report, err := load(true, file...)
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, report, 3, 0, 3, 0, 0)
	if !wrong.letsIn("A", "s3cr3t-1") || !wrong.letsIn(`B "b"`, "s3cr3t-2") {
		t.Error("importing does not help")
	}
	wantCounts(t, wrong.shops(file...), 3, 0, 0, 3, 0)
}

// No error shows a secret, wherever it stands in the file.
func TestImportShopsProblems(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	const secret = "s3cr3t-s3cr3t"
	long := strings.Repeat(secret, 20)
	for _, tt := range []struct{ name, file, want string }{
		{"empty", "shop_id,secret\nA,", "line 2, column secret: is empty"},
		{"blank", "shop_id,secret\nA,\u3000 ", "line 2, column secret: is empty"},
		{"space", "shop_id,secret\nA,s3cr3t ", "line 2, column secret: has white space around it"},
		{"tab", "shop_id,secret\nA,s3cr3t\tx", "line 2, column secret: has control characters in it"},
		{"too long", "shop_id,secret\nA," + long[:257], "line 2, column secret: is longer than 256 bytes"},
		{"active", "shop_id,secret,active\nA,x," + secret, "line 2, column active: is neither true nor false"},
		{"id", "shop_id,secret\n" + long + ",x", "line 2, column shop_id: is too long: at most 128 bytes"},
		{"twice", "shop_id,secret\n" + secret + ",x\n" + secret + ",y", "line 3, column shop_id: the shop stands on line 2 already"},
		{"header", "shop_id,secret," + secret, "line 1, column 3: the header must name one of shop_id, secret, active here"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			importStore{d.testStore, t}.notLoaded(csvimport.Shops(false), tt.file, "shop", tt.want)
		})
	}
	wantCounts(t, d.shops("shop_id,secret", "A,"+long[:256]), 1, 1, 0, 0, 0)
	if !d.letsIn("A", delivery.Secret(long[:256])) {
		t.Error("a secret of 256 bytes does not hold")
	}
}

// No secret reaches the database in clear, not even the table of the staged lines:
// what goes over the wire does not have it.
func TestImportShopsSealsBeforeStaging(t *testing.T) {
	t.Parallel()
	var n network
	d := importStore{newStore(t, func(o store.Options) store.Options { return n.under(o) }), t}
	heard := n.listen()
	d.shops("shop_id,secret", "A,s3cr3t-s3cr3t", "B,other")
	if !d.letsIn("A", "s3cr3t-s3cr3t") {
		t.Error("A is not let in")
	}
	if said := heard(); bytes.Contains(said, []byte("s3cr3t")) || !bytes.Contains(said, []byte("import_line")) {
		t.Errorf("the wire carried the secret, or nothing: %d bytes", len(said))
	}
}
