package waybill

import (
	"slices"
	"testing"
)

// Every reason is listed once, has a text of its own, and answers some push.
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
	}
	if len(Reasons()) != len(reasons) {
		t.Errorf("%d of %d reasons answer a push", len(Reasons()), len(reasons))
	}
	if got := Reason("later").Text(); got != "later" {
		t.Errorf("an unknown reason says %q", got)
	}
}
