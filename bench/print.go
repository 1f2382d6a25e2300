package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// print shows the report to a person.
func (b *bench) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "case\tpushes/s\t(min\tmax)\tto pgbench\tto alone\tp50 ms\tp99\tp99.9\tRSS MiB\tallocs\ta set\tCPU us: pg\tserver\tloader\tready ms\tns/op\tto floor\t")
	for _, r := range b.report.Cases {
		if r.scanSpreads != nil {
			continue
		}
		low, high := "", ""
		if r.PerSecond != nil {
			low, high = fmt.Sprintf("%.0f", r.PerSecond.Min), fmt.Sprintf("%.0f", r.PerSecond.Max)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", r.Case,
			median(r.PerSecond, 0), low, high, number(r.RatioToPgbench, 2), number(r.RatioToAlone, 2),
			median(r.P50, 2), median(r.P99, 2), median(r.P999, 2), median(r.PeakRSS, 1), median(r.Allocs, 0),
			median(r.SetSize, 1), median(r.PostgresCPU, 1), median(r.ServerCPU, 1), median(r.LoaderCPU, 1),
			median(r.StartToServ, 0), median(r.Nanoseconds, 0), number(r.RatioFloor, 2))
	}
	_ = w.Flush() // a terminal that is gone needs no figures
	b.printScans(out)
}

// printScans shows the cases with scans, which have other figures.
func (b *bench) printScans(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	head := "case\tscans/s\t(min\tmax)\tkept up\tp50 ms\tp99\tp99.9\ta set\tcancels/s\tp50 ms\tp99\tp99.9\ta set\tRSS MiB\tCPUs: pg\tserver\tloader\t\n"
	for _, r := range b.report.Cases {
		s := r.scanSpreads
		if s == nil || s.ScansPerSecond == nil {
			continue
		}
		fmt.Fprintf(w, "%s%s\t%.0f\t%.0f\t%.0f\t%g\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", head, r.Case,
			s.ScansPerSecond.Median, s.ScansPerSecond.Min, s.ScansPerSecond.Max, s.KeptUp,
			median(s.ScanP50, 2), median(s.ScanP99, 2), median(s.ScanP999, 2), median(s.ScanSetSize, 1),
			median(r.PerSecond, 0), median(r.P50, 2), median(r.P99, 2), median(r.P999, 2), median(r.SetSize, 1),
			median(r.PeakRSS, 1), median(s.PostgresBusy, 2), median(s.ServerBusy, 2), median(s.LoaderBusy, 2))
		head = ""
	}
	_ = w.Flush()
}

func median(s *spread, digits int) string {
	if s == nil {
		return ""
	}
	return number(s.Median, digits)
}

func number(v float64, digits int) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%.*f", digits, v)
}
