package waybill

import (
	"fmt"
	"slices"
	"strings"
)

// CheckRanges refuses invalid ranges, and ranges that could have the same number. A check
// digit counts as any digit: ranges that only check digits keep apart are refused too.
func CheckRanges(ranges []NumberRange) error {
	spans := make([]span, len(ranges))
	for i, r := range ranges {
		if err := r.Validate(); err != nil {
			return fmt.Errorf("range %q: %w", r.Name, err)
		}
		spans[i] = r.span()
	}
	slices.SortStableFunc(spans, func(a, b span) int { return strings.Compare(a.order(), b.order()) })
	for i := 1; i < len(spans); i++ {
		// There was no overlap so far, so the one before ends last.
		before, s := spans[i-1], spans[i]
		if before.letters == s.letters && len(before.last) == len(s.last) && s.first <= before.last {
			return fmt.Errorf("ranges %q and %q could have the same number", before.name, s.name)
		}
	}
	return nil
}

// span is a range as letters, up to the last character of the prefix that is not a digit,
// and the first and last digits after them, with any check digit. So a prefix that ends in
// digits is compared with one that does not.
type span struct{ name, letters, first, last string }

func (r NumberRange) span() span {
	letters := strings.TrimRight(r.Prefix, "0123456789")
	digits := r.Prefix[len(letters):]
	check := r.Check.width()
	return span{
		name: r.Name, letters: letters,
		first: fmt.Sprintf("%s%0*d%s", digits, r.Width, r.First, strings.Repeat("0", check)),
		last:  fmt.Sprintf("%s%0*d%s", digits, r.Width, r.Last, strings.Repeat("9", check)),
	}
}

// order sorts spans that could overlap side by side. No prefix has a space.
func (s span) order() string { return fmt.Sprintf("%s %03d %s", s.letters, len(s.first), s.first) }
