package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
)

// scanConns is how many batches are under way at the most: as many as the server
// works on at a time.
const scanConns = 16

// scans measures what the carrier's own systems report, beside cancels: both as
// an open loop.
func (b *bench) scans(ctx context.Context) error {
	if _, err := b.prepareWorld(ctx); err != nil {
		return err
	}
	what := fmt.Sprintf("open loop: %d scans a second in batches of %d beside %d cancels as (a)", b.plan.Scans, batchSize, b.plan.Cancels)
	results, err := b.interleave(ctx, b.each(func(w *world) []trial {
		x := mixed{
			subject: b.served(w, secureXML, map[string]string{"api_tokens": apiTokens()}),
			scans:   float64(b.plan.Scans), cancels: float64(b.plan.Cancels),
		}
		return []trial{{x.caseName("scans"), what, func(ctx context.Context) (round, error) {
			return b.onServer(ctx, x.subject, func(s *server) (round, error) { return b.measureMix(ctx, x, s) })
		}}}
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

// mixed is what is sent to a server at the same time, each a second, and what came
// of it.
type mixed struct {
	subject
	scans, cancels  float64
	pushes, reports *loader
	cancelled       tally
	reported        tally
}

func (b *bench) measureMix(ctx context.Context, x mixed, s *server) (r round, err error) {
	if x.pushes, err = dialLoader(s.public, x.conns); err != nil {
		return r, err
	}
	defer x.pushes.close()
	if x.reports, err = dialLoader(s.internal, scanConns); err != nil {
		return r, err
	}
	defer x.reports.close()

	if err := x.pass(ctx, b.plan.Warm.Duration, nil); err != nil {
		return r, fmt.Errorf("warm up: %w", err)
	}
	warm := x
	x.cancelled, x.reported = tally{}, tally{}
	watch := newStopwatch(s, x.world)
	for x.reported.elapsed < b.plan.Length.Duration*95/100 {
		if err := x.pass(ctx, b.plan.Length.Duration-x.reported.elapsed, watch); err != nil {
			return r, err
		}
	}
	for why, n := range warm.cancelled.bad {
		x.cancelled.spoilt(why, n)
	}
	for why, n := range warm.reported.bad {
		x.reported.spoilt(why, n)
	}
	if len(x.cancelled.bad)+len(x.reported.bad) > 0 {
		b.note("pushes failed: %v, scans: %v; the server's first word on it: %s", x.cancelled.bad, x.reported.bad, s.firstFailure())
	}
	return x.figures(watch, b.plan.Length.Duration), errors.Join(x.world.verify(ctx, cancels), x.world.verifyScans(ctx))
}

// pass prepares both and sends them, for at most d.
func (x *mixed) pass(ctx context.Context, d time.Duration, watch *stopwatch) error {
	n, batches := int(x.cancels*d.Seconds())+1, int(x.scans/batchSize*d.Seconds())+1
	want := n + walkers(batches)
	cursor, got, err := x.world.take(ctx, want)
	if err != nil {
		return err
	}
	if got < want {
		return fmt.Errorf("%d waybills are too few for scans and cancels of %v", x.world.count, d)
	}
	return x.send(cursor, n, batches, d, watch)
}

// send uses n waybills from the cursor on for cancels, and those after them for
// batches.
func (x *mixed) send(cursor, n, batches int, d time.Duration, watch *stopwatch) error {
	scans := prepareScans(cursor+n, batches, x.world.count)
	pushes, err := prepare(x.kind, x.payers, cursor, n, x.world.count)
	if err != nil {
		return err
	}
	runtime.GC() // none of it while the loader works
	var got []tally
	err = watch.measure(func() (err error) {
		got, err = together(d, stream{x.reports, scans, x.scans / batchSize}, stream{x.pushes, pushes, x.cancels})
		return err
	})
	if err != nil {
		return err
	}
	for i := range got {
		got[i].judge()
	}
	x.world.toldOfScans(scans.began, got[0])
	x.world.told(cancels, got[1])
	x.reported.add(got[0])
	x.cancelled.add(got[1])
	if got[0].elapsed == 0 {
		return fmt.Errorf("no scan was answered within %v", d)
	}
	return nil
}

// figures are those of a run that was to take d. What the processors did was for
// scans and cancels together.
func (x *mixed) figures(w *stopwatch, d time.Duration) round {
	took := max(x.reported.elapsed, x.cancelled.elapsed)
	r := pushRound(x.cancelled, w)
	f := r.Figures
	f["pushes_a_transaction"] = w.batchSize("cancel")
	f["scans_a_transaction"] = w.batchSize("scan")
	f["batches"] = float64(x.reported.replies)
	for _, s := range x.reported.scans {
		if s.recorded {
			f["recorded"]++
		}
	}
	seconds := max(x.reported.elapsed, d).Seconds() // the last was due a little before the end
	f["scans_per_second"] = f["recorded"] / seconds
	f.latencies("scan_", x.reported.latencies)
	f.cpu(w, "processors", seconds)
	if inTime(d, took) {
		f[keptUp] = 1
	}
	if r.Failed = x.cancelled.bad; r.Failed == nil {
		r.Failed = map[string]int{}
	}
	for why, n := range x.reported.bad {
		r.Failed["scan: "+why] = n
	}
	return r
}

// inTime tells whether an open loop's last replies came when they were due, but
// for a moment: what a server cannot take piles up, and is late at the end.
func inTime(scheduled, elapsed time.Duration) bool {
	return elapsed-scheduled <= max(100*time.Millisecond, scheduled/100)
}
