package wechat

import (
	"strconv"

	"carrierhook/internal/input"
)

// transportReader is a strictReader of tables that do not require every member.
type transportReader struct {
	*strictReader
	refused bool // the code is not 0: only the result is required
}

// absent says that a member is not there, which is then no fault. It counts as asked
// for either way.
func (s *transportReader) absent(name string) bool {
	s.names = append(s.names, name)
	return s.doc.member(name) == nil
}

func (s *transportReader) numAny(name string) int64 {
	if s.absent(name) {
		return 0
	}
	return s.num(name)
}

func (s *transportReader) strAny(name string) string {
	if s.absent(name) {
		return ""
	}
	return s.str(name)
}

func (s *transportReader) yuanAny(name string) int64 {
	if s.absent(name) {
		return 0
	}
	m := s.member(name)
	if m == nil {
		return 0
	}
	fen, ok := parseYuan(m.text)
	if !ok || !m.bare {
		s.fail("%s is not a bare amount of at most two decimals", name)
	}
	return fen
}

func (s *transportReader) yuan(name string) int64 {
	s.require(name)
	return s.yuanAny(name)
}

func (s *transportReader) needed(name string) int {
	s.require(name)
	return int(s.numAny(name))
}

func (s *transportReader) neededText(name string) string {
	s.require(name)
	return s.strAny(name)
}

func (s *transportReader) require(name string) {
	if !s.refused && s.absent(name) {
		s.fail("%s is missing", name)
	}
}

// insurance reads the fee that WeChat spells in two ways.
func (s *transportReader) insurance() int64 {
	const table, samples = "insurancefee", "insurancfee"
	switch {
	case s.absent(samples):
		return s.yuan(table)
	case s.absent(table):
		return s.yuan(samples)
	}
	fee, other := s.yuan(table), s.yuan(samples)
	if fee != other {
		s.fail("%s and %s differ", table, samples)
	}
	return fee
}

// degrees looks at a coordinate that nobody asks for.
func (s *transportReader) degrees(name string) {
	if s.absent(name) {
		return
	}
	if m := s.member(name); m != nil && (!m.bare || !isNumber(string(m.text))) {
		s.fail("%s is not a bare number", name)
	}
}

// parseYuan reads an amount in yuan as fen: a JSON number without an exponent and
// with at most two decimals. What is too much for an int64 is none.
func parseYuan(text []byte) (int64, bool) {
	fen, ok := yuan.Parse(string(text)) // it knows no exponent
	return fen, ok && isNumber(string(text))
}

var yuan = input.Decimal{Places: 2, Signed: true}

// appendYuan writes fen as yuan with two decimals. No float is in between: WeChat
// reads what we write as decimal digits, and so do merchants.
func appendYuan(b []byte, fen int64) []byte {
	n := uint64(fen)
	if fen < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendUint(b, n/100, 10)
	return append(b, '.', byte('0'+n/10%10), byte('0'+n%10))
}
