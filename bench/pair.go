package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// besides is the tree beside another commit.
type besides struct {
	Commit string    `json:"commit"`
	Cases  []pairing `json:"cases"`
}

// pairing is one figure of one case, of both.
type pairing struct {
	Case   string  `json:"case"`
	Figure string  `json:"figure"`
	Tree   float64 `json:"tree"` // medians
	Beside float64 `json:"beside"`
	Ratio  float64 `json:"ratio"` // of the medians

	// InRounds are the ratios of the rounds, each of two runs that were close in
	// time. Its median holds when the machine is faster at one time than at another.
	InRounds spread `json:"ratio_in_rounds"`
}

// compared are the figures that are.
var compared = []string{
	"pushes_per_second", "p50_ms", "p99_ms", "allocations_a_push", "server_cpu_us_a_push", "postgres_cpu_us_a_push", "peak_rss_mib",
	"ns_an_operation", "allocations", "scans_per_second", "scan_p99_ms",
}

// pair compares all cases that were measured of both.
func pair(all []*result) (found []pairing) {
	for _, tree := range all {
		other := find(all, tree.Case+besideSuffix)
		if other == nil {
			continue
		}
		for _, name := range compared {
			if inRounds := roundRatios(tree, other, name); len(inRounds) > 0 {
				a, b := tree.Figures[name].Median, other.Figures[name].Median
				found = append(found, pairing{tree.Case, name, a, b, ratio(a, b), spreadOf(inRounds)})
			}
		}
	}
	return found
}

// roundRatios are those of one figure, of the rounds in which both have it.
func roundRatios(tree, other *result, name string) (all []float64) {
	for _, r := range tree.Rounds {
		for _, o := range other.Rounds {
			if o.Round == r.Round && o.Figures[name] != 0 && r.Figures[name] != 0 {
				all = append(all, r.Figures[name]/o.Figures[name])
			}
		}
	}
	return all
}

// find is the result of a case; nil if there is none.
func find(all []*result, name string) *result {
	for _, r := range all {
		if r.Case == name {
			return r
		}
	}
	return nil
}

// each makes the trials of all databases, those of the same case next to each other.
func (b *bench) each(of func(*database) []trial) (all []trial) {
	var lists [][]trial
	for _, w := range b.databases {
		lists = append(lists, of(w))
	}
	for i := range lists[0] {
		for _, list := range lists {
			all = append(all, list[i])
		}
	}
	return all
}

// print shows the comparison to a person.
func (b *besides) print(out io.Writer) {
	if b == nil || len(b.Cases) == 0 {
		return
	}
	fmt.Fprintf(out, "\nthe tree beside %s; in rounds: median, lowest and highest of the rounds' own ratios\n", b.Commit)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "case\tfigure\ttree\tbeside\ttree/beside\tin rounds\t(min\tmax)\t")
	last := ""
	for _, p := range b.Cases {
		name := p.Case
		if name == last {
			name = ""
		}
		last = p.Case
		fmt.Fprintf(w, "%s\t%s\t%.1f\t%.1f\t%.3f\t%.3f\t%.3f\t%.3f\t\n", name, strings.ReplaceAll(p.Figure, "_", " "),
			p.Tree, p.Beside, p.Ratio, p.InRounds.Median, p.InRounds.Min, p.InRounds.Max)
	}
	_ = w.Flush()
}
