package main

import (
	"context"
	"fmt"
	"time"
)

// scanConns is the maximum number of batches under way: as many as the server works
// on at a time.
const scanConns = 16

// scans measures what the carrier's own systems report, beside cancels: both as
// an open loop.
func (b *bench) scans(ctx context.Context) error {
	if err := b.prepareDatabases(ctx); err != nil {
		return err
	}
	what := fmt.Sprintf("open loop: %d scans a second in batches of %d beside %d cancels as (a)", b.plan.Scans, batchSize, b.plan.Cancels)
	results, err := b.interleave(ctx, b.each(func(w *database) []trial {
		sub := b.served(w, secureXML, map[string]string{"api_tokens": apiTokens()})
		sub.rate, sub.scans = float64(b.plan.Cancels), float64(b.plan.Scans)
		return []trial{b.loadTrial("scans", what, sub)}
	}))
	for _, r := range results {
		r.Ratios = map[string]float64{keptUp: share(r.Rounds, keptUp)}
	}
	b.add(results...)
	return err
}

// share is that of the rounds which have a figure.
func share(rounds []round, name string) float64 {
	n := 0
	for _, r := range rounds {
		if r.Figures[name] > 0 {
			n++
		}
	}
	return ratio(float64(n), float64(len(rounds)))
}

// scanFigures are those of the scans. Latencies are of whole batches.
func (x *run) scanFigures(f figures, w *stopwatch, d time.Duration) {
	f["scans_a_transaction"] = w.batchSize("scan")
	f["batches"] = float64(x.scanTally.replies)
	for _, s := range x.scanTally.scans {
		if s.recorded {
			f["recorded"]++
		}
	}
	seconds := max(x.scanTally.elapsed, d).Seconds() // the last was due a little before the end
	f["scans_per_second"] = f["recorded"] / seconds
	f.latencies("scan_", x.scanTally.latencies)
	f.cpu(w, "processors", seconds)
	if inTime(d, max(x.scanTally.elapsed, x.pushTally.elapsed)) {
		f[keptUp] = 1
	}
}

// inTime tells whether an open loop's last replies came when they were due, but
// for a moment: what a server cannot take piles up, and is late at the end.
func inTime(scheduled, elapsed time.Duration) bool {
	return elapsed-scheduled <= max(100*time.Millisecond, scheduled/100)
}
