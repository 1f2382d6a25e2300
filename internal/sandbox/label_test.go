package sandbox

import (
	"strings"
	"testing"
)

// A label is parsed, and told from what is none.
func TestParseLabel(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{
		"": 0, "##": 0, "##a##b##": 1, "##a##b##c##d##": 2, "##a####": 1,
		"a##b": -1, "##a##": -1, "##a##b": -1, "#": -1, "x": -1, "##a##" + strings.Repeat("b", maxLabel) + "##": -1,
	} {
		got, err := ParseLabel(in)
		if (err != nil) != (want < 0) || err == nil && (got == nil || len(got) != want) {
			t.Errorf("%q: %v, %v", in, got, err)
		}
	}
	if got, _ := ParseLabel("##SF_bagAddr##广州##SF_mark##101- 07-03 509##"); len(got) != 2 || got[1] != (KeyValue{"SF_mark", "101- 07-03 509"}) {
		t.Errorf("%v", got)
	}
}
