package delivery

// How many characters the fields of a contact may have at most. The limits of name and
// phone are WeChat's; it has none for the others.
const (
	maxName    = 256 // and city
	maxPhone   = 64
	maxAddress = 1024 // and address_detail
)

// newContact reads a contact, and names the first field that is invalid. Every field is
// needed: no shop has an address on file that could stand in for a sender's.
func newContact(f ContactFields) (c Contact, field string) {
	var r reader
	c = Contact{
		Name: r.neededLine("name", f.Name, maxName), City: r.neededLine("city", f.City, maxName), Phone: r.neededLine("phone", f.Phone, maxPhone),
		Address: r.neededLine("address", f.Address, maxAddress), AddressDetail: r.neededLine("address_detail", f.AddressDetail, maxAddress),
		At: Point{Lng: r.coordinate("lng", f.Lng, maxLng), Lat: r.coordinate("lat", f.Lat, maxLat)},
	}
	r.need("lng", c.At.plausible())
	if r.flag("coordinate_type", f.CoordinateType) {
		c.At = fromBaidu(c.At)
		r.need("lng", c.At.plausible())
	}
	return c, r.Field()
}
