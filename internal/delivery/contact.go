package delivery

// How many characters the fields of a contact may have at most. The limits of name and
// phone are WeChat's; it has none for the others.
const (
	maxName    = 256 // and city
	maxPhone   = 64
	maxAddress = 1024 // and address_detail
)

// newContact reads a contact. Every field is needed: no shop has an address on file that
// could stand in for a sender's.
func newContact(f ContactFields) (Contact, bool) {
	var r reader
	c := Contact{
		Name: r.neededLine(f.Name, maxName), City: r.neededLine(f.City, maxName), Phone: r.neededLine(f.Phone, maxPhone),
		Address: r.neededLine(f.Address, maxAddress), AddressDetail: r.neededLine(f.AddressDetail, maxAddress),
		At: Point{Lng: r.coordinate(f.Lng, maxLng), Lat: r.coordinate(f.Lat, maxLat)},
	}
	r.need(c.At.plausible())
	if r.flag(f.CoordinateType) {
		c.At = fromBaidu(c.At)
		r.need(c.At.plausible())
	}
	return c, !r.failed()
}
