package waybill

import (
	"slices"
	"testing"
)

// Every verdict is listed once, has a text of its own, and only what is recorded is good.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	if len(Verdicts()) != len(verdictTexts) {
		t.Errorf("%d verdicts, %d with texts", len(Verdicts()), len(verdictTexts))
	}
	texts := map[string]Verdict{}
	for i, v := range Verdicts() {
		if slices.Index(Verdicts(), v) != i {
			t.Errorf("%s is listed twice", v)
		}
		if other, twice := texts[v.Text()]; twice || v.Text() == "" {
			t.Errorf("%s and %s say %q", v, other, v.Text())
		}
		texts[v.Text()] = v
		if v.Good() != (v == Recorded || v == Repeated) {
			t.Errorf("%s: good is %t", v, v.Good())
		}
	}
	if Verdict("").Good() || Verdict("").Text() != "" {
		t.Error("the empty verdict is good, or has a text")
	}
}
