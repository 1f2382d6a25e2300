package store

import (
	"context"
	"fmt"
	"io"
	"strings"

	"carrierhook/internal/waybill"
)

// ImportRanges makes the ranges of waybill numbers what a CSV file says. Its
// header names all of name, prefix, width, check_digit (none, mod10, mod11), first,
// last and owner: wechat for a range whose numbers WeChat gives, carrier for one
// whose numbers the carrier gives. A prefix may be empty.
//
// The file is the whole truth, and it is checked and loaded as that of
// ImportServices. Two ranges that could have the same number are a fault. How far
// a range of the carrier's own has been used up is kept, and of one that has been
// used, even a little, only last may change, and not below that: else a number
// could be given out twice.
func (s *Store) ImportRanges(ctx context.Context, r io.Reader) (ImportReport, error) {
	return importTable(ctx, s, r, rangeTable)
}

// numberRow is a range and the first serial number in it that nobody has leased.
type numberRow struct {
	waybill.NumberRange
	Next int64
}

// used tells whether numbers of a range of the carrier's own may be in use.
func (r numberRow) used() bool { return !r.WeChats && r.Next != r.First }

var rangeTable = smallTable[numberRow]{
	name:    "number_range",
	columns: []string{"name", "prefix", "width", "check_digit", "first", "last", "wechats", "next"},
	keys:    1,
	key:     func(r numberRow) any { return r.Name },
	where: func(r *numberRow) []any {
		return []any{&r.Name, &r.Prefix, &r.Width, &r.Check, &r.First, &r.Last, &r.WeChats, &r.Next}
	},
	locked: true,

	header:   []string{"name", "prefix", "width", "check_digit", "first", "last", "owner"},
	most:     1000,
	parse:    parseRange,
	together: checkRanges,
	against:  keepUsed,
}

func parseRange(l *importLine) numberRow {
	before := l.file.faults.count
	r := numberRow{NumberRange: waybill.NumberRange{
		Name:   l.id("name", waybill.MaxID),
		Prefix: l.text("prefix"),
		Width:  int(min(l.positive("width", 0), 1_000_000)),
		First:  l.decimal("first", 0),
		Last:   l.decimal("last", 0),
	}}
	var err error
	if r.Check, err = waybill.ParseCheckDigit(strings.ToLower(strings.TrimSpace(l.cell("check_digit")))); err != nil {
		l.fault("check_digit", fmt.Sprintf("%q is none of %v", shortened(l.cell("check_digit")), waybill.CheckDigits()))
	}
	switch owner := strings.ToLower(strings.TrimSpace(l.cell("owner"))); owner {
	case "wechat":
		r.WeChats = true
	case "carrier":
	default:
		l.fault("owner", fmt.Sprintf("%q is neither wechat nor carrier", shortened(owner)))
	}
	if l.file.faults.count == before {
		if err := r.Validate(); err != nil {
			l.fault("", err.Error())
		}
	}
	r.Next = r.First
	return r
}

// checkRanges names the lines of ranges that overlap, which waybill.CheckRanges
// does not know.
func checkRanges(lines []tableLine[numberRow], faults *importFaults) {
	repeated(lines, "name", "the range", func(r numberRow) string { return r.Name }, faults)
	ranges := make([]waybill.NumberRange, len(lines))
	for i, l := range lines {
		ranges[i] = l.row.NumberRange
	}
	if waybill.CheckRanges(ranges) == nil {
		return
	}
	for i, r := range ranges {
		for j, before := range ranges[:i] {
			if waybill.CheckRanges([]waybill.NumberRange{before, r}) != nil {
				faults.add(ImportFault{lines[i].number, "", fmt.Sprintf(
					"could have the same number as the range %s on line %d", before.Name, lines[j].number)})
				break
			}
		}
	}
}

// keepUsed keeps how far the ranges have been used up, and finds the lines that
// would let a number be given out twice.
func keepUsed(lines []tableLine[numberRow], old []numberRow, faults *importFaults) {
	known := make(map[string]*tableLine[numberRow], len(lines))
	for i := range lines {
		known[lines[i].row.Name] = &lines[i]
	}
	for _, was := range old {
		l := known[was.Name]
		switch {
		case !was.used():
			if l != nil && was.WeChats && !l.row.WeChats {
				faults.add(ImportFault{l.number, "owner", "the range is WeChat's, and which of its numbers are in use is not known; " +
					"give the carrier a range of another name and other numbers"})
			}
		case l == nil:
			faults.add(ImportFault{lines[len(lines)-1].number, "", fmt.Sprintf(
				"after this line the range %s is missing: it has been used and cannot be removed", was.Name)})
		default:
			keepRange(l, was, faults)
		}
	}
}

func keepRange(l *tableLine[numberRow], was numberRow, faults *importFaults) {
	is := l.row
	is.Last, is.Next = was.Last, was.Next
	if is != was {
		faults.add(ImportFault{l.number, "", "the range has been used: only last can change"})
	} else if l.row.Last < was.Next-1 {
		faults.add(ImportFault{l.number, "last", fmt.Sprintf("the range has been used up to %d", was.Next-1)})
	}
	l.row.Next = was.Next
}
