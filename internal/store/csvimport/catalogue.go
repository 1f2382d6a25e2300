package csvimport

import (
	"errors"
	"strings"

	"carrierhook/internal/input"
	"carrierhook/internal/waybill"
)

// Services replace the table: WeChat's service_type and service_name, the carrier's own
// code, which waybills keep, and the limits. A max_insured_yuan of 0 means that the
// service cannot be insured. Running servers see it when they next refresh the
// catalogue, and so with areas, routes and ranges.
var Services = Kind{
	table: "service",
	key:   []string{"service_type", "service_name"},
	limit: 1000,
	columns: []column{
		{name: "service_type", read: decimal(0, 0)},
		{name: "service_name", read: id(waybill.MaxID)},
		{name: "code", read: code},
		{name: "max_grams", file: "max_weight_kg", read: decimal(3, 1)},
		{name: "max_side_mm", file: "max_side_cm", read: decimal(1, 1)},
		{name: "max_pieces", read: decimal(0, 1)},
		{name: "max_insured_fen", file: "max_insured_yuan", read: decimal(2, 0)},
	},
	fileChecks: []string{repeated("service_type, service_name", "service_name", "the service")},
}

// Areas replace the table. Empty parts of a place stand for everywhere, and the most
// exact line decides. Two lines for one place are a problem, also when they write it
// differently.
var Areas = Kind{
	table: "area",
	key:   []string{"province", "city", "area"},
	limit: 100_000,
	columns: append(placeColumns(),
		column{name: "collects", read: required(flag)},
		column{name: "delivers", read: required(flag)},
	),
	fileChecks: []string{repeated("place", "", "the same place")},
}

// Routes replace the table. A place has a line for each key and value that labels to
// it show, in the order of the lines, wherever in the file they are. Empty parts of a
// place stand for everywhere, and the most exact place decides alone. The file must
// write a place in the same way each time.
var Routes = Kind{
	table: "route",
	key:   []string{"province", "city", "area", "position"},
	limit: 100_000,
	columns: append(placeColumns(),
		column{name: "position", file: "province", readLine: func(*line) any { return nil }}, // completed below
		column{name: "key", read: label},
		column{name: "value", read: label},
	),
	complete: `UPDATE import_line l SET position = p.position
		FROM (SELECT line, row_number() OVER (PARTITION BY place ORDER BY line) AS position FROM import_line) AS p
		WHERE p.line = l.line`,
	fileChecks: []string{
		repeated("place, key", "key", "the key of this place"),
		`SELECT line, '', 'the same place is written differently on line ' || first
			FROM (SELECT line, spelled, first_value(line) OVER p AS first, first_value(spelled) OVER p AS spelled_first
				FROM (SELECT line, place, ROW(province, city, area) AS spelled FROM import_line) AS l
				WINDOW p AS (PARTITION BY place ORDER BY line)) AS l
			WHERE spelled <> spelled_first`,
	},
}

// placeColumns stage a place as it is written, and as it is compared. A part may be empty
// if all behind it are.
func placeColumns() []column {
	const maxBytes = 64 // a merchant can say as much
	return []column{
		{name: "province", read: text(maxBytes)},
		{name: "city", read: text(maxBytes)},
		{name: "area", read: text(maxBytes)},
		{name: "place", file: "province", typ: `text COLLATE "C"`, readLine: func(l *line) any {
			p := waybill.Location{Province: l.cell("province"), City: l.cell("city"), Area: l.cell("area")}
			if err := p.Validate(); err != nil {
				l.problem("", err.Error())
			}
			p = p.Normal()
			return strings.Join([]string{p.Province, p.City, p.Area}, "\n")
		}},
	}
}

// code reads what waybills and lists of services call a service.
func code(cell string) (any, error) {
	s, err := id(waybill.MaxID)(cell)
	if err == nil {
		_, err = input.CleanCode(s.(string), waybill.MaxID)
	}
	return s, err
}

// label reads one side of a pair as it can be in WaybillData.
func label(cell string) (any, error) {
	s, err := id(waybill.MaxID)(cell)
	if err != nil {
		return nil, err
	}
	// Beside a side that is right, whatever is wrong is wrong with this one.
	if _, err := waybill.LabelText([]waybill.Label{{Key: "x", Value: s.(string)}}); err != nil {
		return nil, errors.New("has ## in it, or begins or ends with #")
	}
	return s, nil
}
