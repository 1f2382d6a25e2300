package csvimport_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/store/csvimport"
)

// shops shows the shops with the keys and the secrets that they are sealed with.
func (d *database) shops() string {
	d.Helper()
	return d.text(`SELECT string_agg(concat_ws(' ', shop_id, left(convert_from(secret, 'UTF8'), 1), ` + fmt.Sprintf(show, "secret") + `, active), ', ' ORDER BY shop_id) FROM shop`)
}

// Secrets are stored sealed, and a shop is active unless the file says otherwise. A line that
// says what is known touches no row; one that says something else does.
func TestShopsMerges(t *testing.T) {
	t.Parallel()
	begun := time.Now().Truncate(time.Microsecond)
	d := newDatabase(t)
	const sealed = `A 1 s3cr3t t, B 1 s,"3 密`
	x256 := strings.Repeat("x", 256)
	for _, tt := range []struct{ file, counts, want string }{
		{"shop_id,active,secret\n A ,,s3cr3t\nB,no,\"s,\"\"3 密\"\nC,TRUE,s3cr3t", "3 new", sealed + ` f, C 1 s3cr3t t`},
		{"shop_id,secret,active\nB,\"s,\"\"3 密\",no", "1 same", sealed + ` f, C 1 s3cr3t t`},
		{"shop_id,secret,active\nB,\"s,\"\"3 密\",", "1 same", sealed + ` f, C 1 s3cr3t t`},
		{"shop_id,secret\nB,\"s,\"\"3 密\"", "1 same", sealed + ` f, C 1 s3cr3t t`},
		{"shop_id,secret,active\nB,\"s,\"\"3 密\",1", "1 changed", sealed + ` t, C 1 s3cr3t t`},
		{"shop_id,secret\nA,two\nB,two\nC,two\nD," + x256, "1 new, 3 changed", `A 1 two t, B 1 two t, C 1 two t, D 1 ` + x256 + ` t`},
	} {
		d.do(`UPDATE shop SET updated_at = to_timestamp(0)`)
		before := d.versions()
		d.imports(csvimport.Shops(false), tt.counts, tt.file)
		if got := d.shops(); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.file, got, tt.want)
		}
		if (tt.counts == "1 same") != (d.versions() == before) {
			t.Errorf("%q: a row was touched, or none", tt.file)
		}
	}
	if got := d.text(`SELECT count(*)::text FROM shop WHERE updated_at BETWEEN $1 AND now()`, begun); got != "4" {
		t.Errorf("updated_at says when of %s shops", got)
	}
}

// After a change of the key both open; importing the file seals everything under the
// present one, once, and then the previous key is not needed any more.
func TestShopsRotates(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	file := "shop_id,secret\nA,one\nB,two\nC,three"
	d.imports(csvimport.Shops(false), "3 new", file)
	d.setKeys("21")
	d.imports(csvimport.Shops(false), "1 changed", "shop_id,secret\nB,two") // one by hand
	if got, want := d.shops(), "A 1 one t, B 2 two t, C 1 three t"; got != want {
		t.Errorf("half way: got %s, want %s", got, want)
	}
	d.imports(csvimport.Shops(false), "2 changed, 1 same", file)
	d.imports(csvimport.Shops(false), "3 same", file)
	if got, want := d.shops(), "A 2 one t, B 2 two t, C 2 three t"; got != want {
		t.Errorf("the previous key is still needed: got %s, want %s", got, want)
	}
}

// Under a key that is not the one of the secrets on record nothing is loaded: each
// shop that is known is named. With --reseal, because the right key is lost, it takes the file,
// which is all that is left, and that is enough.
func TestShopsOtherKey(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	file := "shop_id,secret,active\nA,s3cr3t-1,\n\"B \"\"b\"\"\",s3cr3t-2,\nC,s3cr3t-3,no"
	d.imports(csvimport.Shops(false), "3 new", file)
	d.setKeys("32")
	problem := func(line, shop string) string {
		return "line " + line + ", column secret: the secret of shop " + shop + " on record was sealed under another key: " +
			"delivery.key is not the one that the servers had; set that one, or, if it is lost, seal all shops anew with --reseal"
	}
	d.refused(csvimport.Shops(false), file+"\nnew,s3cr3t-4,", problem("2", `"A"`), problem("3", `"B \"b\""`), problem("4", `"C"`))
	// Whatever else is wrong, and however far down.
	many := "shop_id,secret,active\n,x,\n"
	for i := range 6000 {
		many += fmt.Sprintf("new%d,x,\n", i)
	}
	d.refused(csvimport.Shops(false), many+"A,x,", "line 2, column shop_id: is empty", problem("6003", `"A"`))
	d.imports(csvimport.Shops(true), "3 changed", file)
	if got, want := d.shops(), `A 3 s3cr3t-1 t, B "b" 3 s3cr3t-2 t, C 3 s3cr3t-3 f`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	d.imports(csvimport.Shops(false), "3 same", file)
}
