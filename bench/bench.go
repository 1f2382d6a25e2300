package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"carrierhook/internal/wechat"
)

// bench is one run of the bench.
type bench struct {
	plan      plan
	dir       string
	products  []*product // the tree's, and that of -beside
	besides   *besides   // nil without one
	pg        *postgres
	conns     int         // of the loader: the best of the plan's
	databases []*database // the main database of each product; nil until one is needed
	estimates map[string]*estimate
	report    report
}

type phase struct {
	name string
	run  func(context.Context) error
}

func (b *bench) phases() []phase {
	return []phase{
		{"micro", b.micro},
		{"fast", func(ctx context.Context) error { return b.compare(ctx, "") }},
		{"slow", b.slowly},
		{"book", b.book},
		{"scans", b.scans},
		{"events", b.events},
		{"growth", b.growth},
	}
}

// The kinds of pushes that are measured.
var (
	secureXML = kind{wechat.Secure, wechat.XML, cancels}
	plainJSON = kind{wechat.Plain, wechat.JSON, cancels}
	orderXML  = kind{wechat.Secure, wechat.XML, books}
)

// The servers that are measured.

func (b *bench) served(w *database, k kind, settings map[string]string) subject {
	all := map[string]string{"wechat_mode": k.mode.String()}
	maps.Copy(all, settings)
	return subject{
		env:  env(w.url, all),
		kind: k, database: w, afresh: true, conns: b.conns,
	}
}

// alone is the server with one transaction a push.
func (b *bench) alone(w *database) subject {
	return b.served(w, secureXML, map[string]string{"database_batch_size": "1", "database_batch_workers": "16"})
}

// trial is one case of a comparison, as it is run each round.
type trial struct {
	name, what string
	run        func(context.Context) (round, error)
}

func (b *bench) loadTrial(name, what string, sub subject) trial {
	name += sub.database.product.suffix
	if b.estimates[name] == nil {
		b.estimates[name] = new(estimate)
	}
	return trial{name, what, func(ctx context.Context) (round, error) { return b.measure(ctx, sub, b.estimates[name]) }}
}

// interleave runs the trials round by round, each round beginning with another
// one and going the other way round, so that what the machine does meanwhile falls
// on all alike, and what one leaves behind not always on the same other.
func (b *bench) interleave(ctx context.Context, trials []trial) ([]*result, error) {
	results := make([]*result, len(trials))
	for i, t := range trials {
		results[i] = &result{Case: t.name, What: t.what}
	}
	for n := range b.plan.Rounds {
		for _, i := range turn(n, len(trials)) {
			r, err := trials[i].run(ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", trials[i].name, err)
			}
			r.Round = n + 1
			progress("round %d  %-30s %8.0f/s  p99 %.2f ms  %v", r.Round, trials[i].name, r.Figures["pushes_per_second"], r.Figures["p99_ms"], r.Failed)
			results[i].Rounds = append(results[i].Rounds, r)
		}
	}
	for _, r := range results {
		r.summarise()
	}
	return results, nil
}

// turn is the order of the trials in round n.
func turn(n, trials int) []int {
	all := make([]int, trials)
	for i := range all {
		all[i] = (i + n/2) % trials
	}
	if n%2 == 1 {
		slices.Reverse(all)
	}
	return all
}

func (b *bench) add(results ...*result) { b.report.Cases = append(b.report.Cases, results...) }

func (b *bench) note(format string, args ...any) {
	b.report.Notes = append(b.report.Notes, fmt.Sprintf(format, args...))
	progress(format, args...)
}
