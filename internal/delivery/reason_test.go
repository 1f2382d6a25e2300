package delivery

import (
	"slices"
	"testing"
)

// Every reason is listed once, has a text of its own, and answers some kind of request.
func TestReasons(t *testing.T) {
	texts := map[string]Reason{}
	for i, r := range Reasons() {
		if slices.Index(Reasons(), r) != i {
			t.Errorf("%s is listed twice", r)
		}
		if other, twice := texts[r.Text()]; twice || r.Text() == "" || r.Text() == string(r) {
			t.Errorf("%s and %s say %q", r, other, r.Text())
		}
		texts[r.Text()] = r
		if !slices.ContainsFunc(Kinds(), func(k Kind) bool { return slices.Contains(k.Reasons(), r) }) {
			t.Errorf("%s answers no kind of request", r)
		}
	}
	if got := Reason("later").Text(); got != "later" {
		t.Errorf("an unknown reason says %q", got)
	}
}
