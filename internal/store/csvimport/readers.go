package csvimport

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"carrierhook/internal/input"
)

// reader reads a cell into the value of a staged column, or says what is wrong with it.
type reader func(cell string) (any, error)

// required is a reader for a trimmed cell that must not be empty.
func required(read reader) reader { return unlessEmpty(read, input.ErrEmpty) }

// optional is a reader for a trimmed cell; an empty one is NULL.
func optional(read reader) reader { return unlessEmpty(read, nil) }

func unlessEmpty(read reader, empty error) reader {
	return func(cell string) (any, error) {
		if cell = strings.TrimSpace(cell); cell == "" {
			return nil, empty
		}
		return read(cell)
	}
}

func id(maxBytes int) reader { return required(text(maxBytes)) }

// text is id for a cell that may be empty. It refuses what a spreadsheet has made of one.
func text(maxBytes int) reader {
	return func(cell string) (any, error) {
		s, err := input.CleanOptionalID(cell, maxBytes)
		switch {
		case errors.Is(err, input.ErrLong):
			err = fmt.Errorf("%w: at most %d bytes", err, maxBytes)
		case err == nil:
			err = checkText(s)
		}
		return s, err
	}
}

// decimal reads a number that is not below minimum, 0 or 1, with so many decimals or
// fewer, and gives it in units of the last one: 1.5 with three decimals is 1500.
func decimal(decimals int, minimum int64) reader {
	return required(func(text string) (any, error) {
		n, ok := input.Decimal{Places: decimals}.Parse(text)
		switch {
		case !ok && decimals == 0:
			return nil, fmt.Errorf("%q is not a whole number like 15, or is too large", shortened(text))
		case !ok:
			return nil, fmt.Errorf("%q is not a number like 15 or 1.5 with at most %d decimals, or is too large", shortened(text), decimals)
		case n < minimum:
			return nil, errors.New("is 0")
		}
		return n, nil
	})
}

// flag does not show a cell that is neither yes nor no.
func flag(text string) (any, error) {
	switch strings.ToLower(text) {
	case "true", "t", "yes", "y", "on", "1":
		return true, nil
	case "false", "f", "no", "n", "off", "0":
		return false, nil
	}
	return nil, errors.New("is neither true nor false")
}

// timeLayouts are RFC 3339 and how Postgres shows a time. Each also takes a
// fraction of a second. What has no zone is UTC.
var timeLayouts = []string{
	time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05-07", "2006-01-02 15:04:05",
}

// timestamp reads a time. Whether it has come is checked by line.values, which has the clock.
func timestamp(text string) (any, error) {
	for _, layout := range timeLayouts {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		if t = t.UTC(); t.Year() < 1970 {
			return nil, fmt.Errorf("%q is before 1970", shortened(text))
		}
		return t, nil
	}
	return nil, fmt.Errorf("%q is not a time like 2026-11-21T08:00:00+08:00 or 2026-11-21 00:00:00", shortened(text))
}

// shortened keeps a cell that is shown from filling the screen.
func shortened(text string) string {
	const limit = 40
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return text
}
