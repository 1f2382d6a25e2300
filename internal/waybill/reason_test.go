package waybill

import (
	"slices"
	"testing"
)

// Every reason that is declared is in a list and has words; those of a cancel,
// and no others, have an outcome, and every outcome has a reason.
func TestReasonsHaveMeanings(t *testing.T) {
	if len(Reasons()) != len(meanings) {
		t.Errorf("%d reasons, %d meanings", len(Reasons()), len(meanings))
	}
	outcomes := map[Outcome]bool{}
	words := map[string]Reason{}
	for _, r := range Reasons() {
		if r.Words() == string(r) || r.Words() == "" {
			t.Errorf("%s has no words", r)
		}
		if other, twice := words[r.Words()]; twice {
			t.Errorf("%s and %s say the same", r, other)
		}
		words[r.Words()] = r
		if ofCancel := slices.Contains(CancelReasons(), r); ofCancel != (r.Outcome() != "") {
			t.Errorf("%s: of a cancel: %t, outcome %q", r, ofCancel, r.Outcome())
		}
		outcomes[r.Outcome()] = true
	}
	for _, o := range Outcomes() {
		if !outcomes[o] {
			t.Errorf("no reason leads to %s", o)
		}
	}
	if got := Reason("later").Words(); got != "later" {
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
