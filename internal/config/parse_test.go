package config

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// A value is read as its type's words have it, from the file and from a
// variable alike where both can say it, or refused with a hint.
func TestParse(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		raw  any
		want any    // of the field's type
		says string // if it is refused
	}{
		"text":                {"x", "x", ""},
		"text from a number":  {8080, "", "quotes"},
		"text from a bool":    {true, "", "quotes"},
		"secret":              {"0123", Secret("0123"), ""},
		"secret of digits":    {83, Secret(""), "quotes"},
		"number":              {7, 7, ""},
		"number in a var":     {"7", 7, ""},
		"number, negative":    {"-7", -7, ""},
		"number, fraction":    {1.5, 0, "digits"},
		"number, word":        {"7 apples", 0, "digits"},
		"number, too large":   {"99999999999999999999", 0, "digits"},
		"bool":                {true, true, ""},
		"bool in a var":       {"1", true, ""},
		"bool, word":          {"yes", false, "true nor false"},
		"bool, number":        {1, false, "true nor false"},
		"duration":            {"1h30m", 90 * time.Minute, ""},
		"duration, zero":      {"0", time.Duration(0), ""},
		"duration, zero int":  {0, time.Duration(0), ""},
		"duration, no unit":   {"10", time.Duration(0), "unit"},
		"duration, int":       {10, time.Duration(0), "unit"},
		"duration, days":      {"30d", time.Duration(0), "no unit for days"},
		"duration, negative":  {"-1s", time.Duration(0), "negative"},
		"duration, list":      {[]any{"1s"}, time.Duration(0), "a list"},
		"size":                {262144, Bytes(262144), ""},
		"size in a var":       {"262144", Bytes(262144), ""},
		"size in KiB":         {"256KiB", Bytes(262144), ""},
		"size in MiB, spaced": {"2 MiB", Bytes(2 << 20), ""},
		"size in KB":          {"256KB", Bytes(0), "KiB"},
		"size, no digits":     {"KiB", Bytes(0), "KiB"},
		"size, overflow":      {"9007199254740992KiB", Bytes(0), "not a size"},
		"size, underflow":     {"-9223372036854775807MiB", Bytes(0), "not a size"},
		"list":                {[]any{"a", " b "}, []string{"a", "b"}, ""},
		"list, empty":         {[]any{}, []string{}, ""},
		"list in a var":       {" a, b,,", []string{"a", "b"}, ""},
		"list of a comma":     {",", []string{}, ""},
		"list with a number":  {[]any{"a", 7}, []string(nil), "entry 2"},
		"list with a blank":   {[]any{" "}, []string(nil), "entry 1"},
		"list, section":       {map[string]any{"a": 1}, []string(nil), "a section"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := reflect.New(reflect.TypeOf(tc.want))
			err := set(p.Interface(), tc.raw)
			if tc.says != "" {
				if err == nil || !strings.Contains(err.Error(), tc.says) {
					t.Fatalf("got %v, %v; want an error that says %q", p.Elem(), err, tc.says)
				}
				return
			}
			if got := p.Elem().Interface(); err != nil || !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %v, %v; want %v", got, err, tc.want)
			}
		})
	}
}

// A field of a type that nobody can read is an error, not a silent default.
func TestParseUnknownType(t *testing.T) {
	t.Parallel()
	if err := set(new(float32), "1"); err == nil {
		t.Error("a float32 was read")
	}
}

// What a size is written as, it is read from.
func TestBytesString(t *testing.T) {
	t.Parallel()
	for b, want := range map[Bytes]string{0: "0", 1: "1", 1023: "1023", 1024: "1KiB", 262144: "256KiB", 1 << 20: "1MiB", 3 << 30: "3072MiB"} {
		if got := b.String(); got != want {
			t.Errorf("%d: got %s, want %s", int64(b), got, want)
		}
		if back, err := parseBytes(b.String()); err != nil || back != b {
			t.Errorf("%d: read back as %d, %v", int64(b), int64(back), err)
		}
	}
}
