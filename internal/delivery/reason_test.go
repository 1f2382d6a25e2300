package delivery

import (
	"slices"
	"testing"
)

// Every reason that is declared is in the list once and has words of its own,
// and every kind has some.
func TestReasons(t *testing.T) {
	if len(Reasons()) != len(meanings) {
		t.Errorf("%d reasons, %d meanings", len(Reasons()), len(meanings))
	}
	texts := map[string]Reason{}
	for i, r := range Reasons() {
		if slices.Index(Reasons(), r) != i {
			t.Errorf("%s is there twice", r)
		}
		if r.Text() == string(r) || r.Text() == "" {
			t.Errorf("%s has no texts", r)
		}
		if other, twice := texts[r.Text()]; twice {
			t.Errorf("%s and %s say the same", r, other)
		}
		texts[r.Text()] = r
		if !slices.ContainsFunc(Kinds(), func(a Kind) bool { return slices.Contains(a.Reasons(), r) }) {
			t.Errorf("no kind is answered with %s", r)
		}
	}
	if got := Reason("later").Text(); got != "later" {
		t.Errorf("an unknown reason says %q", got)
	}
	for kind, list := range own {
		for _, r := range list {
			if !slices.Contains(kind.Reasons(), r) {
				t.Errorf("%s: %s is not among the reasons", kind, r)
			}
		}
	}
	if len(own) != len(Kinds()) {
		t.Errorf("%d asks, %d lists", len(Kinds()), len(own))
	}
}
