package waybill

import "testing"

// The digits are those of the examples that everybody uses, and by hand where
// the weighed sum leaves nothing or one.
func TestCheckDigits(t *testing.T) {
	for _, tt := range []struct {
		kind         CheckDigit
		digits, want string
	}{
		{Mod10, "7992739871", "3"},
		{Mod10, "4992739871", "6"},
		{Mod10, "411111111111111", "1"},
		{Mod10, "0", "0"},
		{Mod10, "1", "8"},
		{Mod10, "5", "9"},
		{Mod11, "47312482", "9"},
		{Mod11, "12345678", "5"},
		{Mod11, "00000000", "5"}, // 0 of 11 is left
		{Mod11, "10001000", "5"}, // 8 + 3 = 11
		{Mod11, "00300000", "0"}, // 12: 1 of 11 is left
		{Mod11, "00000010", "2"}, // 9
		{NoCheckDigit, "47312482", ""},
	} {
		if got := tt.kind.of(tt.digits); got != tt.want {
			t.Errorf("%s of %s is %q, want %q", tt.kind, tt.digits, got, tt.want)
		}
		if got := tt.kind.width(); got != len(tt.want) {
			t.Errorf("%s takes %d digits", tt.kind, got)
		}
	}
}

func TestParseCheckDigit(t *testing.T) {
	for _, c := range CheckDigits() {
		if got, err := ParseCheckDigit(string(c)); got != c || err != nil {
			t.Errorf("%s: %s, %v", c, got, err)
		}
	}
	for _, name := range []string{"", "luhn", "Mod10", " mod10", "mod97"} {
		if got, err := ParseCheckDigit(name); got != "" || err == nil {
			t.Errorf("%q was parsed as %q", name, got)
		}
	}
}
