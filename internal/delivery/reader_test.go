package delivery

import (
	"strings"
	"testing"

	"carrierhook/internal/input"
)

// How a figure is rounded; TestOrderEdges has the rest.
func TestFigures(t *testing.T) {
	for in, want := range map[string][3]int64{ // in hundredths, as a whole number, in millionths; -9: not one
		"000000000007": {700, 7, 7_000_000}, "1.00000000000000000001": {100, 1, 1_000_000}, "1.5E1": {1500, 15, 15_000_000},
		"0.005": {1, -9, 5000}, "0.00499999999999999999": {0, -9, 5000}, "30.299999999999997": {3030, -9, 30_300_000}, "0.0000005": {0, -9, 1},
		"-0.0000005": {0, -9, -1}, "-0.0000004": {0, 0, 0}, "-0": {0, 0, 0}, "- 1": {-9, -9, -9}, "-": {-9, -9, -9},
	} {
		for i, unit := range []input.Figure{hundredths, integer, degrees} {
			if got, ok := unit.Parse(in); ok != (want[i] != -9) || ok && got != want[i] {
				t.Errorf("%q in unit %d: %d, %t, want %d", in, i, got, ok, want[i])
			}
		}
	}
}

// A text that is empty is 0, or no time; white space around a figure is dropped.
func TestReader(t *testing.T) {
	var r reader
	if r.amount("", " ", 5) != 0 || r.size("", "", 5) != 0 || r.size("", "0", 5) != 0 || !r.moment("", "0").IsZero() || r.flag("", "\n") || r.count("", "\u30005\u3000", 5) != 5 || r.failed() {
		t.Errorf("an optional figure: %v", r.Err)
	}
	for name, read := range map[string]func(*reader){
		"needed line": func(r *reader) { r.neededLine("needed line", " \v", 5) }, "coordinate": func(r *reader) { r.coordinate("coordinate", "", 5) }, "need": func(r *reader) { r.need("need", false) },
		"line": func(r *reader) { r.line("line", strings.Repeat("单", 6), 5) }, "line of no text": func(r *reader) { r.line("line of no text", "\xff", 5) }, "positive": func(r *reader) { r.positive("positive", "0", 5) }, "positive that is not there": func(r *reader) { r.positive("positive that is not there", "", 5) },
	} {
		if read(&r); !r.failed() || r.Field() != name {
			t.Errorf("%s reads what is invalid, and names %q", name, r.Field())
		}
		r = reader{}
	}
}
