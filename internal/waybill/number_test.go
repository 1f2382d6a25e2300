package waybill

import (
	"math/rand/v2"
	"strings"
	"testing"

	"carrierhook/internal/input"
)

func TestNumber(t *testing.T) {
	for _, tt := range []struct {
		r      NumberRange
		serial int64
		want   string
	}{
		{NumberRange{Prefix: "YT", Width: 10, Check: Mod10, Last: 9_999_999_999}, 7992739871, "YT79927398713"},
		{NumberRange{Prefix: "RR", Width: 8, Check: Mod11, Last: 99_999_999}, 47312482, "RR473124829"},
		{NumberRange{Width: 4, Check: NoCheckDigit, Last: 9999}, 7, "0007"},
		{NumberRange{Width: 18, Check: NoCheckDigit, First: 1, Last: 999_999_999_999_999_999}, 999_999_999_999_999_999, "999999999999999999"},
	} {
		got, err := tt.r.Number(tt.serial)
		if err != nil || got != tt.want {
			t.Errorf("got %q, %v, want %s", got, err, tt.want)
		}
	}
	if got, err := (NumberRange{Width: 4}).Number(0); got != "" || err == nil {
		t.Errorf("a range that is none has the number %q", got)
	}
}

// Both ends of a range are in it, their neighbours are not.
func TestNumberEdges(t *testing.T) {
	for _, check := range CheckDigits() {
		r := NumberRange{Prefix: "A", Width: 8, Check: check, First: 100, Last: 200}
		wide := r
		wide.First, wide.Last = 0, 99_999_999
		for serial, in := range map[int64]bool{99: false, 100: true, 200: true, 201: false} {
			number, err := r.Number(serial)
			if (err == nil) != in || (number != "") != in {
				t.Errorf("%s: Number(%d) = %q, %v", check, serial, number, err)
			}
			number, _ = wide.Number(serial)
			if got, ok := r.Serial(number); ok != in || ok && got != serial || !ok && got != 0 {
				t.Errorf("%s: Serial(%s) = %d, %t", check, number, got, ok)
			}
		}
		if _, err := r.Number(-1); err == nil {
			t.Errorf("%s: a negative serial number has a number", check)
		}
	}
}

func TestSerialRefuses(t *testing.T) {
	r := NumberRange{Prefix: "YT", Width: 8, Check: Mod10, Last: 99_999_999}
	good, err := r.Number(47312482)
	if err != nil {
		t.Fatal(err)
	}
	if serial, ok := r.Serial(good); !ok || serial != 47312482 {
		t.Fatalf("%s: %d, %t", good, serial, ok)
	}
	digits := good[len("YT"):]
	for _, number := range []string{
		"", "Y", "YT", digits, "yt" + digits, "ZT" + digits, " " + good, good + " ", good + "0", good[:len(good)-1],
		"YT" + "+" + digits[1:], "YT" + "-" + digits[1:], "YT" + "_" + digits[1:], "YT4731248\x00" + digits[8:],
		"YT" + strings.Repeat("４", 3), "YT0" + digits, good + "\n",
	} {
		if serial, ok := r.Serial(number); ok {
			t.Errorf("%q is number %d", number, serial)
		}
	}
	negative := NumberRange{Width: 2, Check: NoCheckDigit, Last: 99}
	for _, number := range []string{"-0", "+1", "-1", "1", "001"} {
		if serial, ok := negative.Serial(number); ok {
			t.Errorf("%q is number %d", number, serial)
		}
	}
}

