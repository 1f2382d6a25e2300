package waybill

import (
	"fmt"
	"slices"
	"strings"
)

// CheckRanges tells whether each range is one, and no number could be in two of
// them, whoever gives it. A check digit counts as any digit there: it is not
// computed whether it would keep two ranges apart whose other digits do not.
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
		// Up to here there was no overlap: the one before ends last of all.
		before, s := spans[i-1], spans[i]
		if before.letters == s.letters && len(before.last) == len(s.last) && s.first <= before.last {
			return fmt.Errorf("ranges %q and %q could have the same number", before.name, s.name)
		}
	}
	return nil
}

// span is a range as whole numbers: the prefix up to its last character that is
// no digit, and the first and last of the equally long digits behind it, where
// any check digit may stand. A prefix that ends in digits is so compared with
// one that does not.
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

// order sorts spans that could overlap next to each other. No prefix has a space.
func (s span) order() string { return fmt.Sprintf("%s %03d %s", s.letters, len(s.first), s.first) }
