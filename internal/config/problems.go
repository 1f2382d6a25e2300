package config

import (
	"errors"
	"fmt"
)

// problems gathers what is wrong, one line each, at most one for a key: a value
// that could not be read is not also reported as missing.
type problems struct {
	errs []error
	keys map[string]bool
}

// addf adds a problem that belongs to no key.
func (f *problems) addf(format string, args ...any) {
	f.errs = append(f.errs, fmt.Errorf(format, args...))
}

// keyf adds a problem of the named key, unless it has one already. The text
// goes on after the key's names: "is 9s: ...; use ...". It never holds a
// value of a Secret key.
func (f *problems) keyf(name, format string, args ...any) {
	if f.has(name) {
		return
	}
	if f.keys == nil {
		f.keys = map[string]bool{}
	}
	f.keys[name] = true
	f.addf("%s %w", named(name), fmt.Errorf(format, args...))
}

// entryf adds a problem of an entry of the named key, which may have others.
func (f *problems) entryf(name, format string, args ...any) {
	delete(f.keys, name)
	f.keyf(name, format, args...)
}

// named is a key with the variable that sets it, if one does.
func named(name string) string {
	if fileOnly(name) {
		return name
	}
	return name + " (" + envName(name) + ")"
}

// has tells whether one of the keys is known to be wrong, so that a rule
// about several keys is not tried on values that were never read.
func (f *problems) has(names ...string) bool {
	for _, n := range names {
		if f.keys[n] {
			return true
		}
	}
	return false
}

func (f *problems) err() error { return errors.Join(f.errs...) }
