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

// figure is what can be compared. 0 is none.
type figure struct {
	name string
	of   func(round) float64
}

var compared = []figure{
	{"pushes_per_second", func(r round) float64 { return r.PerSecond }},
	{"p50_ms", func(r round) float64 { return r.P50 }},
	{"p99_ms", func(r round) float64 { return r.P99 }},
	{"allocations", func(r round) float64 { return r.Allocs }},
	{"server_cpu_us_a_push", aPush(func(r round) float64 { return r.ServerCPU })},
	{"postgres_cpu_us_a_push", aPush(func(r round) float64 { return r.PostgresCPU })},
	{"peak_rss_mib", func(r round) float64 { return r.PeakRSS }},
	{"ns_an_operation", func(r round) float64 { return r.Nanoseconds }},
	{"scans_per_second", ofScans(func(s *scanRound) float64 { return s.PerSecond })},
	{"scan_p99_ms", ofScans(func(s *scanRound) float64 { return s.P99 })},
}

func ofScans(figure func(*scanRound) float64) func(round) float64 {
	return func(r round) float64 {
		if r.Scans == nil {
			return 0
		}
		return figure(r.Scans)
	}
}

// pair compares all cases that were measured of both.
func pair(all []*result) (found []pairing) {
	for _, tree := range all {
		other := find(all, tree.Case+besideSuffix)
		if other == nil {
			continue
		}
		for _, f := range compared {
			if p, ok := pairFigure(tree, other, f); ok {
				found = append(found, p)
			}
		}
	}
	return found
}

func pairFigure(tree, other *result, f figure) (p pairing, ok bool) {
	a, b := over(tree.Rounds, f.of), over(other.Rounds, f.of)
	inRounds := over(tree.Rounds, func(r round) float64 {
		for _, o := range other.Rounds {
			if o.Round == r.Round {
				return ratio(f.of(r), f.of(o))
			}
		}
		return 0
	})
	if a == nil || b == nil || inRounds == nil {
		return p, false
	}
	return pairing{tree.Case, f.name, a.Median, b.Median, ratio(a.Median, b.Median), *inRounds}, true
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

// each makes the trials of all worlds, those of the same case next to each other.
func (b *bench) each(of func(*world) []trial) (all []trial) {
	var lists [][]trial
	for _, w := range b.worlds {
		lists = append(lists, of(w))
	}
	for i := range lists[0] {
		for _, list := range lists {
			all = append(all, list[i])
		}
	}
	return all
}

// caseName is a case's, by what it is measured on.
func (s subject) caseName(name string) string {
	if s.world == nil {
		return name
	}
	return name + s.world.product.suffix
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
