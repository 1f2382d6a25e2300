package api

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"carrierhook/internal/input"

	"go.uber.org/zap"
)

// fail notes what is wrong with the path or the query. The first fault counts: what
// is read after it is not used.
func (r *request) fail(err error) {
	if r.invalid == nil {
		r.invalid = err
	}
}

// checkQuery notes a query that cannot be parsed, or has a parameter that is unknown or is
// given twice.
func (r *request) checkQuery(params []string) {
	values, err := url.ParseQuery(r.Request.URL.RawQuery)
	if err != nil {
		r.fail(problemOf(malformed, "the query cannot be parsed"))
		return
	}
	r.query = values
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case !slices.Contains(params, name):
			r.fail(invalidField("query", "has an unknown parameter; "+knownParams(params)))
		case len(values[name]) > 1:
			r.fail(invalidField(name, "is given twice"))
		}
	}
}

// knownParams says which there are: the unknown one is not shown.
func knownParams(params []string) string {
	if len(params) == 0 {
		return "this call has none"
	}
	return "this call knows " + strings.Join(params, ", ")
}

// queryID reads an id from the query, empty if it is not given.
func (r *request) queryID(name string, limit int) string {
	if !r.query.Has(name) {
		return ""
	}
	return r.cleanID(name, r.query.Get(name), limit)
}

// queryTime reads a time from the query, zero if it is not given.
func (r *request) queryTime(name string) time.Time {
	if !r.query.Has(name) {
		return time.Time{}
	}
	t, ok := parseMoment(r.query.Get(name))
	if !ok || t.Unix() <= 0 {
		r.fail(invalidField(name, noMoment+" (a plus sign is written %2B)"))
	}
	return t
}

// queryInt reads a whole number from min to max, fallback if it is not given.
func (r *request) queryInt(name string, min, max, fallback int) int {
	if !r.query.Has(name) {
		return fallback
	}
	s := r.query.Get(name)
	n, err := strconv.Atoi(s)
	if err != nil || s != strconv.Itoa(n) || n < min || n > max {
		r.fail(invalidField(name, "is not a whole number from "+strconv.Itoa(min)+" to "+strconv.Itoa(max)))
	}
	return n
}

// queryBool reads true or false, nil if it is not given.
func (r *request) queryBool(name string) *bool {
	if !r.query.Has(name) {
		return nil
	}
	s := r.query.Get(name)
	if s != "true" && s != "false" {
		r.fail(invalidField(name, "is not true or false"))
	}
	return new(s == "true")
}

// pathID reads an id from the path, of at most limit bytes, and logs it.
func (r *request) pathID(name string, limit int) string {
	id, err := url.PathUnescape(r.Param(name))
	if err != nil {
		r.fail(problemOf(malformed, "the path cannot be parsed"))
		return ""
	}
	if id = r.cleanID(name, id, limit); id != "" {
		r.log(zap.String(name, id))
	}
	return id
}

// cleanID is input.CleanID, and notes what is wrong with the id.
func (r *request) cleanID(name, id string, limit int) string {
	id, err := input.CleanID(id, limit)
	if err != nil {
		r.fail(invalidField(name, err.Error()))
		return ""
	}
	return id
}
