package waybill

import (
	"strings"

	"carrierhook/internal/input"
	"carrierhook/internal/redacted"
)

// Contact is a sender or a receiver. It is personal data.
type Contact struct {
	redacted.Struct
	Name, Tel, Mobile, Company, PostCode   string
	Country, Province, City, Area, Address string
}

// How many bytes the fields of a Contact may have at most, as in a merchant's order at
// WeChat.
const (
	maxName     = 64 // and company, country, province, city, area
	maxPhone    = 32
	maxPostCode = 10
	maxAddress  = 512
)

// Location is where the contact is.
func (c Contact) Location() Location {
	return Location{Province: c.Province, City: c.City, Area: c.Area}
}

// clean makes one trimmed line of each field: addresses are pasted, and a label has one line
// for them.
func (c Contact) clean() Contact {
	for _, part := range []*string{
		&c.Name, &c.Tel, &c.Mobile, &c.Company, &c.PostCode,
		&c.Country, &c.Province, &c.City, &c.Area, &c.Address,
	} {
		*part = input.OneLine(*part)
	}
	return c
}

// fault is the first member that keeps a courier from finding and calling a clean contact, as
// the push spells it; "": none does. It needs a name, a telephone, province, city and
// address, and no member may be over its limit.
func (c Contact) fault() string {
	for _, part := range []struct {
		field, text string
		max         int
		needed      bool
	}{
		{"Name", c.Name, maxName, true},
		{"Tel", c.Tel, maxPhone, c.Mobile == ""}, // one of them is enough
		{"Mobile", c.Mobile, maxPhone, false},
		{"Company", c.Company, maxName, false},
		{"PostCode", c.PostCode, maxPostCode, false},
		{"Country", c.Country, maxName, false},
		{"Province", c.Province, maxName, true},
		{"City", c.City, maxName, true},
		{"Area", c.Area, maxName, false},
		{"Address", c.Address, maxAddress, true},
	} {
		if part.needed && part.text == "" || input.CheckText(part.text, part.max) != nil {
			return part.field
		}
	}
	return ""
}

// home has the spellings of the one country that is served, in small letters without
// spaces and points.
var home = map[string]bool{
	"": true, "中国": true, "中國": true, "中国大陆": true, "中国内地": true, "中华人民共和国": true, "中華人民共和國": true,
	"china": true, "cn": true, "chn": true, "prc": true, "prchina": true, "chinapr": true,
	"mainlandchina": true, "chinamainland": true, "peoplesrepublicofchina": true,
}

// abroad reports whether the contact is in another country. Without a country it is at
// home, as at WeChat.
func (c Contact) abroad() bool {
	spelling := strings.NewReplacer(" ", "", ".", "", "'", "", "’", "").Replace(strings.ToLower(c.Country))
	return !home[spelling]
}
