package main

import (
	"bytes"
	"flag"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Ratios are of runs in the same round: what the machine did in another does not
// count, nor does a round that one of them lacks.
func TestPair(t *testing.T) {
	t.Parallel()
	rates := func(name string, rates ...float64) *result {
		r := &result{Case: name}
		for i, rate := range rates {
			if rate > 0 {
				r.Rounds = append(r.Rounds, round{Round: i + 1, Figures: figures{"pushes_per_second": rate}})
			}
		}
		r.summarise()
		return r
	}
	got := pair([]*result{
		rates("secure xml", 1000, 2200, 330), rates("secure xml beside", 1000, 2000, 300), rates("plain json", 5),
		rates("book", 10, 0, 40), rates("book beside", 20, 30, 10), rates("pgbench 8", 7), rates("loader beside", 7),
	})
	if len(got) != 2 || got[0].Case != "secure xml" || got[1].Case != "book" || got[0].Figure != "pushes_per_second" {
		t.Fatalf("%+v", got)
	}
	near := func(got, want float64) bool { return math.Abs(got-want) < 1e-9 }
	if p := got[0]; p.Tree != 1000 || p.Beside != 1000 || p.Ratio != 1 || !near(p.InRounds.Median, 1.1) || p.InRounds.Min != 1 || !near(p.InRounds.Max, 1.1) {
		t.Errorf("%+v", p)
	}
	if p := got[1]; p.Tree != 25 || p.Beside != 20 || p.InRounds != (spread{2.25, 0.5, 4}) {
		t.Errorf("%+v", p)
	}
	var out bytes.Buffer
	(&besides{Commit: "0123456789ab", Cases: got}).print(&out)
	for _, want := range []string{"0123456789ab", "secure xml", "1.100", "2.250", "0.500"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not printed:\n%s", want, out.String())
		}
	}
}

func TestPairScansAndMicro(t *testing.T) {
	t.Parallel()
	of := func(name string, f figures) *result {
		r := &result{Case: name, Rounds: []round{{Round: 1, Figures: f}}}
		r.summarise()
		return r
	}
	scans := func(name string, rate float64) *result {
		return of(name, figures{"scans_per_second": rate, "scan_p99_ms": 4, "pushes": 10})
	}
	micro := func(name string, ns float64) *result { return of(name, figures{"ns_an_operation": ns}) }
	got := pair([]*result{scans("scans", 300), scans("scans beside", 200), micro("micro codec", 5), micro("micro codec beside", 10)})
	var figures []string
	for _, p := range got {
		figures = append(figures, p.Figure)
	}
	want := []string{"scans_per_second", "scan_p99_ms", "ns_an_operation"}
	if !reflect.DeepEqual(figures, want) || got[0].Ratio != 1.5 || got[2].InRounds.Median != 0.5 {
		t.Errorf("%+v", got)
	}
}

// Each case of a server is there of both, next to each other, by names that tell
// them apart; and the order of a round is turned round in the next.
func TestCasesOfBoth(t *testing.T) {
	t.Parallel()
	b := &bench{plan: defaultPlan(), estimates: map[string]*estimate{}, databases: []*database{
		{product: &product{}}, {product: &product{suffix: besideSuffix}},
	}}
	var names []string
	for _, trial := range b.each(b.bookTrials) {
		names = append(names, trial.name)
	}
	want := "book, book beside, book 100 quotas, book 100 quotas beside, book one quota, book one quota beside"
	if got := strings.Join(names, ", "); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if len(b.estimates) != 6 {
		t.Errorf("%d estimates: both go at the same", len(b.estimates))
	}
	first := map[int]int{}
	before := map[bool]int{}
	for n := range 12 {
		all := turn(n, 6)
		seen := map[int]bool{}
		for _, i := range all {
			seen[i] = true
		}
		if len(seen) != 6 {
			t.Fatalf("round %d: %v", n, all)
		}
		first[all[0]]++
		before[slices.Index(all, 2) < slices.Index(all, 3)]++
	}
	if len(first) != 6 || before[true] != 6 || before[false] != 6 {
		t.Errorf("first come %v, the tree before the other in %v", first, before)
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	p := defaultPlan()
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	p.register(f)
	must(t, f.Parse([]string{"-beside", "HEAD~2", "-cancels", "7", "-bars", "-phases", "micro,fast"}))
	if p.Beside != "HEAD~2" || p.Cancels != 7 || !p.Bars || !p.wants("fast") || p.wants("growth") {
		t.Errorf("%+v", p)
	}
}
