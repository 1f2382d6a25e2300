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

// complete reports whether a courier can find and call a clean contact: it has a name, a
// telephone, province, city and address, and no field is over its limit or has control
// characters.
func (c Contact) complete() bool {
	for _, part := range []struct {
		text   string
		max    int
		needed bool
	}{
		{c.Name, maxName, true},
		{c.Tel + c.Mobile, 2 * maxPhone, true}, // one of them is enough
		{c.Tel, maxPhone, false},
		{c.Mobile, maxPhone, false},
		{c.Company, maxName, false},
		{c.PostCode, maxPostCode, false},
		{c.Country, maxName, false},
		{c.Province, maxName, true},
		{c.City, maxName, true},
		{c.Area, maxName, false},
		{c.Address, maxAddress, true},
	} {
		if part.needed && part.text == "" || input.CheckText(part.text, part.max) != nil {
			return false
		}
	}
	return true
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
