package api

import "carrierhook/internal/waybill"

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
// when it returns. Until then the request is one of those that are read: while too
// many scans are under way, a few requests wait in memory and the others outside.
func (a *API) take(r *request) (*batch, error) {
	var b *batch
	err := a.read(r, maxScansBody, true, func(body []byte) error {
		scans, several, err := readScans(body)
		if err != nil {
			return err
		}
		b = newBatch(scans, several, r.by())
		return a.start(r.ctx, r.caller, int64(len(b.places)))
	})
	return b, err
}
