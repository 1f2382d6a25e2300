package waybill

import (
	"slices"
	"strings"
)

// Service is a product that merchants can book, by WeChat's type and name. A
// limit is the most that is taken; no number stands for no limit.
type Service struct {
	Type       int64
	Name       string
	Code       string // the carrier's own name of it; what cancelling goes by
	MaxGrams   int64
	MaxSide    int64 // millimetres
	MaxCount   int64 // pieces
	MaxInsured int64 // fen; 0: cannot be insured
}

// Area is where the carrier collects and delivers. Empty parts stand for
// everywhere: no Area, a whole city; no City, a whole province; no Province, the
// whole country. The most exact one decides.
type Area struct {
	Location
	Collects, Delivers bool
}

// Route is what a label must show for parcels to a location, in this order. The
// most exact one decides, as with areas.
type Route struct {
	Location
	Labels []Label
}

// Catalogue is what a carrier offers and where. It is read only; a nil one
// offers nothing.
type Catalogue struct {
	services map[serviceKey]Service
	areas    map[Location]Area
	routes   map[Location]string // the label's text
	ranges   []NumberRange       // WeChat's
}

type serviceKey struct {
	typ  int64
	name string
}

// NewCatalogue makes a catalogue of a carrier's tables. Of rows for the same
// service or location the last one counts. Ranges of the carrier's own are left
// out: no push brings their numbers. What LabelText or NumberRange.Validate
// refuses is no reason to offer nothing: such a route's label is the empty one,
// and no number is in such a range.
func NewCatalogue(services []Service, areas []Area, routes []Route, ranges []NumberRange) *Catalogue {
	c := &Catalogue{
		services: make(map[serviceKey]Service, len(services)),
		areas:    make(map[Location]Area, len(areas)),
		routes:   make(map[Location]string, len(routes)),
	}
	for _, s := range services {
		c.services[serviceKey{s.Type, strings.TrimSpace(s.Name)}] = s
	}
	for _, a := range areas {
		c.areas[a.Normal()] = a
	}
	for _, r := range routes {
		text, err := LabelText(r.Labels)
		if err != nil {
			text = emptyLabel // rather than that of a location around it
		}
		c.routes[r.Normal()] = text
	}
	for _, r := range ranges {
		if r.WeChats {
			c.ranges = append(c.ranges, r)
		}
	}
	return c
}

// Service finds a service by WeChat's type and name, both of which must be right.
func (c *Catalogue) Service(typ int64, name string) (Service, bool) {
	if c == nil {
		return Service{}, false
	}
	s, ok := c.services[serviceKey{typ, strings.TrimSpace(name)}]
	return s, ok
}

// Collects tells whether parcels are collected at a location.
func (c *Catalogue) Collects(p Location) bool {
	if c == nil {
		return false
	}
	a, _ := mostExact(c.areas, p)
	return a.Collects
}

// Delivers tells whether parcels are delivered to a location.
func (c *Catalogue) Delivers(p Location) bool {
	if c == nil {
		return false
	}
	a, _ := mostExact(c.areas, p)
	return a.Delivers
}

// Label is the WaybillData of a parcel to a location; ## when no route says
// anything about it.
func (c *Catalogue) Label(p Location) string {
	if c == nil {
		return emptyLabel
	}
	if text, ok := mostExact(c.routes, p); ok {
		return text
	}
	return emptyLabel
}

// WeChatNumber tells whether a waybill number is in one of WeChat's ranges.
func (c *Catalogue) WeChatNumber(number string) bool {
	return c != nil && slices.ContainsFunc(c.ranges, func(r NumberRange) bool {
		_, ok := r.Serial(number)
		return ok
	})
}

// mostExact finds the row for a location: its own, else its city's, else its
// province's, else the country's.
func mostExact[T any](table map[Location]T, p Location) (row T, ok bool) {
	p = p.Normal()
	for _, at := range [...]Location{p, {Province: p.Province, City: p.City}, {Province: p.Province}, {}} {
		if row, ok = table[at]; ok {
			break
		}
	}
	return row, ok
}
