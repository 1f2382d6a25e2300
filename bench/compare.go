package main

import (
	"context"
	"fmt"
	"slices"
)

// slowSuffix marks the cases with a commit that costs 1 ms.
const slowSuffix = " 1ms"

// compare measures the server against one transaction a push: its own and
// pgbench's.
func (b *bench) compare(ctx context.Context, suffix string) error {
	statements, err := b.prepareWorld(ctx)
	if err != nil {
		return err
	}
	w, slow := b.main, suffix == slowSuffix
	trials := []trial{
		b.loadTrial("secure xml"+suffix, "(a) the server over HTTP, signed pushes in secure mode, XML", b.served(w, secureXML, nil)),
		b.loadTrial("no coalescing"+suffix, "(c) as (a), with one transaction a push: database.set_size 1", b.alone(w)),
	}
	if !slow {
		noStore, err := b.role("no-store")
		if err != nil {
			return err
		}
		trials = append(trials,
			b.loadTrial("plain json", "(b) as (a), in plain mode, JSON", b.served(w, plainJSON, nil)),
			b.loadTrial("no store", "(e) as (a), with a desk that answers at once: the ceiling of the path around the store", noStore))
	}
	for _, form := range []struct {
		name, what string
		statements []string
	}{
		{"pgbench", "the store's statements", statements},
		{"pgbench lean", "the same work in statements for one waybill", lean},
	} {
		for _, clients := range b.plan.Clients {
			trials = append(trials, trial{
				fmt.Sprintf("%s %d%s", form.name, clients, suffix),
				fmt.Sprintf("(d) pgbench -M prepared, %s, in one transaction a waybill, %d clients", form.what, clients),
				func(ctx context.Context) (round, error) { return b.measurePgbench(ctx, w, form.statements, clients) },
			})
		}
	}
	results, err := b.interleave(ctx, trials)
	if err != nil {
		return err
	}
	baseline := results[len(results)-2*len(b.plan.Clients):]
	best := bestPgbench(baseline)
	b.note("pgbench is at its best as %s: every ratio is to that", best.Case)
	alone := results[1]
	for _, r := range results {
		r.RatioToPgbench = ratio(r.rate(), best.rate())
		if r != alone && !slices.Contains(baseline, r) {
			r.RatioToAlone = ratio(r.rate(), alone.rate())
		}
	}
	b.add(results...)
	return b.halfRate(ctx, suffix, trials, results)
}

func bestPgbench(all []*result) *result {
	return slices.MaxFunc(all, func(x, y *result) int { return int(x.rate() - y.rate()) })
}

// halfRate measures latencies in an open loop, at half of what each server did
// in the closed one.
func (b *bench) halfRate(ctx context.Context, suffix string, closed []trial, results []*result) error {
	var open []trial
	for i, sub := range []subject{b.served(b.main, secureXML, nil), b.alone(b.main)} {
		sub.rate = results[i].rate() / 2
		open = append(open, b.loadTrial(closed[i].name+" half rate", "open loop at half of the best rate: "+closed[i].what, sub))
	}
	latencies, err := b.interleave(ctx, open)
	b.add(latencies...)
	return err
}

// prepareWorld makes the main database, once, and finds how many connections
// the server does best with.
func (b *bench) prepareWorld(ctx context.Context) (statements []string, err error) {
	texts, err := constants(storeDir)
	if err != nil {
		return nil, err
	}
	if statements, err = transaction(texts); err != nil {
		return nil, err
	}
	if b.main != nil {
		return statements, nil
	}
	if b.main, err = newWorld(ctx, b.pg, b.program, "bench", b.plan.Options, b.plan.Waybills, 0); err != nil {
		return nil, err
	}
	best := 0.0
	for _, conns := range b.plan.Conns {
		sub := b.served(b.main, secureXML, nil)
		sub.conns = conns
		r, err := b.measure(ctx, sub, new(pace))
		if err != nil {
			return nil, err
		}
		b.note("the loader with %d connections: %.0f pushes/s", conns, r.PerSecond)
		if r.PerSecond > best {
			best, b.conns = r.PerSecond, conns
		}
	}
	return statements, nil
}

// slowly compares once more with commits that cost 1 ms, and shows that they do.
func (b *bench) slowly(ctx context.Context) error {
	fast, err := b.pg.loneCommit(ctx)
	if err != nil {
		return err
	}
	if err := b.pg.slowCommits(ctx, true); err != nil {
		return err
	}
	slow, err := b.pg.loneCommit(ctx)
	if err != nil {
		return err
	}
	b.note("commit_delay = 1000 with commit_siblings = 0: a lone small commit took %.0f us, and takes %.0f us now",
		millis(fast)*1000, millis(slow)*1000)
	if err := b.compare(ctx, slowSuffix); err != nil {
		return err
	}
	return b.pg.slowCommits(ctx, false)
}

// loaderAlone measures what the loader itself costs.
func (b *bench) loaderAlone(ctx context.Context) error {
	sub, err := b.role("echo")
	if err != nil {
		return err
	}
	sub.kind = plainJSON // its replies are judged at once; the sealed ones need a real server
	t := b.loadTrial("loader", "the loader against a responder that does nothing", sub)
	both, err := b.scanLoader()
	if err != nil {
		return err
	}
	results, err := b.interleave(ctx, []trial{t, both})
	b.add(results...)
	return err
}

func (b *bench) micro(context.Context) error {
	results, err := measureMicro(b.plan.Rounds)
	b.add(results...)
	return err
}
