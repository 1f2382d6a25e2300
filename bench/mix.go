package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
)

// scanConns is how many batches are under way in a closed loop, at the most: as
// many as the server works on at a time.
const scanConns = 16

// mix is what is sent at the same time.
type mix struct {
	scans   float64 // a second; 0: as fast as they are answered
	cancels float64 // a second; 0: none
}

// scans measures what the carrier's own systems report, beside cancels.
func (b *bench) scans(ctx context.Context) error {
	if _, err := b.prepareWorld(ctx); err != nil {
		return err
	}
	due, beside := float64(b.plan.Scans), float64(b.plan.Cancels)
	results, err := b.interleave(ctx, b.each(func(w *world) []trial {
		sub := b.served(w, secureXML, map[string]string{"api_tokens": apiTokens()})
		lone := sub
		lone.rate = beside
		return []trial{
			b.mixTrial("scans", fmt.Sprintf("open loop: %.0f scans a second in batches of %d beside %.0f cancels as (a)", due, batchSize, beside),
				sub, mix{due, beside}),
			b.mixTrial("scans most", fmt.Sprintf("closed loop: the most scans a second beside %.0f cancels", beside), sub, mix{0, beside}),
			b.mixTrial("scans alone", "closed loop: the most scans a second beside nothing", sub, mix{0, 0}),
			b.loadTrial("cancels alone", fmt.Sprintf("open loop: %.0f cancels a second beside nothing", beside), lone),
		}
	}))
	b.add(results...)
	return err
}

// scanLoader measures what the loader itself costs when it sends both.
func (b *bench) scanLoader() (trial, error) {
	sub, err := b.role("echo-scans")
	sub.kind = plainJSON
	return b.mixTrial("loader with scans", "the loader with the scans and cancels of the open loop against a responder that does nothing",
		sub, mix{float64(b.plan.Scans), float64(b.plan.Cancels)}), err
}

func (b *bench) mixTrial(name, what string, sub subject, m mix) trial {
	p := pace(60_000) // scans a second, more than anything here can do
	return trial{sub.caseName(name), what, func(ctx context.Context) (round, error) {
		return b.onServer(ctx, sub, func(s *server) (round, error) { return b.measureMix(ctx, sub, s, m, &p) })
	}}
}

// mixed is a mix as it is sent to a server, and what came of it.
type mixed struct {
	mix
	subject
	pushes, reports *loader
	cancelled       tally
	reported        tally
}

func (b *bench) measureMix(ctx context.Context, sub subject, s *server, m mix, p *pace) (r round, err error) {
	x := &mixed{mix: m, subject: sub}
	if x.pushes, err = dialLoader(s.public, sub.conns); err != nil {
		return r, err
	}
	defer x.pushes.close()
	if x.reports, err = dialLoader(s.internal, scanConns); err != nil {
		return r, err
	}
	defer x.reports.close()

	if err := x.pass(ctx, p, b.plan.Warm.Duration, nil); err != nil {
		return r, fmt.Errorf("warm up: %w", err)
	}
	warm := *x
	x.cancelled, x.reported = tally{}, tally{}
	watch := newStopwatch(s, sub.world)
	for x.reported.elapsed < b.plan.Length.Duration*95/100 {
		if err := x.pass(ctx, p, b.plan.Length.Duration-x.reported.elapsed, watch); err != nil {
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
	r = x.figures(watch, b.plan.Length.Duration)
	if m.scans == 0 {
		p.seen(r.Scans.PerSecond)
	}
	if sub.world != nil {
		err = errors.Join(sub.world.verify(ctx, cancels), sub.world.verifyScans(ctx))
	}
	return r, err
}

// pass prepares both and sends them, for at most d.
func (x *mixed) pass(ctx context.Context, p *pace, d time.Duration, watch *stopwatch) error {
	n := int(x.cancels*d.Seconds()) + 1
	batches := (p.requests(d) + batchSize - 1) / batchSize
	if x.scans > 0 {
		batches = int(x.scans/batchSize*d.Seconds()) + 1
	}
	cursor, count := 0, n+walkers(batches)
	if x.world != nil {
		count = x.world.count
		if spare := batchesOf(count - n); x.scans == 0 && batches > spare {
			batches = spare
		}
		var got int
		var err error
		want := n + walkers(batches)
		if cursor, got, err = x.world.take(ctx, want); err != nil {
			return err
		}
		if got < want || batches < 1 {
			return fmt.Errorf("%d waybills are too few for scans and cancels of %v", count, d)
		}
	}
	return x.send(cursor, count, n, batches, d, watch)
}

// send uses n waybills from the cursor on for cancels, and those after them for
// batches.
func (x *mixed) send(cursor, count, n, batches int, d time.Duration, watch *stopwatch) error {
	scans := prepareScans(cursor+n, batches, count)
	streams := []stream{{x.reports, scans, x.scans / batchSize}}
	if x.cancels > 0 {
		r, err := prepare(x.kind, x.payers, cursor, n, count)
		if err != nil {
			return err
		}
		streams = append(streams, stream{x.pushes, r, x.cancels})
	}
	runtime.GC() // none of it while the loader works
	var got []tally
	err := watch.measure(func() (err error) {
		got, err = together(d, streams...)
		return err
	})
	if err != nil {
		return err
	}
	got = append(got, tally{}) // of no cancels
	for i := range got {
		got[i].judge()
	}
	if x.world != nil {
		x.world.toldOfScans(scans.began, got[0])
		x.world.told(cancels, got[1])
	}
	x.reported.add(got[0])
	x.cancelled.add(got[1])
	if got[0].elapsed == 0 {
		return fmt.Errorf("no scan was answered within %v", d)
	}
	return nil
}

// figures are those of a run that was to take d.
func (x *mixed) figures(w *stopwatch, d time.Duration) (r round) {
	took := max(x.reported.elapsed, x.cancelled.elapsed)
	if x.scans > 0 { // the last was due a little before the end
		x.reported.elapsed = max(x.reported.elapsed, d)
	}
	s := scanFigures(x.reported, w)
	s.Connections, s.Rate = scanConns, x.scans
	if x.mix.cancels > 0 {
		r = figures(x.cancelled, w)
		r.Clients, r.Rate = x.conns, x.mix.cancels
		r.Allocs, r.AllocBytes = 0, 0 // they are of both
		r.SetSize = w.setSize("cancel")
	} else {
		s.Allocs = ratio(w.metrics["go_memstats_mallocs_total"], float64(s.Recorded))
	}
	if x.scans > 0 {
		up := keptUp(d, took)
		s.KeptUp = &up
	}
	r.PostgresCPU, r.ServerCPU, r.LoaderCPU = w.postgres.Seconds(), w.server.Seconds(), w.loader.Seconds()
	r.Scans = s
	return r
}
