package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

const (
	slowSuffix = " 1ms"       // marks the cases with a commit that costs 1 ms
	halfSuffix = " half rate" // and those of the open loop

	shared     = "secure xml"
	alone      = "no coalescing"
	secureText = "(a) the server over HTTP, signed pushes in secure mode, XML"
	aloneText  = "(c) as (a), with one transaction a push: database.batch_size 1"
)

// compare measures the server against one transaction a push: its own and
// pgbench's.
func (b *bench) compare(ctx context.Context, suffix string) error {
	statements, err := transaction(script)
	if err != nil {
		return err
	}
	if err := b.prepareDatabases(ctx); err != nil {
		return err
	}
	slow := suffix == slowSuffix
	trials := b.each(func(w *database) []trial {
		all := []trial{
			b.loadTrial(shared+suffix, secureText, b.served(w, secureXML, nil)),
			b.loadTrial(alone+suffix, aloneText, b.alone(w)),
		}
		if !slow {
			all = append(all, b.loadTrial("plain json", "(b) as (a), in plain mode, JSON", b.served(w, plainJSON, nil)))
		}
		return all
	})
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
				func(ctx context.Context) (round, error) {
					return b.measurePgbench(ctx, b.databases[0], form.statements, clients)
				},
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
	for _, r := range results {
		r.compare(toPgbench, best)
		own := alone + suffix // of the same program
		if strings.HasSuffix(r.Case, besideSuffix) {
			own += besideSuffix
		}
		if r.Case != own && !slices.Contains(baseline, r) {
			r.compare(toAlone, find(results, own))
		}
	}
	b.add(results...)
	return b.halfRate(ctx, suffix, find(results, shared+suffix).rate()/2, find(results, alone+suffix).rate()/2)
}

func bestPgbench(all []*result) *result {
	return slices.MaxFunc(all, func(x, y *result) int { return int(x.rate() - y.rate()) })
}

// halfRate measures latencies in an open loop, at half of what the tree's server
// did in the closed one, with sharing and without.
func (b *bench) halfRate(ctx context.Context, suffix string, sharing, without float64) error {
	const how = "open loop at half of the best rate: "
	latencies, err := b.interleave(ctx, b.each(func(w *database) []trial {
		a, c := b.served(w, secureXML, nil), b.alone(w)
		a.rate, c.rate = sharing, without
		return []trial{
			b.loadTrial(shared+suffix+halfSuffix, how+secureText, a), b.loadTrial(alone+suffix+halfSuffix, how+aloneText, c),
		}
	}))
	b.add(latencies...)
	return err
}

// prepareDatabases makes the main database of each product, once, and finds how many connections
// the server does best with.
func (b *bench) prepareDatabases(ctx context.Context) error {
	if b.databases != nil {
		return nil
	}
	for _, p := range b.products {
		w, err := newDatabase(ctx, b.pg, p, "bench"+strings.ReplaceAll(p.suffix, " ", "_"), b.plan.Waybills, 0)
		if err != nil {
			return fmt.Errorf("the database%s: %w", p.suffix, err)
		}
		b.databases = append(b.databases, w)
	}
	best := 0.0
	for _, conns := range b.plan.Conns {
		sub := b.served(b.databases[0], secureXML, nil)
		sub.conns = conns
		r, err := b.measure(ctx, sub, new(estimate))
		if err != nil {
			return err
		}
		rate := r.Figures["pushes_per_second"]
		b.note("the loader with %d connections: %.0f pushes/s", conns, rate)
		if rate > best {
			best, b.conns = rate, conns
		}
	}
	return nil
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
