package express_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

// found are the waybills of an answer, by their ids.
func (d testStore) found(t *testing.T, q waybill.WaybillQuery) []string {
	t.Helper()
	got, err := d.Waybills(t.Context(), q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	ids := []string{}
	for _, w := range got {
		ids = append(ids, w.BizID+"/"+w.ID+"/"+w.OrderID)
	}
	return ids
}

// A waybill is found by its number and by its order, with and without the
// merchant.
func TestWaybills(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.Exec(t, `INSERT INTO merchant (biz_id, password_hash) VALUES ('C', ''), ('A', '')`)
	d.Exec(t, `INSERT INTO waybill (biz_id, waybill_id, order_id) VALUES
		('C', 'W1', 'O1'), ('B', 'W2', 'O1'), ('A', 'W3', 'O3'), ('B', 'W4', 'O4'), ('A', 'W5', 'O1')`)
	tests := []struct {
		q    waybill.WaybillQuery
		want []string
	}{
		{waybill.WaybillQuery{WaybillID: "W2"}, []string{"B/W2/O1"}},
		{waybill.WaybillQuery{WaybillID: "W2", BizID: "B"}, []string{"B/W2/O1"}},
		{waybill.WaybillQuery{WaybillID: "W2", BizID: "C"}, []string{}},
		{waybill.WaybillQuery{WaybillID: "W2", OrderID: "O4"}, []string{}},
		{waybill.WaybillQuery{WaybillID: "W9"}, []string{}},
		{waybill.WaybillQuery{OrderID: "O1"}, []string{"A/W5/O1", "B/W2/O1", "C/W1/O1"}},
		{waybill.WaybillQuery{OrderID: "O1", BizID: "B"}, []string{"B/W2/O1"}},
		{waybill.WaybillQuery{OrderID: "O3", BizID: "B"}, []string{}},
		{waybill.WaybillQuery{OrderID: "O9"}, []string{}},
		{waybill.WaybillQuery{OrderID: "O1\x00"}, []string{}},
		{waybill.WaybillQuery{WaybillID: "\xff"}, []string{}},
		{waybill.WaybillQuery{}, []string{}},
	}
	for _, tt := range tests {
		if got := d.found(t, tt.q); !slices.Equal(got, tt.want) {
			t.Errorf("%+v: got %q, want %q", tt.q, got, tt.want)
		}
	}
}

// Every column arrives, in each query mode.
func TestWaybillsWhole(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "exec", "simple_protocol"} {
		d := newStore(t, queryMode(mode))
		d.Exec(t, `INSERT INTO waybill (biz_id, waybill_id, order_id, shop_app_id, service, status, booked_at, collected_at,
				charged_at, signed_at, cancelled_at, cancel_push, from_quota, first_scan_at)
			VALUES ('B', 'W', 'O', 'wx', 'STD', 'cancelled', to_timestamp(1), to_timestamp(2), to_timestamp(3), NULL, to_timestamp(5),
				decode('07' || repeat('00', 31), 'hex'), true, to_timestamp(6.5))`)
		got, err := d.Waybills(t.Context(), waybill.WaybillQuery{WaybillID: "W"})
		if err != nil || len(got) != 1 {
			t.Fatalf("%s: %v, %v", mode, got, err)
		}
		w := got[0]
		times := fmt.Sprint(w.BookedAt.Unix(), w.CollectedAt.Unix(), w.ChargedAt.Unix(), w.CancelledAt.Unix(), w.ScannedAt.UnixMilli(), w.SignedAt.IsZero())
		if want := "1 2 3 5 6500 true"; times != want {
			t.Errorf("%s: times are %s, want %s", mode, times, want)
		}
		if w.ShopAppID != "wx" || w.Service != "STD" || w.Status != waybill.Cancelled || !w.FromQuota || w.CancelledBy != (ledger.PushID{7}) {
			t.Errorf("%s: got %+v", mode, w)
		}
	}
}

// An order id that many merchants use is answered with a part of them.
func TestWaybillsMany(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.Exec(t, `INSERT INTO merchant (biz_id, password_hash) SELECT 'M' || to_char(i, 'FM0000'), '' FROM generate_series(1, 1200) AS i`)
	d.Exec(t, `INSERT INTO waybill (biz_id, waybill_id, order_id) SELECT biz_id, 'W' || biz_id, '1' FROM merchant WHERE biz_id <> 'B'`)
	got := d.found(t, waybill.WaybillQuery{OrderID: "1"})
	if len(got) != 1000 || got[0] != "M0001/WM0001/1" || got[999] != "M1000/WM1000/1" {
		t.Errorf("got %d, from %s to %s", len(got), got[0], got[len(got)-1])
	}
}

// A merchant is told of whole; what it does not have is told apart from nothing.
func TestMerchant(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "simple_protocol"} {
		d := newStore(t, queryMode(mode))
		d.Exec(t, `INSERT INTO merchant (biz_id, password_hash, cancel_allowed, services) VALUES ('C', '', false, '{STD,"a,b"}'), ('D', '', true, '{}')`)
		d.Exec(t, `INSERT INTO quota VALUES ('C', 7), ('D', 0)`)
		b, err := d.Merchant(t.Context(), "B")
		if err != nil || b.BizID != "B" || b.PasswordHash == "" || !b.CancelAllowed || b.Prepaid || b.Services != nil {
			t.Errorf("%s: got %+v, %v", mode, b, err)
		}
		c, err := d.Merchant(t.Context(), "C")
		if err != nil || c.PasswordHash != "" || c.CancelAllowed || !c.Prepaid || c.Quota != 7 || !slices.Equal(c.Services, []string{"STD", "a,b"}) {
			t.Errorf("%s: got %+v, %v", mode, c, err)
		}
		none, err := d.Merchant(t.Context(), "D")
		if err != nil || !none.Prepaid || none.Quota != 0 || none.Services == nil || len(none.Services) != 0 {
			t.Errorf("%s: got %+v, %v", mode, none, err)
		}
		for _, id := range []string{"X", "", "B\x00", "\xff"} {
			if m, err := d.Merchant(t.Context(), id); !errors.Is(err, ledger.ErrNotFound) {
				t.Errorf("%s: %q: got %+v, %v", mode, id, m, err)
			}
		}
	}
}
