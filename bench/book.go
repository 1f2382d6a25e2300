package main

import "context"

// book measures orders, and what it costs that a merchant pays in advance: all
// at one merchant's expense, at a hundred merchants', and at nobody's.
func (b *bench) book(ctx context.Context) error {
	if err := b.prepareDatabases(ctx); err != nil {
		return err
	}
	results, err := b.interleave(ctx, b.each(b.bookTrials))
	b.add(results...)
	return err
}

func (b *bench) bookTrials(w *database) (trials []trial) {
	for _, who := range []struct {
		name, what string
		payers
	}{
		{"book", "orders over HTTP, secure mode, XML, of 100 merchants with monthly accounts", monthly},
		{"book 100 quotas", "orders of 100 merchants that pay in advance", prepaid},
		{"book one quota", "orders of one merchant that pays in advance: all take from one row", payers{prepaid.first, 1}},
	} {
		sub := b.served(w, orderXML, nil)
		sub.payers, sub.afresh = who.payers, false
		trials = append(trials, b.loadTrial(who.name, who.what, sub))
	}
	return trials
}
