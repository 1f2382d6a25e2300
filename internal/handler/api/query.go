package api

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"carrierhook/internal/input"
)

// query holds the parameters of a request, and the first thing that is wrong with
// them.
type query struct {
	values url.Values
	err    error
}

// query reads the parameters behind the path, of which there may be only the known
// ones, each once.
func (r *request) query(known ...string) *query {
	values, err := url.ParseQuery(r.Request.URL.RawQuery)
	if err != nil {
		return &query{err: problemOf(malformed, "what is behind the path's question mark cannot be read")}
	}
	q := &query{values: values}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		switch {
		case !slices.Contains(known, name):
			q.wrong("query", "has a parameter that is not known here")
		case len(values[name]) > 1:
			q.wrong(name, "is given twice")
		}
	}
	return q
}

func (q *query) has(name string) bool { return q.values.Has(name) }

func (q *query) wrong(name, detail string) {
	if q.err == nil {
		q.err = wrong(name, detail)
	}
}

// id reads an id, empty if it is not given.
func (q *query) id(name string, most int) string {
	if !q.has(name) {
		return ""
	}
	id, err := cleanID(name, q.values.Get(name), most)
	if err != nil && q.err == nil {
		q.err = err
	}
	return id
}

// moment reads a time, zero if it is not given.
func (q *query) moment(name string) time.Time {
	if !q.has(name) {
		return time.Time{}
	}
	t, ok := parseMoment(q.values.Get(name))
	if !ok || t.Unix() <= 0 {
		q.wrong(name, noMoment+" (a plus sign is written %2B)")
	}
	return t
}

// whole reads a number from least to most, otherwise if it is not given.
func (q *query) whole(name string, least, most, otherwise int) int {
	if !q.has(name) {
		return otherwise
	}
	s := q.values.Get(name)
	n, err := strconv.Atoi(s)
	if err != nil || s != strconv.Itoa(n) || n < least || n > most {
		q.wrong(name, "is not a whole number from "+strconv.Itoa(least)+" to "+strconv.Itoa(most))
	}
	return n
}

// truth reads true or false, nil if it is not given.
func (q *query) truth(name string) *bool {
	if !q.has(name) {
		return nil
	}
	s := q.values.Get(name)
	if s != "true" && s != "false" {
		q.wrong(name, "is not true or false")
	}
	return new(s == "true")
}

// pathID is the id that the path has under a name, of at most most bytes.
func (r *request) pathID(name string, most int) (string, error) {
	id, err := url.PathUnescape(r.Param(name))
	if err != nil {
		return "", problemOf(malformed, "the path cannot be read")
	}
	return cleanID(name, id, most)
}

func cleanID(name, id string, most int) (string, error) {
	id, err := input.CleanID(id, most)
	if err != nil {
		return "", wrong(name, err.Error())
	}
	return id, nil
}
