package csvimport_test

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store"
	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
)

// Whatever the file: what is wrong with it is an Error, and then nothing is loaded. What
// passed the checks the schema takes, servers can read it, every secret opens, and it is
// no change when it is loaded once more.
func FuzzImport(f *testing.F) {
	kinds := slices.Sorted(maps.Keys(samples))
	for name, files := range map[string][]string{
		"waybills": {"order_id,cancelled_at,status,biz_id,waybill_id,collected_at,charged_at,shop_app_id,service,booked_at\n" +
			"O1,2026-11-01T00:00:00Z,cancelled,B,W1,,,wx,\"a\nb\",1970-01-01 00:00:00\nO2,,,B,\"W\"\"2\",,,,,\n",
			"biz_id,waybill_id,order_id,status,signed_at\nB,W1,O1,signed,2026-11-01 00:00:00.5+08",
			"biz_id,waybill_id,order_id,booked_at\nB,W1,O1,2099-01-01 00:00:00\nB,6.12206E+11,\"=\"\"1\"\"\",\nB,+1,@1,\nB,'1,#N/A,\nB,W\u200b1,O\u00a01,",
			"biz_id,waybill_id,order_id\nB,\u2060W1,\xb6\xa9\xb5\xa5", "\uFEFF\u200bbiz_id,waybill_id,order_id\nB,W1,O1", "\xff\xfeb\x00i\x00z\x00"},
		"shops":     {"shop_id,secret\nS,\x00\nT, x\n", "secret,active,shop_id\n\"a,\"\"b\",no,密"},
		"merchants": {"biz_id,biz_pwd,cancel_allowed\nC,密,on\n", "biz_id,no_password,quota\nC,yes,7"},
		"services":  {"0,x,y,0.001,0.1,1,0\n9223372036854775797,x,y,999999999,1,1,0.01\n"},
		"areas": {"广西壮族自治区,,,1,0\n广西,桂林市,\"a\"\"b\",t,no\n省,市,区,on,off\n",
			"province,city,area,collects,delivers\n重庆,县,,1,1\n重庆,巫山县,,0,0\n河南,省直辖县,济源市,1,1", "province,city,area,collects,delivers\n重庆,县,忠县,1,0\n重庆市,重庆市,忠县,1,0", "province,city,area,collects,delivers\n重庆,,巫山县,0,0"},
		"routes": {"value,key,area,city,province\n1,a,,,\n2,b,,,\n3,a#b,天河区,广州,广东\n"},
		"ranges": {"a,,18,none,1,999999999999999999,carrier\nb,x,8,mod11,0,0,wechat\n"},
	} {
		k := samples[name]
		for _, file := range append(files, k.header+"\n"+files[0], k.header+"\n"+k.line+"\n", "\uFEFF"+k.header+"\r\n\r\n"+k.line,
			k.header+"\n"+k.line+"\n"+k.line, k.header+"\n\x00,\xff\n\"", k.header, "") {
			f.Add(uint8(slices.Index(kinds, name)), []byte(file))
		}
	}
	d := newDatabase(f, "B")
	st, err := store.Open(f.Context(), store.Options{
		URL: d.URL, MaxConns: 4, LockTimeout: storetest.Patience, StatementTimeout: storetest.Patience, ConnectTimeout: storetest.Patience,
		Delivery: &delivery.Policy{Keys: [][]byte{make([]byte, 32)}},
	})
	storetest.Must(f, err)
	f.Cleanup(st.Close)
	f.Fuzz(func(t *testing.T, kind uint8, file []byte) {
		d, k := &database{t, d.Engine, d.Database, d.config}, samples[kinds[int(kind)%len(kinds)]]
		defer d.do(`INSERT INTO merchant (biz_id, password_hash) VALUES ('B', '') ON CONFLICT DO NOTHING`)
		defer d.do(`TRUNCATE ` + k.table + ` CASCADE`)
		count := func() int64 { return int64(d.Int(t, `SELECT count(*) FROM `+k.table)) }
		before := count()
		r, err := st.Import(t.Context(), k.kind, bytes.NewReader(file))
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
		// What nobody would see in an id, and what has not come yet, is not loaded.
		if kind := kinds[int(kind)%len(kinds)]; kind == "waybills" {
			for _, row := range d.Texts(t, `SELECT waybill_id || E'\n' || order_id FROM waybill
				WHERE concat(biz_id, waybill_id, order_id, shop_app_id, service) ~ '[\u00a0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufe00-\ufe0f\ufeff]'
					OR waybill_id ~ '^([=+@'']|[0-9](\.[0-9]+)?[eE][-+][0-9]+$)' OR order_id ~ '^([=+@'']|[0-9](\.[0-9]+)?[eE][-+][0-9]+$)'
					OR greatest(booked_at, collected_at, charged_at, signed_at, cancelled_at) > now() + interval '6 minutes'`) {
				t.Errorf("%q was loaded", row)
			}
		}
		storetest.Must(t, st.Express.RefreshCatalogue(t.Context()))
		rows, _ := d.DB.Query(t.Context(), `SELECT shop_id, secret FROM shop`)
		var id string
		var sealed []byte
		if _, err := pgx.ForEachRow(rows, []any{&id, &sealed}, func() error {
			if _, present, ok := st.Instant.Seals.Open(id, sealed); !ok || !present {
				t.Errorf("the secret of %q does not open", id)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if again, err := st.Import(t.Context(), k.kind, bytes.NewReader(file)); err != nil || again.Unchanged != r.Lines || again.Removed != 0 {
			t.Fatalf("once more: %+v, %v", again, err)
		}
	})
}
