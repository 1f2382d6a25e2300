package config

import (
	"fmt"
	"maps"
	"slices"
)

// parseEntries reads a list of entries, each with settings of its own. What is wrong in one is
// said without its value, which may have been meant for a file. needs are the settings that
// an entry has to have, and of is what there is one for.
func parseEntries[T any](raw any, needs, of string, parse func(given map[string]any) (T, error)) ([]T, error) {
	list, ok := raw.([]any)
	if !ok {
		return nil, fmt.Errorf("is not a list; write an entry with %s for each %s", needs, of)
	}
	entries := make([]T, 0, len(list))
	for i, item := range list {
		given, ok := item.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("has an entry %d without settings; write its %s", i+1, needs)
		}
		e, err := parse(given)
		if err != nil {
			return nil, fmt.Errorf("entry %d %w", i+1, err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// parseEntry reads the settings of an entry into the fields of their names.
func parseEntry(given, into map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		switch field, ok := into[name]; {
		case !ok:
			return fmt.Errorf("has %q, which nothing reads; %s", name, advice(name, slices.Sorted(maps.Keys(into))))
		case given[name] == nil:
		default:
			if err := set(field, given[name]); err != nil {
				return fmt.Errorf("has a %s that %w", name, err)
			}
		}
	}
	return nil
}
