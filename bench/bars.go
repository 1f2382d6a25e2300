package main

import (
	"fmt"
	"io"
	"path"
	"strings"
)

// bar is what a figure has to clear with -bars. They are below what
// docs/throughput.md reports, by about as much as one day's figures differ from
// another's, and hold for a run with the defaults on an idle machine.
type bar struct {
	phase  string // it is for runs with this one
	cases  string // a pattern, as path.Match has it
	figure string
	of     func(*result) float64
	atMost bool // or at least
	value  float64
	why    string // it is the bar
}

var bars = []bar{
	{"fast", shared, "to pgbench", toPgbench, false, 2.3, "2.4 to 3.0 were reached: sharing pays, also beside the best that one transaction a push can do"},
	{"fast", shared, "to no coalescing", toAlone, false, 5, "5.7 to 8.7 were reached, by the same program"},
	{"fast", "plain json", "to pgbench", toPgbench, false, 2.5, "2.7 to 3.2 were reached"},
	{"slow", shared + slowSuffix, "to pgbench", toPgbench, false, 2.2, "2.7 was reached: a set pays for one flush"},
	{"slow", shared + slowSuffix, "to no coalescing", toAlone, false, 5, "7.3 was reached"},
	{"fast", shared + halfSuffix, "p99 ms", p99, true, 30, "16 to 19 ms were reached; nobody waits for a timer"},
	{"slow", shared + slowSuffix + halfSuffix, "p99 ms", p99, true, 30, "16 ms were reached"},
	{"fast", shared, "peak RSS MiB", rss, true, 80, "64 MiB were reached"},
	{"scans", "scans", "peak RSS MiB", rss, true, 110, "90 MiB were reached"},
	{"fast", shared, "allocations a push", allocations, true, 130, "121 in the whole server; what the machine does hardly changes them"},
	{"micro", "micro codec/secure/xml", "allocations", allocations, true, 18, "18, each time"},
	{"micro", "micro codec/secure/json", "allocations", allocations, true, 18, "18, each time"},
	{"micro", "micro codec/secure/xml", "to its floor", toFloor, true, 3.5, "2.5 to 3.1 times its bare SHA-1, base64 and AES were reached"},
	{"micro", "micro codec/secure/json", "to its floor", toFloor, true, 4.5, "3.6 to 4.0 were reached"},
	{"growth", "growth *", "to the smallest", toSmallest, false, 0.75, "0.83 to 0.90 were reached with ten million waybills"},
	{"scans", "scans", "share of rounds kept up", keptUpShare, false, 1, "10,000 scans and 1,000 cancels a second, in each round"},
}

func toPgbench(r *result) float64   { return r.RatioToPgbench }
func toAlone(r *result) float64     { return r.RatioToAlone }
func toSmallest(r *result) float64  { return r.RatioToSmall }
func toFloor(r *result) float64     { return r.RatioFloor }
func p99(r *result) float64         { return medianOf(r.P99) }
func rss(r *result) float64         { return medianOf(r.PeakRSS) }
func allocations(r *result) float64 { return medianOf(r.Allocs) }

func keptUpShare(r *result) float64 {
	if r.scanSpreads == nil {
		return 0
	}
	return r.KeptUp
}

func medianOf(s *spread) float64 {
	if s == nil {
		return 0
	}
	return s.Median
}

func (b bar) bound() string {
	if b.atMost {
		return fmt.Sprintf("at most %g", b.value)
	}
	return fmt.Sprintf("at least %g", b.value)
}

// hold holds the tree's results against the bars of the phases that were run, and
// counts those that are not cleared. A case that is not there clears nothing, nor
// does one without the figure.
func hold(bars []bar, all []*result, phases func(string) bool, out io.Writer) (missed int) {
	for _, b := range bars {
		if !phases(b.phase) {
			continue
		}
		there := false
		for _, r := range all {
			if ok, _ := path.Match(b.cases, r.Case); !ok || strings.HasSuffix(r.Case, besideSuffix) {
				continue
			}
			there = true
			got := b.of(r)
			verdict := "ok"
			if got == 0 || b.atMost && got > b.value || !b.atMost && got < b.value {
				verdict = "MISSED"
				missed++
			}
			fmt.Fprintf(out, "%-6s  %s, %s: %.3g, %s\n", verdict, r.Case, b.figure, got, b.bound())
		}
		if !there {
			fmt.Fprintf(out, "MISSED  %s, %s: not measured, %s\n", b.cases, b.figure, b.bound())
			missed++
		}
	}
	return missed
}
