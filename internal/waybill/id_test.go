package waybill

import (
	"strings"
	"testing"

	"carrierhook/internal/ledger"
)

// Each id of a request is checked against its own limit.
func TestNewCancelRequest(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	tests := []struct {
		name                     string
		biz, shop, order, number string
		malformed                bool
	}{
		{"plain", "B", "wx", "O", "W", false},
		{"no shop", "B", "", "O", "W", false},
		{"longest", long(128), long(128), long(512), long(128), false},
		{"no merchant", "", "wx", "O", "W", true},
		{"no order", "B", "wx", " ", "W", true},
		{"no waybill", "B", "wx", "O", "", true},
		{"long merchant", long(129), "wx", "O", "W", true},
		{"long shop", "B", long(129), "O", "W", true},
		{"long order", "B", "wx", long(513), "W", true},
		{"long waybill", "B", "wx", "O", long(129), true},
		{"control in shop", "B", "w\x01x", "O", "W", true},
	}
	for _, tt := range tests {
		r := NewCancelRequest(ledger.Push{}, tt.biz, "", tt.shop, tt.order, tt.number)
		if r.Malformed != tt.malformed {
			t.Errorf("%s: Malformed = %t", tt.name, r.Malformed)
		}
	}
	if r := NewCancelRequest(ledger.Push{}, " B ", "p", " wx ", " O ", "\nW"); r.BizID+r.ShopAppID+r.OrderID+r.WaybillID != "BwxOW" {
		t.Errorf("not trimmed: %+v", r)
	}
}
