package api

import (
	"fmt"

	"carrierhook/internal/waybill"
)

// batch is the scans of one request, and what becomes of each.
type batch struct {
	scans    []waybill.Scan
	several  bool
	places   map[string][]int // of the scans of each waybill
	results  []any            // each a scanResult or a *problem
	verdicts []string
}

// newBatch sorts scans by their waybills. Those that cannot be one have their
// results, and are of none.
func newBatch(scans []waybill.Scan, several bool, by string) *batch {
	b := &batch{
		scans: scans, several: several, places: make(map[string][]int, len(scans)),
		results: make([]any, len(scans)), verdicts: make([]string, len(scans)),
	}
	for i := range scans {
		scans[i].By = by
		s, err := waybill.NewScan(scans[i])
		scans[i] = s
		if err != nil {
			b.results[i], b.verdicts[i] = problemFor(err), invalid
			continue
		}
		b.places[s.WaybillID] = append(b.places[s.WaybillID], i)
	}
	return b
}

// take reads the scans of a request, and has its turn with each of their waybills
// when it returns. Until then it keeps its place among those that are read: while
// too many are under way, a few scans wait in memory and the others outside.
func (a *API) take(r *request) (*batch, error) {
	select {
	case a.reading <- struct{}{}:
		defer func() { <-a.reading }()
	case <-r.ctx.Done():
		return nil, fmt.Errorf("%d requests with scans are being read: %w", maxReading, r.ctx.Err())
	}
	body, err := r.body(maxScansBody, true)
	if err != nil {
		return nil, err
	}
	scans, several, err := readScans(body)
	if err != nil {
		return nil, err
	}
	b := newBatch(scans, several, r.by())
	if err := a.underWay.Acquire(r.ctx, int64(len(b.places))); err != nil {
		return nil, fmt.Errorf("scans of up to %d waybills are under way: %w", maxUnderWay, err)
	}
	return b, nil
}
