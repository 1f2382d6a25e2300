package waybill

import (
	"slices"
	"strings"
	"testing"
)

func TestLabelText(t *testing.T) {
	for _, tt := range []struct {
		labels []Label
		want   string // "": an error
	}{
		{nil, "##"},
		{[]Label{{"ZTO_bagAddr", "广州"}, {"ZTO_mark", "888-666-666"}}, "##ZTO_bagAddr##广州##ZTO_mark##888-666-666##"},
		{[]Label{{"b", "2"}, {"a", "1"}}, "##b##2##a##1##"},
		{[]Label{{"a#b", "1 # 2"}}, "##a#b##1 # 2##"},
		{[]Label{{"a", " "}}, "##a## ##"},
		{[]Label{{"", "v"}}, ""},
		{[]Label{{"k", ""}}, ""},
		{[]Label{{"k##x", "v"}}, ""},
		{[]Label{{"k", "v##x"}}, ""},
		{[]Label{{"k", "##"}}, ""},
		{[]Label{{"k", "#"}}, ""},
		{[]Label{{"k", "v#"}}, ""},
		{[]Label{{"k", "#v"}}, ""},
		{[]Label{{"k#", "v"}}, ""},
		{[]Label{{"#k", "v"}}, ""},
		{[]Label{{"k", "a\nb"}}, ""},
		{[]Label{{"k\x00", "v"}}, ""},
		{[]Label{{"k", "\u0085"}}, ""},
		{[]Label{{"k", "v"}, {"k", "#"}}, ""},
	} {
		got, err := LabelText(tt.labels)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%q: %q, %v, want %q", tt.labels, got, err, tt.want)
		}
	}
}

// FuzzLabelText: what can be written is read back by cutting at the marks, from
// whichever end.
func FuzzLabelText(f *testing.F) {
	f.Add("ZTO_bagAddr", "广州", "ZTO_mark", "888-666-666")
	f.Add("a#", "b", "c", "d")
	f.Add("a", "#b", "c", "d")
	f.Add("a", "b", "c", "")
	f.Fuzz(func(t *testing.T, k1, v1, k2, v2 string) {
		text, err := LabelText([]Label{{k1, v1}, {k2, v2}})
		if err != nil {
			return
		}
		parts := []string{"", k1, v1, k2, v2, ""}
		if got := strings.Split(text, "##"); !slices.Equal(got, parts) {
			t.Fatalf("%q is read as %q", text, got)
		}
		for rest := text; len(parts) > 1; parts = parts[:len(parts)-1] {
			i := strings.LastIndex(rest, "##")
			if i < 0 || rest[i+2:] != parts[len(parts)-1] {
				t.Fatalf("%q is read from its end as %q, want %q", text, rest[i+2:], parts)
			}
			rest = rest[:i]
		}
	})
}