func TestValidate(t *testing.T) {
	good := func() NumberRange {
		return NumberRange{Name: "r", Prefix: "A-1", Width: 8, Check: Mod10, First: 1, Last: 99_999_999}
	}
	for name, tt := range map[string]struct {
		change func(*NumberRange)
		ok     bool
	}{
		"nothing":                     {func(*NumberRange) {}, true},
		"one number":                  {func(r *NumberRange) { r.First = r.Last }, true},
		"none":                        {func(r *NumberRange) { r.First = r.Last + 1 }, false},
		"from 0":                      {func(r *NumberRange) { r.First = 0 }, true},
		"negative":                    {func(r *NumberRange) { r.First = -1 }, false},
		"wider than the width":        {func(r *NumberRange) { r.Last++ }, false},
		"no prefix":                   {func(r *NumberRange) { r.Prefix = "" }, true},
		"space":                       {func(r *NumberRange) { r.Prefix = "A B" }, false},
		"control character":           {func(r *NumberRange) { r.Prefix = "A\x00" }, false},
		"delete":                      {func(r *NumberRange) { r.Prefix = "A\x7f" }, false},
		"no ASCII":                    {func(r *NumberRange) { r.Prefix = "单" }, false},
		"no UTF-8":                    {func(r *NumberRange) { r.Prefix = "\xff" }, false},
		"longest":                     {func(r *NumberRange) { r.Prefix = strings.Repeat("A", MaxID-9) }, true},
		"too long":                    {func(r *NumberRange) { r.Prefix = strings.Repeat("A", MaxID-8) }, false},
		"longest without check digit": {func(r *NumberRange) { r.Prefix, r.Check = strings.Repeat("A", MaxID-8), NoCheckDigit }, true},
		"no check digit named":        {func(r *NumberRange) { r.Check = "" }, false},
		"another check digit":         {func(r *NumberRange) { r.Check = "mod97" }, false},
		"mod11":                       {func(r *NumberRange) { r.Check = Mod11 }, true},
		"mod11 of nine":               {func(r *NumberRange) { r.Check, r.Width = Mod11, 9 }, false},
		"mod11 of seven":              {func(r *NumberRange) { r.Check, r.Width, r.Last = Mod11, 7, 9 }, false},
		"width 0":                     {func(r *NumberRange) { r.Width, r.First, r.Last = 0, 0, 0 }, false},
		"width 1":                     {func(r *NumberRange) { r.Width, r.Last = 1, 9 }, true},
		"width 18":                    {func(r *NumberRange) { r.Width = 18 }, true},
		"width 19":                    {func(r *NumberRange) { r.Width = 19 }, false},
		"negative width":              {func(r *NumberRange) { r.Width = -8 }, false},
		"the number 0":                {func(r *NumberRange) { *r = NumberRange{Width: 1, Check: NoCheckDigit, Last: 9} }, false},
		"1 to 9":                      {func(r *NumberRange) { *r = NumberRange{Width: 1, Check: NoCheckDigit, First: 1, Last: 9} }, true},
		"00":                          {func(r *NumberRange) { *r = NumberRange{Width: 2, Check: NoCheckDigit, Last: 9} }, true},
	} {
		r := good()
		tt.change(&r)
		if err := r.Validate(); (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
		number, err := r.Number(r.First)
		if (err == nil) != tt.ok {
			t.Errorf("%s: Number: %v", name, err)
		}
		if _, ok := r.Serial(number); ok != tt.ok {
			t.Errorf("%s: Serial(%q) is %t", name, number, ok)
		}
	}
}

// FuzzNumber: a serial number comes back from its number; the number with any
// other check digit, and those before First and after Last, are in no range;
// and a number can be the id of a waybill.
func FuzzNumber(f *testing.F) {
	f.Add("RR", 8, uint8(2), int64(0), int64(99_999_999), int64(47312482))
	f.Add("", 11, uint8(1), int64(10), int64(99_999_999_999), int64(7992739871))
	f.Add("A1-", 3, uint8(0), int64(7), int64(7), int64(7))
	f.Fuzz(func(t *testing.T, prefix string, width int, kind uint8, first, last, serial int64) {
		r := NumberRange{Prefix: prefix, Width: width, Check: CheckDigits()[kind%3], First: first, Last: last}
		number, err := r.Number(serial)
		if in := r.Validate() == nil && first <= serial && serial <= last; in != (err == nil) {
			t.Fatalf("%+v has no number %d: %v", r, serial, err)
		}
		if err != nil {
			return
		}
		if got, ok := r.Serial(number); !ok || got != serial {
			t.Fatalf("%+v: %s is %d, %t", r, number, got, ok)
		}
		if id, err := input.CleanID(number, MaxID); err != nil || id != number || id == CarrierGives {
			t.Fatalf("%q is no id: %v", number, err)
		}
		for c := '0'; c <= '9' && r.Check != NoCheckDigit; c++ {
			forged := number[:len(number)-1] + string(c)
			if _, ok := r.Serial(forged); ok != (forged == number) {
				t.Fatalf("%+v: %s passes: %t", r, forged, ok)
			}
		}
		below, above := r, r
		below.First, below.Last = serial+1, max(last, serial+1)
		above.First, above.Last = min(first, serial-1), serial-1
		for _, other := range []NumberRange{below, above} {
			if _, ok := other.Serial(number); ok {
				t.Fatalf("%+v has %s", other, number)
			}
		}
	})
}

// FuzzSerial: whatever passes as a number is one that the range gives.
func FuzzSerial(f *testing.F) {
	f.Add("A473124829", uint8(2))
	f.Add("A00000018", uint8(1))
	f.Add("A00000100", uint8(0))
	f.Add("A+0000100", uint8(0))
	f.Fuzz(func(t *testing.T, number string, kind uint8) {
		r := NumberRange{Prefix: "A", Width: 8, Check: CheckDigits()[kind%3], First: 100, Last: 90_000_000}
		serial, ok := r.Serial(number)
		if !ok {
			return
		}
		if again, err := r.Number(serial); err != nil || again != number {
			t.Fatalf("%q passes as %d, which is %q, %v", number, serial, again, err)
		}
	})
}

// Luhn's digit finds every single wrong digit.
func TestMod10FindsWrongDigits(t *testing.T) {
	r := NumberRange{Prefix: "1", Width: 12, Check: Mod10, Last: 999_999_999_999}
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		number, err := r.Number(random.Int64N(r.Last + 1))
		if err != nil {
			t.Fatal(err)
		}
		for i := range number {
			for c := '0'; c <= '9'; c++ {
				forged := number[:i] + string(c) + number[i+1:]
				if _, ok := r.Serial(forged); ok != (forged == number) {
					t.Fatalf("%s for %s passes: %t", forged, number, ok)
				}
			}
		}
	}
}
