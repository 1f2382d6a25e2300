package waybill

import (
	"reflect"
	"strings"
	"testing"
)

// contactParts are WeChat's limits of a merchant's order.
var contactParts = map[string]struct {
	limit  int
	needed bool
}{
	"Name": {64, true}, "Tel": {32, false}, "Mobile": {32, false}, "Company": {64, false}, "PostCode": {10, false},
	"Country": {64, false}, "Province": {64, true}, "City": {64, true}, "Area": {64, false}, "Address": {512, true},
}

func contact() Contact {
	return Contact{
		Name: "张三", Tel: "020-88888888", Mobile: "18666666666", Company: "公司名", PostCode: "123456",
		Country: "中国", Province: "广东省", City: "广州市", Area: "海珠区", Address: "XX路XX号XX大厦XX栋XX",
	}
}

// Both sides of each edge: every field has its limit in bytes, and is needed or not.
func TestContactComplete(t *testing.T) {
	typ := reflect.TypeFor[Contact]()
	if typ.NumField()-1 != len(contactParts) {
		t.Fatalf("%d parts, %d limits", typ.NumField()-1, len(contactParts))
	}
	for i := 1; i < typ.NumField(); i++ { // the first hides them
		name := typ.Field(i).Name
		part := contactParts[name]
		for text, want := range map[string]bool{
			strings.Repeat("x", part.limit):               true,
			strings.Repeat("x", part.limit+1):             false,
			strings.Repeat("单", part.limit/3):             true,
			strings.Repeat("单", part.limit/3+1):           false,
			"  " + strings.Repeat("x", part.limit) + "\n": true,
			"a" + strings.Repeat("\r\n", 999) + "b":       true,
			strings.Repeat("x", part.limit-2) + "\r\ny":   true, // as long as it may be when it is clean
			strings.Repeat("x", part.limit-1) + "\ny":     false,
			"a\tb":      true,
			"a\nb\x00c": true,
			"a\x7fb":    true,
			"\x7f":      !part.needed,
			"\xff":      false, // no text at all
			"\x00\x1b":  !part.needed,
			"a\xff":     false,
			"":          !part.needed,
			" \t\u3000": !part.needed,
		} {
			c := contact()
			reflect.ValueOf(&c).Elem().Field(i).SetString(text)
			if got := c.clean().fault(); (got == "") != want || !want && got != name {
				t.Errorf("%s = %q: the fault is %q", name, text, got)
			}
		}
	}
}

// One of the two telephones is needed.
func TestContactTelephone(t *testing.T) {
	for _, tt := range []struct {
		tel, mobile string
		want        bool
	}{{"1", "", true}, {"", "1", true}, {"1", "1", true}, {"", "", false}, {" ", "\t", false}} {
		c := contact()
		c.Tel, c.Mobile = tt.tel, tt.mobile
		if got := c.clean().fault(); got != map[bool]string{false: "Tel"}[tt.want] {
			t.Errorf("%q and %q: the fault is %q", tt.tel, tt.mobile, got)
		}
	}
}

func TestContactCountry(t *testing.T) {
	for country, home := range map[string]bool{
		"": true, "中国": true, " 中国 ": true, "中华人民共和国": true, "中国大陆": true, "中國": true,
		"China": true, "CHINA": true, "cn": true, "CHN": true, "P.R. China": true, "PRC": true, "P. R. C.": true,
		"People's Republic of China": true, "Mainland China": true,
		"美国": false, "USA": false, "日本": false, "中国台湾": false, "Chin": false, "Republic of China": false, "86": false, "-": false,
	} {
		c := contact()
		c.Country = country
		if c.clean().abroad() == home {
			t.Errorf("%q: abroad is %t", country, !home)
		}
	}
}
