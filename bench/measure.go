package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"time"
)

// subject is a server that is to be measured, and how.
type subject struct {
	env      []string
	database *database
	afresh   bool                        // put the waybills back before each run
	config   string                      // a configuration file besides env; empty: none
	before   func(context.Context) error // the database, after that; nil: as it is

	kind   kind
	payers payers // of orders
	conns  int
	rate   float64 // of pushes in an open loop; 0 is a closed one
	scans  float64 // a second, in batches beside them
}

// estimate is how many pushes a second a case can do at most, so that no more
// requests are prepared. The first is more than anything here can do.
type estimate float64

func (e *estimate) requests(d time.Duration) int {
	if *e == 0 {
		*e = 30_000
	}
	return max(1000, int(float64(*e)*d.Seconds()))
}

func (e *estimate) update(perSecond float64) { *e = estimate(perSecond * 1.3) }

// measure is one run on a fresh server: a warm-up, and the time that counts.
func (b *bench) measure(ctx context.Context, sub subject, e *estimate) (r round, err error) {
	if sub.afresh {
		if err := sub.database.putBack(ctx); err != nil {
			return r, err
		}
	}
	if sub.before != nil {
		if err := sub.before(ctx); err != nil {
			return r, err
		}
	}
	s, err := start(b.dir, sub.database.product.program, sub.config, sub.env)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if r, err = b.measureOn(ctx, &run{subject: sub, estimate: e}, s); err != nil {
		return r, err
	}
	r.Figures["start_to_ready_ms"] = millis(s.startup)
	r.Figures["peak_rss_mib"], err = peakRSS(s.cmd.Process.Pid)
	return r, err
}

// run is what is sent to a server, and what came of it.
type run struct {
	subject
	estimate             *estimate
	pushLoad, scanLoad   *loader // scanLoad is nil without scans
	pushTally, scanTally tally
}

func (b *bench) measureOn(ctx context.Context, x *run, s *server) (r round, err error) {
	if x.pushLoad, err = dialLoader(s.public, x.conns); err != nil {
		return r, err
	}
	defer x.pushLoad.close()
	if x.scans > 0 {
		if x.scanLoad, err = dialLoader(s.internal, scanConns); err != nil {
			return r, err
		}
		defer x.scanLoad.close()
	}
	if err := x.pass(ctx, b.plan.Warm.Duration, nil); err != nil {
		return r, fmt.Errorf("warm up: %w", err)
	}
	x.pushTally, x.scanTally = tally{bad: x.pushTally.bad}, tally{bad: x.scanTally.bad}
	watch, length := newStopwatch(s, x.database), b.plan.Length.Duration
	for x.pushTally.elapsed < length*95/100 { // several, where the waybills are few
		if err := x.pass(ctx, length-x.pushTally.elapsed, watch); err != nil {
			return r, err
		}
	}
	if len(x.pushTally.bad)+len(x.scanTally.bad) > 0 {
		b.note("pushes failed: %v, scans: %v; the server's first word on it: %s", x.pushTally.bad, x.scanTally.bad, s.firstFailure())
	}
	r = x.figures(watch, length)
	if x.rate == 0 {
		x.estimate.update(r.Figures["pushes_per_second"])
	}
	err = x.database.verify(ctx, x.kind.event)
	if x.scans > 0 {
		err = errors.Join(err, x.database.verifyScans(ctx))
	}
	return r, err
}

// pass prepares requests and sends them, for at most d.
func (x *run) pass(ctx context.Context, d time.Duration, watch *stopwatch) error {
	streams, scans, err := x.prepare(ctx, d)
	if err != nil {
		return err
	}
	runtime.GC() // none of it while the loader works
	var got []tally
	err = watch.measure(func() (err error) {
		got, err = together(d, streams...)
		return err
	})
	if err != nil {
		return err
	}
	for i, s := range streams {
		if err := s.judge(&got[i]); err != nil {
			return err
		}
		if got[i].kept = nil; got[i].elapsed == 0 {
			return fmt.Errorf("no reply within %v", d)
		}
	}
	x.pushTally.add(got[0])
	x.database.noteReplies(x.kind.event, got[0])
	if scans != nil {
		x.scanTally.add(got[1])
		x.database.noteScans(scans.began, got[1])
	}
	return nil
}

// prepare makes the requests for d: pushes, and batches of scans, which are of other waybills.
func (x *run) prepare(ctx context.Context, d time.Duration) (streams []stream, scans *batches, err error) {
	n := x.estimate.requests(d)
	if x.rate > 0 {
		n = int(x.rate*d.Seconds()) + 1
	}
	batches := 0
	if x.scans > 0 {
		batches = int(x.scans/batchSize*d.Seconds()) + 1
	}
	cursor, count := 0, n
	if x.kind.event == books {
		cursor = x.database.new(n)
	} else {
		got, want := 0, n+walkers(batches)
		count = x.database.count
		if cursor, got, err = x.database.take(ctx, want); err != nil {
			return nil, nil, err
		}
		if got < want && batches > 0 {
			return nil, nil, fmt.Errorf("%d waybills are too few for scans and cancels of %v", count, d)
		}
		n = min(n, got)
	}
	pushes, err := prepare(x.kind, x.payers, cursor, n, count)
	if err != nil {
		return nil, nil, err
	}
	streams = []stream{{x.pushLoad, pushes, x.rate}}
	if batches > 0 {
		scans = prepareScans(cursor+n, batches, count)
		streams = append(streams, stream{x.scanLoad, scans, x.scans / batchSize})
	}
	return streams, scans, nil
}

// figures are those of a run that was to take d. Beside scans there are none of what
// a push costs, for what the processes do is for both.
func (x *run) figures(w *stopwatch, d time.Duration) round {
	pushes := float64(x.pushTally.replies)
	f := figures{
		"pushes": pushes, "seconds": x.pushTally.elapsed.Seconds(), "pushes_per_second": pushes / x.pushTally.elapsed.Seconds(),
		"pushes_a_transaction": w.batchSize("cancel", "book"),
	}
	f.latencies("", x.pushTally.latencies)
	failed := map[string]int{}
	maps.Copy(failed, x.pushTally.bad)
	if x.scans > 0 {
		x.scanFigures(f, w, d)
		for why, n := range x.scanTally.bad {
			failed["scan: "+why] = n
		}
		return round{Figures: f, Failed: failed}
	}
	f.cpu(w, "cpu_us_a_push", pushes/1e6)
	f["allocations_a_push"] = w.sums["go_memstats_mallocs_total"] / pushes
	f["allocated_bytes_a_push"] = w.sums["go_memstats_alloc_bytes_total"] / pushes
	return round{Figures: f, Failed: failed}
}

// cpu adds the CPU time of all, divided by something.
func (f figures) cpu(w *stopwatch, name string, by float64) {
	for _, who := range []string{"postgres", "server", "loader"} {
		f[who+"_"+name] = w.sums[who] / by
	}
}
