package delivery

// The maximum of characters that the parts of a contact may have. Those of name and
// phone are WeChat's; for the others it has none.
const (
	maxName    = 256 // and city
	maxPhone   = 64
	maxAddress = 1024 // and address_detail
)

// newContact reads a contact, or tells that it is none. Every part is needed:
// there are no shops on file whose address could stand in for a sender's.
func newContact(f ContactFields) (Contact, bool) {
	var r reader
	c := Contact{
		Name: r.someLine(f.Name, maxName), City: r.someLine(f.City, maxName),
		Address: r.someLine(f.Address, maxAddress), AddressDetail: r.someLine(f.AddressDetail, maxAddress),
		Phone: r.someLine(f.Phone, maxPhone),
	}
	lng, hasLng := coordinate(f.Lng)
	lat, hasLat := coordinate(f.Lat)
	c.At = Point{Lng: lng, Lat: lat}
	r.need(hasLng && hasLat && c.At.plausible())
	if r.flag(f.CoordinateType) {
		c.At = fromBaidu(c.At)
		r.need(c.At.plausible())
	}
	return c, !r.failed
}
