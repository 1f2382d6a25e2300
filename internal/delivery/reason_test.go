package delivery

import (
	"slices"
	"testing"
)

// Every reason that is declared is in the list once and has words of its own,
// and every ask has some.
func TestReasons(t *testing.T) {
	if len(Reasons()) != len(meanings) {
		t.Errorf("%d reasons, %d meanings", len(Reasons()), len(meanings))
	}
	words := map[string]Reason{}
	for i, r := range Reasons() {
		if slices.Index(Reasons(), r) != i {
			t.Errorf("%s is there twice", r)
		}
		if r.Words() == string(r) || r.Words() == "" {
			t.Errorf("%s has no words", r)
		}
		if other, twice := words[r.Words()]; twice {
			t.Errorf("%s and %s say the same", r, other)
		}
		words[r.Words()] = r
		if !slices.ContainsFunc(Asks(), func(a Ask) bool { return slices.Contains(a.Reasons(), r) }) {
			t.Errorf("no ask is answered with %s", r)
		}
	}
	if got := Reason("later").Words(); got != "later" {
		t.Errorf("an unknown reason says %q", got)
	}
	for ask, list := range own {
		for _, r := range list {
			if !slices.Contains(ask.Reasons(), r) {
				t.Errorf("%s: %s is not among the reasons", ask, r)
			}
		}
	}
	if len(own) != len(Asks()) {
		t.Errorf("%d asks, %d lists", len(Asks()), len(own))
	}
}
