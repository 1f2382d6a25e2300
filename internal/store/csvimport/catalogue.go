package csvimport

import (
	"context"
	"strings"

	"carrierhook/internal/waybill"
)

// Services replace the table: WeChat's service_type and service_name, the carrier's own
// code, which waybills keep, and the limits. A max_insured_yuan of 0 means that the
// service cannot be insured. Running servers see it when they next refresh the
// catalogue, and so with areas, routes and ranges.
var Services = Kind{
	table:    "service",
	required: []string{"service_type", "service_name", "code", "max_weight_kg", "max_side_cm", "max_pieces", "max_insured_yuan"},
	columns: []column{
		{name: "service_type", read: decimal(0, 0)},
		{name: "service_name", read: id(waybill.MaxID)},
		{name: "code", read: id(waybill.MaxID)},
		{name: "max_grams", read: decimal(3, 1), from: []string{"max_weight_kg"}},
		{name: "max_side_mm", read: decimal(1, 1), from: []string{"max_side_cm"}},
		{name: "max_pieces", read: decimal(0, 1)},
		{name: "max_insured_fen", read: decimal(2, 0), from: []string{"max_insured_yuan"}},
	},
	unique: []unique{{"service_type, service_name", "service_name", "the service"}},
	key:    []string{"service_type", "service_name"},
	limit:  1000,
}

// Areas replace the table. Empty parts of a place stand for everywhere, and the most
// exact line decides. Two lines for one place are a problem, also when they write it
// differently.
var Areas = Kind{
	table:    "area",
	required: []string{"province", "city", "area", "collects", "delivers"},
	columns: append(placeColumns(),
		column{name: "collects", read: requiredFlag},
		column{name: "delivers", read: requiredFlag},
	),
	check:  checkPlace,
	unique: []unique{{"place", "", "the same place"}},
	key:    []string{"province", "city", "area"},
	limit:  100_000,
}

// Routes replace the table. A place has a line for each key and value that labels to
// it show, in the order of the lines, wherever in the file they are. Empty parts of a
// place stand for everywhere, and the most exact place decides alone. The file must
// write a place in the same way each time.
var Routes = Kind{
	table:    "route",
	required: []string{"province", "city", "area", "key", "value"},
	columns: append(placeColumns(),
		column{name: "position"},
		column{name: "key", read: label},
		column{name: "value", read: label},
	),
	check: checkPlace,
	complete: `UPDATE import_line l SET position = p.position
		FROM (SELECT line, row_number() OVER (PARTITION BY place ORDER BY line) AS position FROM import_line) AS p
		WHERE p.line = l.line`,
	unique: []unique{{"place, key", "key", "the key of this place"}},
	checkAll: func(ctx context.Context, im *importer) error {
		return im.find(ctx, &im.problems, `SELECT line, '', 'the same place is written differently on line ' || first
			FROM (SELECT line, spelled, first_value(line) OVER p AS first, first_value(spelled) OVER p AS spelled_first
				FROM (SELECT line, place, province || E'\n' || city || E'\n' || area AS spelled FROM import_line) AS l
				WINDOW p AS (PARTITION BY place ORDER BY line)) AS l
			WHERE spelled <> spelled_first`)
	},
	key:   []string{"province", "city", "area", "position"},
	limit: 100_000,
}

// placeColumns stage a place as it is written, and as it is compared.
func placeColumns() []column {
	const maxBytes = 64 // a merchant can say as much
	return []column{
		{name: "province", read: text(maxBytes)},
		{name: "city", read: text(maxBytes)},
		{name: "area", read: text(maxBytes)},
		{name: "place", typ: `text COLLATE "C"`, read: func(l *line, _ string) any {
			p := placeOf(l).Normal()
			return strings.Join([]string{p.Province, p.City, p.Area}, "\n")
		}},
	}
}

func placeOf(l *line) waybill.Location {
	return waybill.Location{Province: l.cell("province"), City: l.cell("city"), Area: l.cell("area")}
}

// checkPlace lets a part be empty if all behind it are.
func checkPlace(l *line) {
	if err := placeOf(l).Validate(); err != nil {
		l.problem("", err.Error())
	}
}

// label reads one side of a pair as it can be in WaybillData.
func label(l *line, column string) any {
	s := id(waybill.MaxID)(l, column).(string)
	// Beside a side that is right, whatever is wrong is wrong with this one.
	if _, err := waybill.LabelText([]waybill.Label{{Key: "x", Value: s}}); err != nil && s != "" {
		l.problem(column, "has ## in it, or begins or ends with #")
	}
	return s
}
