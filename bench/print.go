package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// tables are what is shown: of each the first figure with its minimum and maximum,
// for the cases that have it.
var tables = [][]string{
	{"pushes_per_second", toPgbench, toAlone, toSmallest, "p50_ms", "p99_ms", "p99_9_ms", "pushes_a_transaction", "start_to_ready_ms"},
	{"postgres_cpu_us_a_push", "server_cpu_us_a_push", "loader_cpu_us_a_push", "peak_rss_mib", "allocations_a_push"},
	{"scans_per_second", keptUp, "scan_p50_ms", "scan_p99_ms", "scan_p99_9_ms", "scans_a_transaction"},
	{"postgres_processors", "server_processors", "loader_processors", "peak_rss_mib"},
	{"ns_an_operation", "allocations", toFloor},
}

// print shows the report to a person.
func (rep *report) print(out io.Writer) {
	for _, columns := range tables {
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintf(w, "case\t%s\t(min\tmax)\t%s\t\n", columns[0], strings.Join(columns[1:], "\t"))
		for _, r := range rep.Cases {
			s, ok := r.Figures[columns[0]]
			if !ok {
				continue
			}
			fmt.Fprintf(w, "%s\t%.4g\t%.4g\t%.4g\t", r.Case, s.Median, s.Min, s.Max)
			for _, name := range columns[1:] {
				if v, ok := r.figure(name); ok {
					fmt.Fprintf(w, "%.4g", v)
				}
				fmt.Fprint(w, "\t")
			}
			fmt.Fprintln(w)
		}
		_ = w.Flush() // a terminal that is gone needs no figures
	}
}
