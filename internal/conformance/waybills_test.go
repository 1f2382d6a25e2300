package conformance

import (
	"strings"
	"testing"
)

// TestParseWaybill: both notations, and no password in an error.
func TestParseWaybill(t *testing.T) {
	t.Parallel()
	want := Waybill{Code: 30004, BizID: "xyz", BizPwd: password, OrderID: "o1", WayBillID: "w1", ShopAppID: "wx1"}
	if got, err := ParseWaybill("30004=xyz:" + password + ":o1:w1:wx1"); got != want || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	list, err := ParseWaybills([]byte(`[{"code":30004,"biz_id":"xyz","biz_pwd":"` + password + `","order_id":"o1","waybill_id":"w1","shop_app_id":"wx1"}]`))
	if err != nil || len(list) != 1 || list[0] != want {
		t.Errorf("%+v, %v", list, err)
	}
	if got, err := ParseWaybill("-1=xyz::o1:w1"); err != nil || got.Code != -1 || got.BizPwd != "" {
		t.Errorf("%+v, %v", got, err)
	}
	for _, wrong := range []string{"", "0", "zero=a:" + password + ":c:d", "0=a:" + password + ":c", "0=a:" + password + "::d", "0=a:" + password + ":c:d:e:f"} {
		if _, err := ParseWaybill(wrong); err == nil || strings.Contains(err.Error(), password) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	for _, wrong := range []string{"", "{}", "[{}]", `[{"cod":1}]`, `[] []`} {
		if _, err := ParseWaybills([]byte(wrong)); err == nil {
			t.Errorf("%q was taken", wrong)
		}
	}
}

// TestPool: a waybill with another code is not given out to be cancelled.
func TestPool(t *testing.T) {
	t.Parallel()
	p := pool{all: []Waybill{{Code: 30002, WayBillID: "a"}, {WayBillID: "b"}, {Code: -1, WayBillID: "c"}, {WayBillID: "d"}}}
	for _, want := range []string{"b", "d", ""} {
		if w, ok := p.unused(); w.WayBillID != want || ok != (want != "") {
			t.Errorf("%q, %t, want %q", w.WayBillID, ok, want)
		}
	}
}
