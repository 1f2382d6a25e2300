package waybill

import (
	"cmp"
	"slices"
	"strings"
)

// Service is a product that merchants can book, by WeChat's type and name. No value of a
// limit stands for no limit.
type Service struct {
	Type       int64
	Name       string
	Code       string // the carrier's own name of it; what cancelling goes by
	MaxGrams   int64
	MaxSide    int64 // millimetres
	MaxCount   int64 // pieces
	MaxInsured int64 // fen; 0: cannot be insured
}

// Area is where the carrier collects and delivers. Without Area it is a whole city, without
// City a whole province, without Province the whole country. The most exact one decides.
type Area struct {
	Location
	Collects, Delivers bool
}

// Route is what the label of parcels to a location shows, in this order. The most exact
// one decides, as with areas.
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

// NewCatalogue makes a catalogue of a carrier's tables. Of rows for the same service or
// location the last one counts. The carrier's own ranges are left out: no push brings their
// numbers. An invalid row does not stop the rest: an invalid route has the empty label, and
// an invalid range has no numbers.
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

// orEmpty is the catalogue, or an empty one for nil.
func (c *Catalogue) orEmpty() *Catalogue { return cmp.Or(c, &Catalogue{}) }

// Service finds a service by WeChat's type and name, both of which must be right.
func (c *Catalogue) Service(typ int64, name string) (Service, bool) {
	s, ok := c.orEmpty().services[serviceKey{typ, strings.TrimSpace(name)}]
	return s, ok
}

// HasCode reports whether a service has a code, as Policy.NoCancel compares them.
func (c *Catalogue) HasCode(code string) bool {
	for _, s := range c.orEmpty().services {
		if strings.EqualFold(s.Code, code) {
			return true
		}
	}
	return false
}

// Collects reports whether parcels are collected at a location.
func (c *Catalogue) Collects(p Location) bool {
	a, _ := closest(c.orEmpty().areas, p)
	return a.Collects
}

// Delivers reports whether parcels are delivered to a location.
func (c *Catalogue) Delivers(p Location) bool {
	a, _ := closest(c.orEmpty().areas, p)
	return a.Delivers
}

// Label is the WaybillData of a parcel to a location; ## if there is no route.
func (c *Catalogue) Label(p Location) string {
	text, _ := closest(c.orEmpty().routes, p)
	return cmp.Or(text, emptyLabel)
}

// WeChatNumber reports whether a waybill number is in one of WeChat's ranges.
func (c *Catalogue) WeChatNumber(number string) bool {
	return slices.ContainsFunc(c.orEmpty().ranges, func(r NumberRange) bool {
		_, ok := r.Serial(number)
		return ok
	})
}

// closest finds the row for a location, the most exact one that there is.
func closest[T any](table map[Location]T, p Location) (row T, ok bool) {
	for _, at := range p.around() {
		if row, ok = table[at]; ok {
			break
		}
	}
	return row, ok
}
