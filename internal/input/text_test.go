package input

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestCleanID(t *testing.T) {
	t.Parallel()
	const limit = 128
	tests := []struct {
		name, in, want string
		err            error
	}{
		{"as is", "123456789", "123456789", nil},
		{"white space around", " \t\n1 2\r\n", "1 2", nil},
		{"empty", "", "", ErrEmpty},
		{"only white space", " \n", "", ErrEmpty},
		{"just fits", strings.Repeat("x", limit), strings.Repeat("x", limit), nil},
		{"just too long", strings.Repeat("x", limit+1), "", ErrLong},
		{"bytes, not characters", strings.Repeat("单", limit/3+1), "", ErrLong},
		{"fits after trimming", " " + strings.Repeat("x", limit), strings.Repeat("x", limit), nil},
		{"NUL", "a\x00b", "", ErrControl},
		{"line feed inside", "a\nb", "", ErrControl},
		{"C1 control", "a\u0085b", "", ErrControl},
		{"delete", "a\x7fb", "", ErrControl},
		{"no UTF-8", "a\xffb", "", ErrNotUTF8},
		{"a character lost", "a\ufffd", "", ErrLost},
		{"no character", "\ufffe\uffff", "", ErrLost},
		{"the characters beside them", "\ufffc\U00010000", "\ufffc\U00010000", nil},
		{"no UTF-8, and too long", "a\xff" + strings.Repeat("x", limit), "", ErrNotUTF8},
	}
	for _, tt := range tests {
		got, err := CleanID(tt.in, limit)
		if !errors.Is(err, tt.err) || err == nil && got != tt.want {
			t.Errorf("%s: %q, %v", tt.name, got, err)
		}
	}
	if _, err := CleanText("", limit); err != nil {
		t.Errorf("an empty text: %v", err)
	}
	if _, err := CleanText("a\tb", limit); err != ErrControl {
		t.Errorf("a text with a tab: %v", err)
	}
}

// A pasted text may have line breaks, tabs and other control characters: they and the spaces
// beside them become one space. Other spaces are left, and what joins characters.
func TestOneLine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"XX路\r\nXX号\tXX栋\n": "XX路 XX号 XX栋", " XX路 \n\n\t XX号": "XX路 XX号", "XX路\u3000\v\u00a0\fXX号": "XX路 XX号", "XX路\u0085XX号": "XX路 XX号",
		"XX路  XX号\u3000XX栋": "XX路  XX号\u3000XX栋", "XX路\x00XX号": "XX路 XX号", "XX路\x1f\nXX号\x1b": "XX路 XX号", "\x00\n": "", "XX路\xff\n\xe5XX号": "XX路\xff \xe5XX号", "": "",
		"XX路\u2028\u2029 XX号\x7f": "XX路 XX号", "XX路\ufffe\uffffXX号": "XX路 XX号", "👩\u200d👧\u00ad": "👩\u200d👧\u00ad", "\x7f": "", "\x7f\x7f": "", "\xff": "\xff",
	} {
		if got := OneLine(in); got != want || OneLine(got) != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// The first field that cannot be one is named, and what it holds is not.
func TestFields(t *testing.T) {
	t.Parallel()
	var f Fields
	id, text, line := f.ID("id", " I ", 9), f.Text("text", "", 9), f.Line("line", "a\nb", 9)
	at := f.Time("at", time.Unix(1, 999_999_999))
	if f.Err != nil || id != "I" || text != "" || line != "a b" || !at.Equal(time.Unix(1, 0)) || !f.OptionalTime("until", time.Time{}).IsZero() {
		t.Errorf("%q %q %q %v: %v", id, text, line, at, f.Err)
	}
	f.Text("text", "zq\x00", 9)
	f.Time("at", time.Unix(0, 0))
	f.ID("id", "", 9)
	field, ok := errors.AsType[*FieldError](f.Err)
	if !ok || field.Field != "text" || !errors.Is(f.Err, ErrControl) || f.Err.Error() != "text has a control character" {
		t.Errorf("%v", f.Err)
	}
	for s, want := range map[string]error{"": nil, " ": nil, " 1.5\n": nil, "0": nil, "2": nil, "2.1": ErrNumber, "-0.1": ErrNumber, "x": ErrNumber} {
		f := Fields{}
		if f.Number("n", s, Figure{Places: 1}, 0, 20); !errors.Is(f.Err, want) {
			t.Errorf("%q: %v", s, f.Err)
		}
		if v, err := Read(f, s); err != f.Err || (v == s) != (err == nil || s == "") {
			t.Errorf("%q: %q, %v", s, v, err)
		}
	}
	if f := (Fields{}); f.Needed("n", " a") != " a" || f.Err != nil || f.Needed("n", "\t") != "\t" || !errors.Is(f.Err, ErrEmpty) {
		t.Errorf("needed: %v", f.Err)
	}
	for _, at := range []time.Time{{}, time.Unix(0, 0), time.Unix(LastSecond+1, 0), time.Unix(1<<63-1, 0)} {
		f := Fields{}
		if f.Time("at", at); !errors.Is(f.Err, ErrTime) {
			t.Errorf("%v: %v", at, f.Err)
		}
	}
}
