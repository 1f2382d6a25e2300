package waybill

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/input"
)

// bad stands for what is wrong in a report: no error may show it.
const bad = "zq"

func long(bytes int) string { return bad + strings.Repeat("x", bytes-len(bad)) }

// beyond are times that cannot be, with the edges of those that can.
var beyond = map[string]time.Time{
	"1970":                        time.Unix(0, 0),
	"1970, part of a second":      time.Unix(0, 999_999_999),
	"before 1970":                 time.Unix(-1, 0),
	"before the year 1":           time.Unix(-1<<62, 0),
	"the year 10000":              time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
	"milliseconds":                time.Unix(now.UnixMilli(), 0),
	"so late that it comes early": time.Unix(1<<63-1, 0),
}

// within are times that can be, on the edges.
var within = map[string]time.Time{
	"the first second": time.Unix(1, 0),
	"the last second":  time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
}

// fault is a change that a report cannot have, and what is said of it.
type fault[T any] struct {
	name   string
	change func(*T)
	field  string
	err    error
}

// refuses checks that clean names what is wrong, does not show it, and gives
// nothing.
func refuses[T any](t *testing.T, clean func(T) (T, error), good func() T, faults []fault[T]) {
	t.Helper()
	if _, err := clean(good()); err != nil {
		t.Fatalf("nothing is wrong, and yet: %v", err)
	}
	for _, tt := range faults {
		r := good()
		tt.change(&r)
		got, err := clean(r)
		var field *input.FieldError
		if !errors.As(err, &field) || field.Field != tt.field || !errors.Is(err, tt.err) {
			t.Errorf("%s: %v, want %s: %v", tt.name, err, tt.field, tt.err)
			continue
		}
		if !strings.HasPrefix(err.Error(), tt.field+" ") || strings.Contains(err.Error(), bad) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if !reflect.ValueOf(got).IsZero() {
			t.Errorf("%s: gives something: %v", tt.name, got)
		}
	}
}

// texts are the faults of a text of at most max bytes.
func texts[T any](field string, limit int, needed bool, at func(*T) *string) []fault[T] {
	set := func(s string) func(*T) { return func(r *T) { *at(r) = s } }
	list := []fault[T]{
		{field + " too long", set(long(limit + 1)), field, input.ErrLong},
		{field + " too long in bytes", set(bad + strings.Repeat("单", limit/3+1)), field, input.ErrLong},
		{field + " that is no UTF-8", set(bad + "\xff"), field, input.ErrNotUTF8},
		{field + " with NUL", set(bad + "\x00"), field, input.ErrControl},
		{field + " with delete", set(bad + "\x7f."), field, input.ErrControl},
		{field + " with a C1 control", set(bad + "\u0085."), field, input.ErrControl},
	}
	if field != "action_msg" {
		list = append(list, fault[T]{field + " with a line feed inside", set(bad + "\n."), field, input.ErrControl})
	}
	if needed {
		list = append(list,
			fault[T]{"no " + field, set(""), field, input.ErrEmpty},
			fault[T]{"white space for " + field, set(" \t\r\n\u3000"), field, input.ErrEmpty})
	}
	return list
}

// times are the faults of a time.
func times[T any](field string, at func(*T) *time.Time) (list []fault[T]) {
	for name, moment := range beyond {
		list = append(list, fault[T]{field + " " + name, func(r *T) { *at(r) = moment }, field, input.ErrTime})
	}
	return list
}
