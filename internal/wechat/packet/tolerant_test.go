package packet

import (
	"fmt"
	"strings"
	"testing"
)

// tolerantExample is what a reader finds of text t, part p with text t, and list l of
// items with text t; items are in brackets.
func tolerantExample(r Tolerant) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s ", r.Text("t"), r.Part("p").Text("t"))
	items := r.Items("l")
	for i := range items {
		fmt.Fprintf(&b, "[%s]", r.Of(&items[i]).Text("t"))
	}
	return strings.ReplaceAll(b.String(), unreadable, "?")
}

// TestTolerant: what has the wrong shape is as if it were not there, or unreadable
// where that is marked.
func TestTolerant(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]struct{ plain, marked string }{
		`{"t":" x ","p":{"t":1.50},"l":[{"t":true},{"t":"b"}]}`: {" x  1.50 [true][b]", " x  1.50 [true][b]"},
		`{}`:                                  {"  ", "  "},
		`{"x":1}`:                             {"  ", "  [?]"},
		`{"t":null,"p":null,"l":null}`:        {"  ", "  "},
		`{"t":"","p":{},"l":{}}`:              {"  ", "  "},
		`{"t":"x","p":[[]],"l":" "}`:          {"x  ", "x  "},
		`{"t":{},"p":"","l":"x"}`:             {"  ", "  [?]"},
		`{"t":{"t":""},"p":""}`:               {"  ", "?  [?]"},
		`{"t":["x"],"p":"x","l":{"t":"a"}}`:   {"  [a]", "? ? [a]"},
		`{"t":[],"p":[],"l":[]}`:              {"  ", "  "},
		`{"t":[[]],"l":[]}`:                   {"  ", "?  "},
		`{"t":"\u007f","l":[{"t":"\u007f"}]}`: {"\x7f  [\x7f]", "\x7f  [\x7f]"},
		`{"t":"x","p":[{"t":"y"}],"l":["a",null,"",{},[{"t":"b"}]]}`: {"x y [][][][][]", "x y [?][][][][?]"},
		`{"t":"x","p":[{"t":"y"},{"t":"y"}],"l":[{"t":[0]}]}`:        {"x  []", "x ? [?]"},
		`{"t":"x","p":[[{"t":"y"}]],"l":[{"T":"a"}]}`:                {"x  []", "x ? []"},
		"<xml><t>x</t><p><t>y</t></p><l><t>a</t></l><l/></xml>":      {"x y [a][]", "x y [a][]"},
		"<xml><t/><p> </p><l>\n</l></xml>":                           {"  ", "  "},
		"<xml><t><t>x</t></t><p>y</p><l><![CDATA[a]]></l></xml>":     {"  ", "? ? [?]"},
		"<xml><t/><t/><p><t>y</t></p><p/><l><t><a/></t></l></xml>":   {"  []", "? ? [?]"},
	} {
		root, _, err := Parse([]byte(doc))
		must(t, err)
		if got := tolerantExample(Tolerant{Node: &root}); got != want.plain {
			t.Errorf("%s: %q, want %q", doc, got, want.plain)
		}
		if got := tolerantExample(Tolerant{Node: &root, Mark: true}); got != want.marked {
			t.Errorf("%s marked: %q, want %q", doc, got, want.marked)
		}
	}
}

// TestTolerantBelow: what is below the wrong shape has the wrong shape, and below
// nothing is nothing.
func TestTolerantBelow(t *testing.T) {
	t.Parallel()
	root, _, err := Parse([]byte(`{"wrong":"x"}`))
	must(t, err)
	for mark, want := range map[bool]string{false: "  ", true: "? ? [?]"} {
		r := Tolerant{Node: &root, Mark: mark}
		if got := tolerantExample(r.Part("wrong")); got != want {
			t.Errorf("below the wrong shape: %q, want %q", got, want)
		}
		if got := tolerantExample(r.Part("absent")); got != "  " {
			t.Errorf("below nothing: %q", got)
		}
	}
}
