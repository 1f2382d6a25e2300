package store_test

import (
	"errors"
	"testing"

	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/express"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/instant/instanttest"

	"github.com/jackc/pgx/v5"
)

// fuzzed are the kinds of files, each with a table, a header and a good line.
var fuzzed = []struct {
	table, header, line string
	kind                csvimport.Kind
}{
	{"waybill", "biz_id,waybill_id,order_id,status,signed_at", "B,W1,O1,signed,2026-11-01 00:00:00.5+08", csvimport.Waybills},
	{"shop", "secret,active,shop_id", "\"a,\"\"b\",no,密", csvimport.Shops(false)},
	{"merchant", "biz_id,no_password,quota", "C,yes,7", csvimport.Merchants},
	{"service", small["service"].header, small["service"].line, csvimport.Services},
	{"area", small["area"].header, small["area"].line, csvimport.Areas},
	{"route", small["route"].header, small["route"].line, csvimport.Routes},
	{"number_range", small["number_range"].header, small["number_range"].line, csvimport.Ranges},
}

// Whatever the file: what is wrong with it is an Error, and then nothing is loaded. What
// passed the checks the schema takes, servers can read it, every secret opens, and it is
// no change when it is loaded once more.
func FuzzImport(f *testing.F) {
	for i, k := range fuzzed {
		for _, file := range []string{
			k.header + "\n" + k.line + "\n", "\uFEFF" + k.header + "\r\n\r\n" + k.line,
			k.header + "\n" + k.line + "\n" + k.line, k.header + "\n\x00,\xff\n\"", k.header, "",
		} {
			f.Add(uint8(i), []byte(file))
		}
	}
	for i, file := range []string{
		"order_id,cancelled_at,status,biz_id,waybill_id,collected_at,charged_at,shop_app_id,service,booked_at\n" +
			"O1,2026-11-01T00:00:00Z,cancelled,B,W1,,,wx,\"a\nb\",1970-01-01 00:00:00\nO2,,,B,\"W\"\"2\",,,,,\n",
		"shop_id,secret\nS,\x00\nT, x\n",
		"biz_id,biz_pwd,cancel_allowed\nC,密,on\n",
		"service_type,service_name,code,max_weight_kg,max_side_cm,max_pieces,max_insured_yuan\n" +
			"0,x,y,0.001,0.1,1,0\n9223372036854775797,x,y,999999999,1,1,0.01\n",
		"province,city,area,collects,delivers\n广西壮族自治区,,,1,0\n广西,桂林市,\"a\"\"b\",t,no\n省,市,区,on,off\n",
		"value,key,area,city,province\n1,a,,,\n2,b,,,\n3,a#b,天河区,广州,广东\n",
		"name,prefix,width,check_digit,first,last,owner\na,,18,none,1,999999999999999999,carrier\nb,x,8,mod11,0,0,wechat\n",
	} {
		f.Add(uint8(i), []byte(file))
	}
	seals, err := instant.NewSeals([][]byte{instanttest.Key})
	if err != nil {
		f.Fatal(err)
	}
	d := newImportStore(f, "B")
	c := express.NewCatalogues(d.pool())
	f.Fuzz(func(t *testing.T, kind uint8, file []byte) {
		d, k := importStore{d.testStore, t}, fuzzed[int(kind)%len(fuzzed)]
		defer d.do(`INSERT INTO merchant (biz_id, password_hash) VALUES ('B', '') ON CONFLICT DO NOTHING`)
		defer d.do(`TRUNCATE ` + k.table + ` CASCADE`)
		count := func() int64 { return int64(d.Int(t, `SELECT count(*) FROM `+k.table)) }
		before := count()
		r, err := d.load(k.kind, string(file))
		loaded := count() - before
		if err != nil {
			if bad, ok := errors.AsType[*csvimport.Error](err); !ok || bad.Count == 0 || len(bad.First) == 0 || loaded != 0 {
				t.Fatalf("%d rows, %v", loaded, err)
			}
			return
		}
		if k.kind.Replaces() && loaded == 0 || r.Inserted != loaded || r.Lines != loaded+before*(r.Updated+r.Unchanged) {
			t.Fatalf("%d rows after %+v", loaded, r)
		}
		if load(t, c) == nil {
			t.Fatal("no catalogue")
		}
		rows, _ := d.DB.Query(t.Context(), `SELECT shop_id, secret FROM shop`)
		var id string
		var sealed []byte
		if _, err := pgx.ForEachRow(rows, []any{&id, &sealed}, func() error {
			if _, present, ok := seals.Open(id, sealed); !ok || !present {
				t.Errorf("the secret of %q does not open", id)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if again, err := d.load(k.kind, string(file)); err != nil || again.Unchanged != r.Lines || again.Removed != 0 {
			t.Fatalf("once more: %+v, %v", again, err)
		}
	})
}
