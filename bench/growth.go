package main

import (
	"context"
	"fmt"
	"slices"
)

// growth measures the server on databases of different sizes, all there at the
// same time, each with a ledger in proportion.
func (b *bench) growth(ctx context.Context) (err error) {
	for _, w := range b.databases { // their space is needed
		if err := w.close(ctx); err != nil {
			return err
		}
	}
	b.databases = nil
	if b.conns == 0 {
		b.conns = slices.Max(b.plan.Conns)
	}
	var trials []trial
	for _, count := range b.plan.Growth {
		w, err := newDatabase(ctx, b.pg, b.products[0], fmt.Sprintf("growth_%d", count), count, count*b.plan.Ledger)
		if err != nil {
			return err
		}
		sub := b.served(w, secureXML, nil)
		sub.afresh = false // only when they are used up: to put back is slow in a large table
		trials = append(trials, b.loadTrial(fmt.Sprintf("growth %d", count),
			fmt.Sprintf("as (a), with %d waybills and %d ledger rows from before", count, w.history), sub))
	}
	results, err := b.interleave(ctx, trials)
	for _, r := range results {
		r.compare(toSmallest, results[0])
	}
	b.add(results...)
	return err
}
