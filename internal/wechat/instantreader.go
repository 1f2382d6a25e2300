package wechat

import (
	"strconv"

	"carrierhook/internal/input"
	"carrierhook/internal/wechat/packet"
)

// instantReader is a reader of tables that do not require every member.
type instantReader struct {
	*replyReader
	refused bool // the code is not 0: only the result is required
}

func (s *instantReader) optionalYuan(name string) int64 {
	if s.Absent(name) {
		return 0
	}
	m := s.Member(name)
	if m == nil {
		return 0
	}
	fen, ok := parseYuan(m.Text)
	if !ok || !m.Bare {
		s.Fail("%s is not a bare amount of at most two decimals", name)
	}
	return fen
}

func (s *instantReader) yuan(name string) int64 {
	s.require(name)
	return s.optionalYuan(name)
}

func (s *instantReader) requiredNum(name string) int {
	s.require(name)
	return int(s.OptionalNum(name))
}

func (s *instantReader) requiredStr(name string) string {
	s.require(name)
	return s.OptionalStr(name)
}

func (s *instantReader) require(name string) {
	if !s.refused && s.Absent(name) {
		s.Fail("%s is missing", name)
	}
}

// insurance reads the fee that WeChat spells in two ways.
func (s *instantReader) insurance() int64 {
	const table, samples = "insurancefee", "insurancfee"
	switch {
	case s.Absent(samples):
		return s.yuan(table)
	case s.Absent(table):
		return s.yuan(samples)
	}
	fee, other := s.yuan(table), s.yuan(samples)
	if fee != other {
		s.Fail("%s and %s differ", table, samples)
	}
	return fee
}

// degrees checks a coordinate and drops it.
func (s *instantReader) degrees(name string) {
	if s.Absent(name) {
		return
	}
	if m := s.Member(name); m != nil && (!m.Bare || !packet.IsNumber(string(m.Text))) {
		s.Fail("%s is not a bare number", name)
	}
}

// parseYuan reads an amount in yuan as fen: a JSON number without an exponent and
// with at most two decimals. What overflows an int64 is none.
func parseYuan(text []byte) (int64, bool) {
	fen, ok := yuan.Parse(string(text)) // it knows no exponent
	return fen, ok && packet.IsNumber(string(text))
}

var yuan = input.Decimal{Places: 2, Signed: true}

// yuan writes an amount of fen, bare in both formats.
func (w *writer) yuan(name string, fen int64) {
	var digits [24]byte
	w.Bare(name, appendYuan(digits[:0], fen))
}

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
