package delivery

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// transitions repeats which status may follow which.
const transitions = `
101: 102 103 501 502
102: 101 102 103 201 202 203 204 205 301 501 502
103:
201: 101 102 202 203 204 205 301 501 502
202: 301 302 303 304 305 501 502
203:
204:
205:
301: 302 303 304 305 501 502
302:
303: 401 501 502
304: 401 501 502
305: 401 501 502
401:
501:
502:
`

// Every pair of statuses, and of some that do not exist.
func TestCanFollow(t *testing.T) {
	follow := map[Status][]Status{}
	var all []Status
	for line := range strings.Lines(strings.TrimSpace(transitions)) {
		from, rest, _ := strings.Cut(line, ":")
		all = append(all, number(t, from))
		for _, to := range strings.Fields(rest) {
			follow[number(t, from)] = append(follow[number(t, from)], number(t, to))
		}
	}
	if !slices.Equal(all, Statuses()) || len(statuses) != len(all) {
		t.Fatalf("statuses are %v", Statuses())
	}
	none := []Status{0, -101, 100, 104, 200, 206, 300, 306, 400, 402, 500, 503, 1010}
	for _, from := range slices.Concat(all, none) {
		for _, to := range slices.Concat(all, none) {
			if got, want := from.CanFollow(to), slices.Contains(follow[from], to); got != want {
				t.Errorf("%d after %d: %t", to, from, got)
			}
		}
		if got, want := from.Valid(), slices.Contains(all, from); got != want || got != (from.Text() != "") {
			t.Errorf("%d is valid: %t, %q", from, got, from.Text())
		}
	}
}

func number(t *testing.T, s string) Status {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		t.Fatal(err)
	}
	return Status(n)
}

// The final statuses are WeChat's, and one of them is a delivery.
func TestFinal(t *testing.T) {
	failed := []Status{103, 203, 204, 205, 401, 501, 502}
	texts := map[string]Status{}
	for _, s := range append(Statuses(), 0, 100, 999) {
		if got, want := s.Failed(), slices.Contains(failed, s); got != want {
			t.Errorf("%d has failed: %t", s, got)
		}
		if got, want := s.Final(), slices.Contains(failed, s) || s == 302; got != want {
			t.Errorf("%d is final: %t", s, got)
		}
		if got, want := s.returning(), s >= 303 && s <= 305; got != want {
			t.Errorf("%d is returning: %t", s, got)
		}
		if other, twice := texts[s.Text()]; twice && s.Valid() {
			t.Errorf("%d and %d say the same", s, other)
		}
		texts[s.Text()] = s
	}
}

// The status after a push is one that could have been reported too.
func TestPushesFollowTransitions(t *testing.T) {
	for from, to := range cancelled {
		if !from.CanFollow(to) {
			t.Errorf("cancelling takes %d to %d", from, to)
		}
	}
	for _, s := range Statuses() {
		if s.returning() && !s.CanFollow(Returned) {
			t.Errorf("%d cannot be confirmed", s)
		}
	}
}
