package store

import (
	"context"
	"fmt"
	"io"

	"carrierhook/internal/waybill"
)

// ImportRoutes makes the routes what a CSV file says. Its header names all of
// province, city, area, key and value. A place has a line for each key and value
// that labels to it show, in the order of the lines, wherever in the file they
// stand. Empty parts of a place stand for everywhere, and the most exact place
// decides alone.
//
// The file is the whole truth, and it is checked and loaded as that of
// ImportServices. It must write a place in the same way each time.
func (s *Store) ImportRoutes(ctx context.Context, r io.Reader) (ImportReport, error) {
	return importTable(ctx, s, r, routeTable)
}

// routeLine is one pair of a place's label, the Position-th from 1.
type routeLine struct {
	waybill.Place
	Position int64
	waybill.Label
}

type routeKey struct {
	place    waybill.Place
	position int64
}

var routeTable = smallTable[routeLine]{
	name:    "route",
	columns: []string{"province", "city", "area", "position", "key", "value"},
	keys:    4,
	key:     func(r routeLine) any { return routeKey{r.Place, r.Position} },
	where: func(r *routeLine) []any {
		return []any{&r.Province, &r.City, &r.Area, &r.Position, &r.Key, &r.Value}
	},
	header: []string{"province", "city", "area", "key", "value"},
	most:   100_000,
	parse: func(l *importLine) routeLine {
		return routeLine{Place: l.place(), Label: waybill.Label{Key: l.label("key"), Value: l.label("value")}}
	},
	together: checkRoutes,
}

// label reads one side of a pair as it can stand in WaybillData.
func (l *importLine) label(column string) string {
	s := l.id(column, waybill.MaxID)
	// Beside a side that is fine, whatever is wrong is wrong with this one.
	if _, err := waybill.LabelText([]waybill.Label{{Key: "x", Value: s}}); err != nil && s != "" {
		l.fault(column, "has ## in it, or begins or ends with #")
	}
	return s
}

// checkRoutes numbers the lines of each place.
func checkRoutes(lines []tableLine[routeLine], faults *importFaults) {
	type place struct {
		spelled waybill.Place
		line    int64
		labels  int64
	}
	places := map[waybill.Place]*place{}
	for i := range lines {
		l := &lines[i]
		p := places[l.row.Normal()]
		if p == nil {
			p = &place{spelled: l.row.Place, line: l.number}
			places[l.row.Normal()] = p
		}
		if p.spelled != l.row.Place {
			faults.add(ImportFault{l.number, "", fmt.Sprintf("the same place is written differently on line %d", p.line)})
		}
		p.labels++
		l.row.Position = p.labels
	}
	type key struct {
		place waybill.Place
		key   string
	}
	repeated(lines, "key", "the key of this place", func(r routeLine) key { return key{r.Normal(), r.Key} }, faults)
}
