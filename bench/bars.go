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
	isMax  bool // or at least
	value  float64
	why    string // it is the bar
}

// Figures that are made of more than one case or round.
const (
	toPgbench  = "ratio_to_pgbench"
	toAlone    = "ratio_to_no_coalescing"
	toSmallest = "ratio_to_smallest"
	toFloor    = "ratio_to_floor"
	toNone     = "ratio_to_none"    // to the same without events, or without any that wait
	toWritten  = "ratio_to_written" // to events that are written and not delivered
	moreRSS    = "more_rss_mib"
	keptUp     = "kept_up" // the share of the rounds
)

var bars = []bar{
	{"fast", shared, toPgbench, false, 2.3, "2.4 to 3.0 were reached: sharing pays, also beside the best that one transaction a push can do"},
	{"fast", shared, toAlone, false, 3.5, "4.5 was reached, by the same program; 5.7 to 8.7 while what does not share was planned anew for each push"},
	{"fast", "plain json", toPgbench, false, 2.5, "2.7 to 3.2 were reached"},
	{"slow", shared + slowSuffix, toPgbench, false, 2.2, "2.7 was reached: a batch pays for one flush"},
	{"slow", shared + slowSuffix, toAlone, false, 5, "7.3 was reached"},
	{"fast", shared + halfSuffix, "p99_ms", true, 30, "16 to 19 ms were reached; nobody waits for a timer"},
	{"slow", shared + slowSuffix + halfSuffix, "p99_ms", true, 30, "16 ms were reached"},
	{"fast", shared, "peak_rss_mib", true, 80, "64 MiB were reached"},
	{"scans", "scans", "peak_rss_mib", true, 110, "90 MiB were reached"},
	{"fast", shared, "allocations_a_push", true, 130, "121 in the whole server; what the machine does hardly changes them"},
	{"micro", "micro codec/secure/xml", "allocations", true, 18, "18, each time"},
	{"micro", "micro codec/secure/json", "allocations", true, 18, "18, each time"},
	{"micro", "micro codec/secure/xml", toFloor, true, 3.5, "2.5 to 3.1 times its bare SHA-1, base64 and AES were reached"},
	{"micro", "micro codec/secure/json", toFloor, true, 4.5, "3.6 to 4.0 were reached"},
	{"events", eventsWritten, toNone, false, 0.85, "0.89 was reached in seven rounds, which differ by a fifth"},
	{"events", eventsWritten, toPgbench, false, 2, "3.5 was reached"},
	{"events", eventsBeside, toWritten, false, 0.7, "0.86 was reached"},
	{"events", eventsBeside, "deliveries_per_second", false, 1000, "1,077 to 1,111 were reached, by a receiver that takes no more"},
	{"events", eventsLatency, "webhook_p50_ms", true, 10, "4.6 ms were reached"},
	{"events", eventsLatency, "webhook_p99_ms", true, 250, "11 ms were reached"},
	{"events", eventsAlone, "deliveries_per_second", false, 3000, "3,837 to 4,202 were reached"},
	{"events", eventsWaiting, toNone, false, 0.9, "0.96 was reached"},
	{"events", eventsWaiting, moreRSS, true, 32, "1.3 MiB were reached"},
	{"growth", "growth *", toSmallest, false, 0.75, "0.83 to 0.90 were reached with ten million waybills"},
	{"scans", "scans", keptUp, false, 1, "10,000 scans and 1,000 cancels a second, in each round"},
}

func (b bar) bound() string {
	if b.isMax {
		return fmt.Sprintf("at most %g", b.value)
	}
	return fmt.Sprintf("at least %g", b.value)
}

// checkBars compares the tree's results with the bars of the phases that were run, and
// counts those that are not cleared. A case that is not there clears nothing, nor
// does one without the figure.
func checkBars(bars []bar, all []*result, phases func(string) bool, out io.Writer) (missed int) {
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
			got, measured := r.figure(b.figure)
			verdict := "ok"
			if !measured || b.isMax && got > b.value || !b.isMax && got < b.value {
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
