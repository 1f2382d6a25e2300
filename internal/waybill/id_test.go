package waybill

import (
	"errors"
	"strings"
	"testing"
)

func TestCleanID(t *testing.T) {
	tests := []struct {
		name, in, want string
		err            error
	}{
		{"as is", "123456789", "123456789", nil},
		{"white space around", " \t\n1 2\r\n", "1 2", nil},
		{"empty", "", "", ErrIDEmpty},
		{"only white space", " \n", "", ErrIDEmpty},
		{"just fits", strings.Repeat("x", MaxID), strings.Repeat("x", MaxID), nil},
		{"just too long", strings.Repeat("x", MaxID+1), "", ErrIDLong},
		{"bytes, not characters", strings.Repeat("单", MaxID/3+1), "", ErrIDLong},
		{"fits after trimming", " " + strings.Repeat("x", MaxID), strings.Repeat("x", MaxID), nil},
		{"NUL", "a\x00b", "", ErrIDControl},
		{"line feed inside", "a\nb", "", ErrIDControl},
		{"C1 control", "a\u0085b", "", ErrIDControl},
		{"delete", "a\x7fb", "", ErrIDControl},
	}
	for _, tt := range tests {
		got, err := CleanID(tt.in, MaxID)
		if !errors.Is(err, tt.err) || err == nil && got != tt.want {
			t.Errorf("%s: %q, %v", tt.name, got, err)
		}
	}
	if _, err := CleanText("", MaxID); err != nil {
		t.Errorf("an empty text: %v", err)
	}
}

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
		r := NewCancelRequest(Push{}, tt.biz, "", tt.shop, tt.order, tt.number)
		if r.Malformed != tt.malformed {
			t.Errorf("%s: Malformed = %t", tt.name, r.Malformed)
		}
	}
	if r := NewCancelRequest(Push{}, " B ", "p", " wx ", " O ", "\nW"); r.BizID+r.ShopAppID+r.OrderID+r.WaybillID != "BwxOW" {
		t.Errorf("not trimmed: %+v", r)
	}
}
