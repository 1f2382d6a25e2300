package main

import (
	"context"
	"fmt"
	"runtime"
	"time"
)

// subject is a server that is to be measured, and how.
type subject struct {
	program string
	args    []string
	env     []string
	kind    kind
	payers  payers // of orders
	world   *world // nil: it has no database
	afresh  bool   // put the waybills back before each run
	rate    float64
	conns   int
	dir     string
}

// pace remembers how fast a case went, so that no more requests are prepared
// than it can take. The first guess is more than anything here can do.
type pace float64

func (p *pace) requests(d time.Duration) int {
	if *p == 0 {
		*p = 30_000
	}
	return max(1000, int(float64(*p)*d.Seconds()))
}

func (p *pace) seen(perSecond float64) { *p = pace(perSecond * 1.3) }

// onServer is one run on a fresh server.
func (b *bench) onServer(ctx context.Context, sub subject, f func(*server) (round, error)) (r round, err error) {
	if sub.world != nil && sub.afresh {
		if err := sub.world.putBack(ctx); err != nil {
			return r, err
		}
	}
	s, err := start(sub.dir, sub.program, sub.args, sub.env)
	if err != nil {
		return r, err
	}
	defer func() {
		if stop := s.stop(); err == nil {
			err = stop
		}
	}()
	if r, err = f(s); err != nil {
		return r, err
	}
	r.Figures["start_to_ready_ms"] = millis(s.startup)
	r.Figures["peak_rss_mib"], err = peakRSS(s.cmd.Process.Pid)
	return r, err
}

// measure is one run of pushes: a warm-up, and the time that counts.
func (b *bench) measure(ctx context.Context, sub subject, p *pace) (round, error) {
	return b.onServer(ctx, sub, func(s *server) (round, error) { return b.measurePushes(ctx, sub, s, p) })
}

func (b *bench) measurePushes(ctx context.Context, sub subject, s *server, p *pace) (r round, err error) {
	l, err := dialLoader(s.public, sub.conns)
	if err != nil {
		return r, err
	}
	defer l.close()

	warm, err := b.pass(ctx, sub, l, p, b.plan.Warm.Duration, nil)
	if err != nil {
		return r, fmt.Errorf("warm up: %w", err)
	}
	watch := newStopwatch(s, sub.world)
	var sum tally
	for sum.elapsed < b.plan.Length.Duration*95/100 { // several, where the waybills are few
		t, err := b.pass(ctx, sub, l, p, b.plan.Length.Duration-sum.elapsed, watch)
		if err != nil {
			return r, err
		}
		sum.add(t)
	}
	for why, n := range warm.bad {
		sum.spoilt(why, n)
	}
	if len(sum.bad) > 0 {
		b.note("pushes failed: %v; the server's first word on it: %s", sum.bad, s.firstFailure())
	}
	r = pushRound(sum, watch)
	r.Figures.cpu(watch, "cpu_us_a_push", float64(sum.replies)/1e6)
	pushes := float64(sum.replies)
	r.Figures["allocations_a_push"] = watch.metrics["go_memstats_mallocs_total"] / pushes
	r.Figures["allocated_bytes_a_push"] = watch.metrics["go_memstats_alloc_bytes_total"] / pushes
	if sub.rate == 0 {
		p.seen(r.Figures["pushes_per_second"])
	}
	if sub.world != nil {
		err = sub.world.verify(ctx, sub.kind.asks)
	}
	return r, err
}

// pass prepares requests and sends them, for at most d.
func (b *bench) pass(ctx context.Context, sub subject, l *loader, p *pace, d time.Duration, watch *stopwatch) (t tally, err error) {
	n := p.requests(d)
	if sub.rate > 0 {
		n = int(sub.rate*d.Seconds()) + 1
	}
	cursor, count := 0, n
	switch {
	case sub.world == nil:
	case sub.kind.asks == books:
		cursor = sub.world.new(n)
	default:
		count = sub.world.count
		if cursor, n, err = sub.world.take(ctx, n); err != nil {
			return t, err
		}
	}
	r, err := prepare(sub.kind, sub.payers, cursor, n, count)
	if err != nil {
		return t, err
	}
	runtime.GC() // none of it while the loader works
	err = watch.measure(func() error {
		t, err = l.run(r, sub.rate, d)
		return err
	})
	t.judge()
	if err == nil && t.elapsed == 0 {
		err = fmt.Errorf("no reply within %v", d)
	}
	if sub.world != nil {
		sub.world.told(sub.kind.asks, t)
	}
	return t, err
}

// pushRound has the figures that all pushes have.
func pushRound(t tally, w *stopwatch) round {
	f := figures{
		"pushes": float64(t.replies), "seconds": t.elapsed.Seconds(), "pushes_per_second": float64(t.replies) / t.elapsed.Seconds(),
		"pushes_a_transaction": w.batchSize("cancel", "book"),
	}
	f.latencies("", t.latencies)
	return round{Figures: f, Failed: t.bad}
}

// cpu adds the CPU time of all, divided by something.
func (f figures) cpu(w *stopwatch, name string, by float64) {
	f["postgres_"+name], f["server_"+name], f["loader_"+name] = w.postgres/by, w.server/by, w.loader/by
}

// measurePgbench is one run of the baseline.
func (b *bench) measurePgbench(ctx context.Context, w *world, statements []string, clients int) (r round, err error) {
	if err := w.putBack(ctx); err != nil {
		return r, err
	}
	before, err := familyCPU(w.pg.pid)
	if err != nil {
		return r, err
	}
	run, err := w.pgbench(ctx, statements, clients, b.plan.Length.Duration)
	if err != nil {
		return r, err
	}
	time.Sleep(100 * time.Millisecond) // its backends end, and are counted when they have
	after, err := familyCPU(w.pg.pid)
	if err != nil {
		return r, err
	}
	cancelled, err := w.cancelled(ctx)
	if err != nil {
		return r, err
	}
	w.accepted = cancelled
	pushes := float64(run.processed)
	r.Figures = figures{
		"pushes": pushes, "pushes_per_second": run.perSecond, "seconds": b.plan.Length.Seconds(),
		"postgres_cpu_us_a_push": ratio((after-before)*1e6, pushes), "loader_cpu_us_a_push": ratio(run.cpu*1e6, pushes),
	}
	if run.processed < w.count/2 && cancelled != run.processed { // else it may have begun again
		return r, fmt.Errorf("pgbench did %d transactions, and %d waybills are cancelled", run.processed, cancelled)
	}
	return r, nil
}
