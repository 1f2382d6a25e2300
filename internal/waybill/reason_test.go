package waybill

import (
	"slices"
	"testing"
)

// Every reason that is declared is in a list and has words of its own.
func TestReasonsHaveMeanings(t *testing.T) {
	if len(Reasons()) != len(meanings) {
		t.Errorf("%d reasons, %d meanings", len(Reasons()), len(meanings))
	}
	texts := map[string]Reason{}
	for _, r := range Reasons() {
		if r.Text() == string(r) || r.Text() == "" {
			t.Errorf("%s has no texts", r)
		}
		if other, twice := texts[r.Text()]; twice {
			t.Errorf("%s and %s say the same", r, other)
		}
		texts[r.Text()] = r
	}
	if got := Reason("later").Text(); got != "later" {
		t.Errorf("an unknown reason says %q", got)
	}
}

func TestReasonsOnce(t *testing.T) {
	for name, list := range map[string][]Reason{
		"cancel": CancelReasons(), "book": BookReasons(), "account": AccountReasons(), "all": Reasons(),
	} {
		for i, r := range list {
			if slices.Index(list, r) != i {
				t.Errorf("%s: %s is there twice", name, r)
			}
			if !slices.Contains(Reasons(), r) {
				t.Errorf("%s: %s is not among all", name, r)
			}
		}
	}
}
