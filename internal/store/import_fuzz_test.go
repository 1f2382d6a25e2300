package store_test

import (
	"bytes"
	"errors"
	"testing"

	"carrierhook/internal/store"
)

// Whatever the file: what is wrong with it is an ImportError, and then nothing
// is loaded; what passed the checks, the schema's constraints take.
func FuzzImportWaybills(f *testing.F) {
	for _, seed := range []string{
		"biz_id,waybill_id,order_id\nB,W1,O1\n",
		"biz_id,waybill_id,order_id,status,signed_at\nB,W1,O1,signed,2026-11-01 00:00:00.5+08\nB,W2,O2,,\n",
		"order_id,cancelled_at,status,biz_id,waybill_id,collected_at,charged_at,shop_app_id,service,booked_at\n" +
			"O1,2026-11-01T00:00:00Z,cancelled,B,W1,,,wx,\"a\nb\",1970-01-01 00:00:00\n",
		"\uFEFFbiz_id,waybill_id,order_id\r\nB,\"W\"\"1\",O1\r\n\r\nB,W1,O1",
		"biz_id,waybill_id,order_id\nB,W\x00,\xff\n\"",
		"",
	} {
		f.Add([]byte(seed))
	}
	d := newImportDesk(f, "B")
	f.Fuzz(func(t *testing.T, file []byte) {
		d := importDesk{d.desk, t}
		r, err := d.ImportWaybills(t.Context(), bytes.NewReader(file))
		loaded := int64(d.number(t, `SELECT count(*) FROM waybill`))
		d.do(`TRUNCATE waybill`)
		if err != nil {
			faulty, ok := errors.AsType[*store.ImportError](err)
			if !ok || faulty.Count == 0 || len(faulty.Faults) == 0 {
				t.Fatalf("not an ImportError with faults: %v", err)
			}
			if loaded != 0 {
				t.Fatalf("%d rows were loaded from a file with faults: %v", loaded, err)
			}
			return
		}
		if r.Lines != loaded || r.Inserted != loaded {
			t.Fatalf("%d rows after %+v", loaded, r)
		}
	})
}

// The same of the small tables; and what was loaded is what servers can read, and
// is no change when it is loaded once more.
func FuzzImportTables(f *testing.F) {
	names := []string{"area", "number_range", "route", "service"}
	for i, name := range names {
		s := small[name]
		for _, file := range []string{
			s.header + "\n" + s.line + "\n",
			"\uFEFF" + s.header + "\r\n\r\n" + s.line,
			s.header + "\n" + s.line + "\n" + s.line,
			s.header, "",
		} {
			f.Add(uint8(i), []byte(file))
		}
	}
	const area, numbers, route, service = 0, 1, 2, 3
	f.Add(uint8(area), []byte("province,city,area,collects,delivers\n广西壮族自治区,,,1,0\n广西,桂林市,\"a\"\"b\",t,no\n省,市,区,on,off\n"))
	f.Add(uint8(numbers), []byte("name,prefix,width,check_digit,first,last,owner\na,,18,none,1,999999999999999999,carrier\nb,x,8,mod11,0,0,wechat\n"))
	f.Add(uint8(route), []byte("value,key,area,city,province\n1,a,,,\n2,b,,,\n3,a#b,天河区,广州,广东\n"))
	f.Add(uint8(service), []byte("service_type,service_name,code,max_weight_kg,max_side_cm,max_pieces,max_insured_yuan\n"+
		"0,x,y,0.001,0.1,1,0\n9223372036854775797,x,y,999999999,1,1,0.01\n"))
	d := newImportDesk(f)
	c := store.NewCatalogues(d.pool())
	f.Fuzz(func(t *testing.T, kind uint8, file []byte) {
		d := importDesk{d.desk, t}
		name := names[int(kind)%len(names)]
		r, err := small[name].load(d.Store, t.Context(), string(file))
		loaded := int64(d.number(t, `SELECT count(*) FROM `+name))
		if err != nil {
			faulty, ok := errors.AsType[*store.ImportError](err)
			if !ok || faulty.Count == 0 || len(faulty.Faults) == 0 {
				t.Fatalf("not an ImportError with faults: %v", err)
			}
			if loaded != 0 {
				t.Fatalf("%d rows were loaded from a file with faults: %v", loaded, err)
			}
			return
		}
		defer d.do(`TRUNCATE ` + name)
		if loaded == 0 || r.Lines != loaded || r.Inserted != loaded {
			t.Fatalf("%d rows after %+v", loaded, r)
		}
		if load(t, c) == nil {
			t.Fatal("no catalogue")
		}
		again, err := small[name].load(d.Store, t.Context(), string(file))
		if err != nil || again.Unchanged != loaded || again.Lines != loaded || again.Removed != 0 {
			t.Fatalf("once more: %+v, %v", again, err)
		}
	})
}
