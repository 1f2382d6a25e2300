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
