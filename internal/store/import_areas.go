package store

import (
	"context"
	"io"

	"carrierhook/internal/waybill"
)

// ImportAreas makes the areas what a CSV file says. Its header names all of
// province, city, area, collects and delivers. Empty parts of a place stand for
// everywhere, and the most exact line decides.
//
// The file is the whole truth, and it is checked and loaded as that of
// ImportServices. Two lines for one place are a fault, also when they write it
// differently.
func (s *Store) ImportAreas(ctx context.Context, r io.Reader) (ImportReport, error) {
	return importTable(ctx, s, r, areaTable)
}

var areaTable = smallTable[waybill.Area]{
	name:    "area",
	columns: []string{"province", "city", "area", "collects", "delivers"},
	keys:    3,
	key:     func(a waybill.Area) any { return a.Place },
	where: func(a *waybill.Area) []any {
		return []any{&a.Province, &a.City, &a.Area, &a.Collects, &a.Delivers}
	},
	header: []string{"province", "city", "area", "collects", "delivers"},
	most:   100_000,
	parse: func(l *importLine) waybill.Area {
		return waybill.Area{Place: l.place(), Collects: l.yes("collects"), Delivers: l.yes("delivers")}
	},
	together: func(lines []tableLine[waybill.Area], faults *importFaults) {
		repeated(lines, "", "the same place", func(a waybill.Area) waybill.Place { return a.Normal() }, faults)
	},
}
