package config

import (
	"fmt"
	"strconv"

	"carrierhook/internal/input"
)

// Money is an amount in fen. In words it is yuan, with at most two decimals.
type Money int64

// String writes yuan with two decimals.
func (m Money) String() string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	return fmt.Sprintf("%s%d.%02d", sign, int64(m/100), int64(m%100))
}

var yuan = input.Decimal{Whole: 15, Places: 2, Signed: true}

// parseMoney never calculates with fractions. YAML takes 5.5 for a floating point
// number: its shortest text is what was written, as long as that has no more
// digits than an amount that anybody pays.
func parseMoney(raw any) (Money, error) {
	text := ""
	switch v := raw.(type) {
	case int:
		text = strconv.Itoa(v)
	case float64:
		text = strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		text = v
	}
	n, ok := yuan.Parse(text)
	if !ok {
		return 0, fmt.Errorf("is %s: not an amount; write yuan with at most two decimals, such as 5.50", show(raw))
	}
	return Money(n), nil
}
