package main

import (
	"bytes"
	"os"
	"path"
	"strings"
	"testing"
)

// What the growth is measured on does not clear a bar for another, nor does a
// figure that is missing.
func TestBars(t *testing.T) {
	t.Parallel()
	good := func() []*result {
		rss := func(v float64) map[string]spread { return map[string]spread{"peak_rss_mib": {v, v, v}} }
		return []*result{
			{Case: "secure xml", Ratios: map[string]float64{toPgbench: 3}, Figures: rss(64)},
			{Case: "secure xml beside", Ratios: map[string]float64{toPgbench: 1}, Figures: rss(900)},
			{Case: "growth 10", Ratios: map[string]float64{toSmallest: 1}}, {Case: "growth 20", Ratios: map[string]float64{toSmallest: 0.9}},
			{Case: "scans", Ratios: map[string]float64{keptUp: 1}},
		}
	}
	some := []bar{
		{"fast", "secure xml", toPgbench, false, 2.3, ""}, {"fast", "secure xml", "peak_rss_mib", true, 80, ""},
		{"growth", "growth *", toSmallest, false, 0.75, ""}, {"scans", "scans", keptUp, false, 1, ""},
		{"slow", "secure xml 1ms", toPgbench, false, 2, ""},
	}
	for name, c := range map[string]struct {
		spoil  func([]*result) []*result
		missed int
	}{
		"good":            {func(all []*result) []*result { return all }, 0},
		"slow":            {func(all []*result) []*result { all[0].Ratios[toPgbench] = 2.2; return all }, 1},
		"large":           {func(all []*result) []*result { all[0].Figures["peak_rss_mib"] = spread{81, 81, 81}; return all }, 1},
		"no figure":       {func(all []*result) []*result { all[0].Figures = nil; return all }, 1},
		"no case":         {func(all []*result) []*result { return all[1:] }, 2},
		"one of two":      {func(all []*result) []*result { all[3].Ratios[toSmallest] = 0.7; return all }, 1},
		"one round later": {func(all []*result) []*result { all[4].Ratios[keptUp] = 0.5; return all }, 1},
	} {
		var out bytes.Buffer
		missed := checkBars(some, c.spoil(good()), func(phase string) bool { return phase != "slow" }, &out)
		if missed != c.missed || strings.Count(out.String(), "MISSED") != c.missed {
			t.Errorf("%s: %d missed, want %d:\n%s", name, missed, c.missed, out.String())
		}
	}
}

// Every bar is in the README, and is about a phase and cases that there are.
func TestBarsAreWritten(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	must(t, err)
	names := map[string]bool{}
	for _, p := range (&bench{}).phases() {
		names[p.name] = true
	}
	for _, b := range bars {
		if _, err := path.Match(b.cases, ""); err != nil || !names[b.phase] {
			t.Errorf("%+v", b)
		}
		if row := "| `" + b.cases + "` | `" + b.figure + "` | " + b.bound() + " | " + b.why + " |"; !strings.Contains(string(text), row) {
			t.Errorf("README.md lacks the row\n%s", row)
		}
	}
}
