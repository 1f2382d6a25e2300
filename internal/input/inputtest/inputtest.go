// Package inputtest has the edges of ids, texts and times, for tests of functions that read
// them with package input. For tests only.
package inputtest

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/input"
)

// Hidden is in every invalid text: no error may show it.
const Hidden = "zq"

// Long is a text of so many bytes.
func Long(bytes int) string { return Hidden + strings.Repeat("x", bytes-len(Hidden)) }

// Case is a change of a good value. Without Err it is accepted, and becomes Clean.
type Case[T any] struct {
	Name   string
	Change func(*T)
	Clean  func(*T)
	Err    error
}

// Check reads a good value with each change of each field. An error must name the field
// and hide its value, and nothing may come with it. What is accepted must stay the same
// when it is read again.
func Check[T any](t *testing.T, read func(T) (T, error), good func() T, fields map[string][]Case[T]) {
	t.Helper()
	for field, cases := range fields {
		for _, c := range cases {
			v := good()
			c.Change(&v)
			got, err := read(v)
			if c.Err == nil {
				want, _ := read(good())
				c.Clean(&want)
				again, _ := read(got)
				if err != nil || !reflect.DeepEqual(got, want) || !reflect.DeepEqual(again, got) {
					t.Errorf("%s %s: %v, or not as it should be", field, c.Name, err)
				}
				continue
			}
			of, ok := errors.AsType[*input.FieldError](err)
			if !ok || of.Field != field || !errors.Is(err, c.Err) || strings.Contains(err.Error(), Hidden) || !strings.HasPrefix(err.Error(), field+" ") {
				t.Errorf("%s %s: %v, want %v", field, c.Name, err, c.Err)
			}
			if !reflect.ValueOf(got).IsZero() {
				t.Errorf("%s %s: something comes with the error", field, c.Name)
			}
		}
	}
}

func texts[T any](limit int, at func(*T) *string, more ...Case[T]) []Case[T] {
	good := func(name, s, clean string) Case[T] {
		return Case[T]{Name: name, Change: func(v *T) { *at(v) = s }, Clean: func(v *T) { *at(v) = clean }}
	}
	wide := strings.Repeat("单", limit/3)
	return append(more, good("longest", " "+Long(limit)+"\u3000", Long(limit)), good("longest in bytes", "\t"+wide+"\n", wide),
		bad(at, Long(limit+1), input.ErrLong), bad(at, Hidden+wide+"单", input.ErrLong), bad(at, Hidden+"\xff", input.ErrNotUTF8))
}

func bad[T any](at func(*T) *string, s string, err error) Case[T] {
	return Case[T]{Name: err.Error(), Change: func(v *T) { *at(v) = s }, Err: err}
}

// OptionalIDs are the edges of an id of at most limit bytes that may be empty.
func OptionalIDs[T any](limit int, at func(*T) *string) []Case[T] {
	return texts(limit, at, bad(at, Hidden+"\n.", input.ErrControl), bad(at, Hidden+"\x00", input.ErrControl), bad(at, Hidden+"\x7f.", input.ErrControl),
		bad(at, Hidden+"\u0085.", input.ErrControl), bad(at, Hidden+"\ufffd", input.ErrLost), bad(at, Hidden+"\uffff", input.ErrLost))
}

// IDs are the edges of an id of at most limit bytes.
func IDs[T any](limit int, at func(*T) *string) []Case[T] {
	return append(OptionalIDs(limit, at), bad(at, "", input.ErrEmpty), bad(at, " \t\r\n\u3000", input.ErrEmpty))
}

// Display are the edges of a text of at most limit bytes that people read: nothing that
// was pasted into it is refused.
func Display[T any](limit int, at func(*T) *string) []Case[T] {
	set := func(s string) func(*T) { return func(v *T) { *at(v) = s } }
	return texts(limit, at, Case[T]{Name: "lines", Change: set(" a\n二\r\n\tb\v\fc\u0085\u2028d\n"), Clean: set("a 二 b c d")},
		Case[T]{Name: "control characters", Change: set("\x1ba\x00\x7fb"), Clean: set("a b")}, Case[T]{Name: "empty", Change: set(" "), Clean: set("")}, Case[T]{Name: "a delete", Change: set("\x7f"), Clean: set("")})
}

// Times are the edges of a time.
func Times[T any](at func(*T) *time.Time) (cases []Case[T]) {
	beijing := time.FixedZone("Beijing", 8*3600)
	for name, moment := range map[string]time.Time{
		"first second": time.Unix(1, 0), "last second": time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC), "part of a second": time.Unix(1795341600, 999_999_999).In(beijing),
	} {
		cases = append(cases, Case[T]{Name: name, Change: func(v *T) { *at(v) = moment }, Clean: func(v *T) { *at(v) = moment.Truncate(time.Second).UTC() }})
	}
	for name, moment := range map[string]time.Time{
		"1970": time.Unix(0, 0), "part of the first second": time.Unix(0, 999_999_999), "before 1970": time.Unix(-1, 0), "before the year 1": time.Unix(-1<<62, 0),
		"year 10000": time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), "milliseconds": time.Unix(1795341600000, 0), "overflow": time.Unix(1<<63-1, 0),
	} {
		cases = append(cases, Case[T]{Name: name, Change: func(v *T) { *at(v) = moment }, Err: input.ErrTime})
	}
	return cases
}
