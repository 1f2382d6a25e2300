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
	b.add(results...)
	return err
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

// figures are those of a run that was to take d.
func (x *mixed) figures(w *stopwatch, d time.Duration) round {
	took := max(x.reported.elapsed, x.cancelled.elapsed)
	x.reported.elapsed = max(x.reported.elapsed, d) // the last was due a little before the end
	s := scanFigures(x.reported, w)
	s.Connections, s.Rate, s.KeptUp = scanConns, x.scans, keptUp(d, took)
	r := figures(x.cancelled, w)
	r.Clients, r.Rate = x.conns, x.cancels
	r.Allocs, r.AllocBytes = 0, 0 // they are of both
	r.SetSize = w.batchSize("cancel")
	r.PostgresCPU, r.ServerCPU, r.LoaderCPU = w.postgres.Seconds(), w.server.Seconds(), w.loader.Seconds()
	r.Scans = s
	return r
}
