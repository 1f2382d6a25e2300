package main

import (
	"fmt"
	"slices"
	"time"
)

// scanRound is what became of the scans in one run. Latencies are those of whole
// batches.
type scanRound struct {
	Connections int            `json:"connections"`
	Rate        float64        `json:"rate"`
	Recorded    int            `json:"recorded"`
	Batches     int            `json:"batches"`
	Seconds     float64        `json:"seconds"`
	PerSecond   float64        `json:"scans_per_second"`
	P50         float64        `json:"p50_ms"`
	P99         float64        `json:"p99_ms"`
	P999        float64        `json:"p99_9_ms"`
	Max         float64        `json:"max_ms"`
	SetSize     float64        `json:"scans_a_set,omitempty"`
	KeptUp      bool           `json:"kept_up"`
	Failed      map[string]int `json:"failed,omitempty"` // scans that were not recorded, and why
}

func (s *scanRound) String() string {
	if s == nil {
		return ""
	}
	return fmt.Sprintf("  %8.0f scans/s  p99 %.2f ms  %v", s.PerSecond, s.P99, s.Failed)
}

// scanSpreads are the figures of a case with scans over its rounds. What the
// processors did is for scans and cancels together.
type scanSpreads struct {
	ScansPerSecond *spread `json:"scans_per_second,omitempty"`
	ScanP50        *spread `json:"scan_p50_ms,omitempty"`
	ScanP99        *spread `json:"scan_p99_ms,omitempty"`
	ScanP999       *spread `json:"scan_p99_9_ms,omitempty"`
	ScanSetSize    *spread `json:"scans_a_set,omitempty"`
	KeptUp         float64 `json:"kept_up"` // the share of the rounds
	PostgresBusy   *spread `json:"postgres_processors,omitempty"`
	ServerBusy     *spread `json:"server_processors,omitempty"`
	LoaderBusy     *spread `json:"loader_processors,omitempty"`
}

// scanFigures are those of one run.
func scanFigures(t tally, w *stopwatch) *scanRound {
	slices.Sort(t.latencies)
	r := &scanRound{
		Batches: t.replies, Seconds: t.elapsed.Seconds(), Failed: t.bad,
		P50: percentile(t.latencies, 0.5), P99: percentile(t.latencies, 0.99),
		P999: percentile(t.latencies, 0.999), Max: percentile(t.latencies, 1),
		SetSize: w.batchSize("scan"),
	}
	for _, s := range t.scans {
		if s.recorded {
			r.Recorded++
		}
	}
	r.PerSecond = ratio(float64(r.Recorded), r.Seconds)
	return r
}

// keptUp tells whether an open loop's last replies came when they were due, but
// for a moment: what a server cannot take piles up, and is late at the end.
func keptUp(scheduled, elapsed time.Duration) bool {
	return elapsed-scheduled <= max(100*time.Millisecond, scheduled/100)
}

// summariseScans fills the figures in from the rounds, where there are any.
func (r *result) summariseScans() {
	if len(r.Rounds) == 0 || r.Rounds[0].Scans == nil {
		return
	}
	of := func(figure func(round) float64) *spread { return over(r.Rounds, figure) }
	busy := func(seconds func(round) float64) *spread {
		return of(func(r round) float64 { return ratio(seconds(r), r.Scans.Seconds) })
	}
	r.scanSpreads = &scanSpreads{
		ScansPerSecond: of(func(r round) float64 { return r.Scans.PerSecond }),
		ScanP50:        of(func(r round) float64 { return r.Scans.P50 }),
		ScanP99:        of(func(r round) float64 { return r.Scans.P99 }),
		ScanP999:       of(func(r round) float64 { return r.Scans.P999 }),
		ScanSetSize:    of(func(r round) float64 { return r.Scans.SetSize }),
		PostgresBusy:   busy(func(r round) float64 { return r.PostgresCPU }),
		ServerBusy:     busy(func(r round) float64 { return r.ServerCPU }),
		LoaderBusy:     busy(func(r round) float64 { return r.LoaderCPU }),
	}
	kept := 0
	for _, round := range r.Rounds {
		if round.Scans.KeptUp {
			kept++
		}
	}
	r.KeptUp = ratio(float64(kept), float64(len(r.Rounds)))
}
