package store

import (
	"fmt"
	"strings"

	"carrierhook/internal/input"
	"carrierhook/internal/waybill"
)

// These read the cells of the small tables, where every column must be filled
// but the parts of a place.

// decimal reads a number that is not negative, with at most so many decimals, and
// gives it in units of the last one: 1.5 with three decimals is 1500.
func (l *importLine) decimal(column string, decimals int) int64 {
	text := strings.TrimSpace(l.cell(column))
	n, ok := input.Decimal{Places: decimals}.Parse(text)
	switch {
	case text == "":
		l.fault(column, input.ErrEmpty.Error())
	case !ok && decimals == 0:
		l.fault(column, fmt.Sprintf("%q is not a whole number like 15, or is too large", shortened(text)))
	case !ok:
		l.fault(column, fmt.Sprintf("%q is not a number like 15 or 1.5 with at most %d decimals, or is too large", shortened(text), decimals))
	}
	return n
}

// positive is decimal for what cannot be 0.
func (l *importLine) positive(column string, decimals int) int64 {
	before := l.file.faults.count
	n := l.decimal(column, decimals)
	if n == 0 && l.file.faults.count == before {
		l.fault(column, "is 0")
	}
	return n
}

// yes is flag for a cell that must not be empty.
func (l *importLine) yes(column string) bool {
	if !l.set(column) {
		l.fault(column, input.ErrEmpty.Error())
		return false
	}
	flag, _ := l.flag(column).(bool)
	return flag
}

// maxPlace is how much a merchant can say of a province, city or area.
const maxPlace = 64

// place reads province, city and area, any of which may be empty if all behind it
// are.
func (l *importLine) place() waybill.Place {
	var parts [3]string
	for i, column := range []string{"province", "city", "area"} {
		var err error
		parts[i], err = input.CleanText(l.cell(column), maxPlace)
		l.textFault(column, maxPlace, err)
	}
	p := waybill.Place{Province: parts[0], City: parts[1], Area: parts[2]}
	if err := p.Validate(); err != nil {
		l.fault("", err.Error())
	}
	return p
}
