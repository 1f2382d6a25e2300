package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// set puts raw, a value as YAML or the environment gave it, into the field
// that p points to. The decoder is our own because the usual one quotes the
// value in its errors (a secret, perhaps), takes 10 for ten nanoseconds and
// turns 0123 into a token of 83. The error goes on after the key's name.
func set(p any, raw any) (err error) {
	switch p := p.(type) {
	case *string:
		*p, err = parseString(raw)
	case *Secret:
		var s string
		s, err = parseString(raw)
		*p = Secret(s)
	case *int:
		*p, err = parse(raw, strconv.Atoi, "not a whole number; write it in digits, such as 16")
	case *bool:
		*p, err = parse(raw, strconv.ParseBool, "neither true nor false; use one of them")
	case *time.Duration:
		*p, err = parseDuration(raw)
	case *Bytes:
		*p, err = parseBytes(raw)
	case *Money:
		*p, err = parseMoney(raw)
	case *[]string:
		*p, err = parseList(raw)
	case *[]Token:
		*p, err = parseTokens(raw)
	case *[]Endpoint:
		*p, err = parseEndpoints(raw)
	case *[]Account:
		*p, err = parseAccounts(raw)
	default:
		err = fmt.Errorf("has the type %T, which cannot be read", p)
	}
	return err
}

// parseString takes text only. The value is not shown: it may be a secret.
func parseString(raw any) (string, error) {
	s, ok := raw.(string)
	if !ok {
		return "", errors.New("is not text to YAML; put it in quotes")
	}
	return s, nil
}

// parse takes a value that YAML has typed, or the text of one.
func parse[T any](raw any, read func(string) (T, error), wrong string) (T, error) {
	switch v := raw.(type) {
	case T:
		return v, nil
	case string:
		if value, err := read(v); err == nil {
			return value, nil
		}
	}
	var none T
	return none, fmt.Errorf("is %s: %s", show(raw), wrong)
}

func parseDuration(raw any) (time.Duration, error) {
	const units = "write it with a unit, such as 500ms, 10s, 5m or 72h (there is no unit for days)"
	switch v := raw.(type) {
	case int:
		if v == 0 {
			return 0, nil
		}
		return 0, fmt.Errorf("is %d: a duration without a unit; %s", v, units)
	case string:
		d, err := time.ParseDuration(v)
		if err != nil {
			return 0, fmt.Errorf("is %q: not a duration; %s", v, units)
		}
		if d < 0 {
			return 0, fmt.Errorf("is %s: a duration cannot be negative; use 0 or more", v)
		}
		return d, nil
	}
	return 0, fmt.Errorf("is %s: not a duration; %s", show(raw), units)
}

func parseList(raw any) ([]string, error) {
	list := []string{}
	switch v := raw.(type) {
	case string: // a variable: one, or several with commas
		for item := range strings.SplitSeq(v, ",") {
			if item = strings.TrimSpace(item); item != "" {
				list = append(list, item)
			}
		}
		return list, nil
	case []any:
		for i, item := range v {
			s, ok := item.(string)
			if !ok || strings.TrimSpace(s) == "" {
				return nil, fmt.Errorf("has %s as entry %d: not text; put it in quotes", show(item), i+1)
			}
			list = append(list, strings.TrimSpace(s))
		}
		return list, nil
	}
	return nil, fmt.Errorf("is %s: not a list; write [a, b]", show(raw))
}

// Bytes is a size. In words it is a number of bytes, or of KiB or MiB.
type Bytes int64

// String writes the size in the largest unit that needs no fraction.
func (b Bytes) String() string {
	switch {
	case b != 0 && b%(1<<20) == 0:
		return fmt.Sprintf("%dMiB", int64(b>>20))
	case b != 0 && b%(1<<10) == 0:
		return fmt.Sprintf("%dKiB", int64(b>>10))
	}
	return strconv.FormatInt(int64(b), 10)
}

func parseBytes(raw any) (Bytes, error) {
	wrong := fmt.Errorf("is %s: not a size; write bytes, or KiB or MiB, such as 262144 or 256KiB", show(raw))
	switch v := raw.(type) {
	case int:
		return Bytes(v), nil
	case string:
		digits, unit := v, int64(1)
		if d, ok := strings.CutSuffix(v, "KiB"); ok {
			digits, unit = d, 1<<10
		} else if d, ok := strings.CutSuffix(v, "MiB"); ok {
			digits, unit = d, 1<<20
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n > math.MaxInt64/unit || n < math.MinInt64/unit {
			return 0, wrong
		}
		return Bytes(n * unit), nil
	}
	return 0, wrong
}

// show writes a value on one line. Only the parsers of types that are never
// secret use it.
func show(raw any) string {
	switch v := raw.(type) {
	case string:
		return strconv.Quote(v)
	case map[string]any:
		return "a section"
	case []any:
		return "a list"
	}
	return fmt.Sprint(raw)
}
