package waybill

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestCheckRanges(t *testing.T) {
	at := func(prefix string, width int, check CheckDigit, first, last int64) NumberRange {
		return NumberRange{Name: fmt.Sprintf("%s%d-%d", prefix, first, last), Prefix: prefix, Width: width, Check: check, First: first, Last: last}
	}
	for name, tt := range map[string]struct {
		ranges []NumberRange
		ok     bool
	}{
		"none":                        {nil, true},
		"one":                         {[]NumberRange{at("A", 3, NoCheckDigit, 0, 999)}, true},
		"neighbours":                  {[]NumberRange{at("A", 3, NoCheckDigit, 10, 19), at("A", 3, NoCheckDigit, 20, 29), at("A", 3, NoCheckDigit, 0, 9)}, true},
		"one number in two":           {[]NumberRange{at("A", 3, NoCheckDigit, 10, 20), at("A", 3, NoCheckDigit, 20, 29)}, false},
		"twice the same":              {[]NumberRange{at("A", 3, NoCheckDigit, 10, 20), at("A", 3, NoCheckDigit, 10, 20)}, false},
		"one inside another":          {[]NumberRange{at("A", 3, NoCheckDigit, 0, 99), at("A", 3, NoCheckDigit, 200, 300), at("A", 3, NoCheckDigit, 50, 60)}, false},
		"other letters":               {[]NumberRange{at("A", 3, NoCheckDigit, 0, 99), at("B", 3, NoCheckDigit, 0, 99)}, true},
		"other lengths":               {[]NumberRange{at("A", 3, NoCheckDigit, 0, 99), at("A", 4, NoCheckDigit, 0, 99)}, true},
		"digits in the prefix":        {[]NumberRange{at("A1", 2, NoCheckDigit, 0, 99), at("A", 3, NoCheckDigit, 100, 100)}, false},
		"digits beside the prefix":    {[]NumberRange{at("A1", 2, NoCheckDigit, 0, 98), at("A", 3, NoCheckDigit, 199, 200)}, true},
		"letters after digits":        {[]NumberRange{at("A5-", 1, NoCheckDigit, 0, 9), at("A", 3, NoCheckDigit, 0, 999)}, true},
		"a check digit is a digit":    {[]NumberRange{at("A", 3, Mod10, 10, 20), at("A", 4, NoCheckDigit, 205, 205)}, false},
		"beside the check digit":      {[]NumberRange{at("A", 3, Mod10, 10, 20), at("A", 4, NoCheckDigit, 210, 300)}, true},
		"neighbours with check digit": {[]NumberRange{at("A", 8, Mod11, 10, 19), at("A", 8, Mod11, 20, 29)}, true},
		"invalid":                     {[]NumberRange{at("A", 3, "", 10, 19)}, false},
	} {
		for range 2 {
			if err := CheckRanges(tt.ranges); (err == nil) != tt.ok {
				t.Errorf("%s: %v", name, err)
			}
			if len(tt.ranges) > 1 {
				tt.ranges[0], tt.ranges[1] = tt.ranges[1], tt.ranges[0]
			}
		}
	}
	err := CheckRanges([]NumberRange{at("A", 3, NoCheckDigit, 10, 20), at("A", 3, NoCheckDigit, 20, 29)})
	for _, name := range []string{"A10-20", "A20-29"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name %s: %v", name, err)
		}
	}
}

// Small ranges are compared number by number: two that share one are always
// found, and two of one kind without check digits only then.
func TestCheckRangesCountsNumbers(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	prefixes := []string{"", "1", "12", "A", "A1", "A12", "A-", "A1-", "A1-1"}
	draw := func() NumberRange {
		r := NumberRange{Prefix: prefixes[random.IntN(len(prefixes))], Width: 1 + random.IntN(3), Check: CheckDigits()[random.IntN(2)]}
		limit := int64(1)
		for range r.Width {
			limit *= 10
		}
		r.First = random.Int64N(limit)
		r.Last = min(limit-1, r.First+random.Int64N(40))
		return r
	}
	shared, disjoint := 0, 0
	for range 20_000 {
		ranges := []NumberRange{draw(), draw()}
		if ranges[0].Validate() != nil || ranges[1].Validate() != nil {
			continue
		}
		common := ""
		for serial := ranges[0].First; serial <= ranges[0].Last; serial++ {
			number, _ := ranges[0].Number(serial)
			if _, ok := ranges[1].Serial(number); ok {
				common = number
			}
		}
		err := CheckRanges(ranges)
		if common != "" {
			shared++
			if err == nil {
				t.Fatalf("%+v share %s", ranges, common)
			}
		} else if ranges[0].Check == NoCheckDigit && ranges[1].Check == NoCheckDigit {
			disjoint++
			if err != nil {
				t.Fatalf("%+v share nothing: %v", ranges, err)
			}
		}
	}
	if shared < 100 || disjoint < 100 {
		t.Errorf("%d with a common number, %d without: too few to tell", shared, disjoint)
	}
}
