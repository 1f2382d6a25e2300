package api

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"carrierhook/internal/waybill"

	"go.uber.org/zap"
)

// maxScans is how many scans one request may have.
const maxScans = 1000

// outcome is the answer to a scan: a scanResult or a *problem.
type outcome interface {
	verdict() string // of a problem its name
}

// scanResult is the answer to a scan that is recorded.
type scanResult struct {
	Status    int             `json:"status"`
	Verdict   waybill.Verdict `json:"verdict"`
	BizID     string          `json:"biz_id"`
	WaybillID string          `json:"waybill_id"`
	State     waybill.Status  `json:"state"`
}

func (s scanResult) verdict() string { return string(s.Verdict) }

func (p *problem) verdict() string { return p.name }

// scanList is the scans of one request, and what becomes of each.
type scanList struct {
	scans     []waybill.Scan
	single    bool             // the request had no list
	ofWaybill map[string][]int // indexes of the scans of each waybill
	results   []outcome
}

// decodeScans reads a scan or a list of scans, and returns when their waybills may be
// under way. Until then the request counts among those being read: while too many scans
// are under way, a few requests wait in memory and the others outside.
func (a *API) decodeScans(r *request) (*scanList, error) {
	var l *scanList
	err := r.body(maxScansBody, false, func(body []byte) (err error) {
		if l, err = readScans(body); err != nil {
			return err
		}
		l.check(r.by())
		return a.acquireWaybills(r.ctx, r.caller, int64(len(l.ofWaybill)))
	})
	return l, err
}

func readScans(body []byte) (*scanList, error) {
	d, err := newDecoder(body)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")) {
		s, err := d.scan()
		return &scanList{scans: []waybill.Scan{s}, single: true}, err
	}
	if _, err := d.token(); err != nil {
		return nil, err
	}
	l := &scanList{}
	for d.tokens.More() {
		if len(l.scans) == maxScans {
			return nil, invalidField("body", fmt.Sprintf("has more than %d scans", maxScans))
		}
		d.element = len(l.scans)
		s, err := d.scan()
		if err != nil {
			return nil, err
		}
		l.scans = append(l.scans, s)
	}
	if len(l.scans) == 0 {
		return nil, invalidField("body", "has no scan")
	}
	return l, nil
}

func (d *decoder) scan() (s waybill.Scan, err error) {
	err = d.object(member{"waybill_id", &s.WaybillID}, member{"biz_id", &s.BizID}, member{"action_type", &s.Action},
		member{"action_time", (*seconds)(&s.At)}, member{"action_msg", &s.Message}, member{"idempotency_key", &s.Key})
	return s, err
}

// check cleans the scans and sorts them by waybill. An invalid one has its result, and
// belongs to no waybill.
func (l *scanList) check(by string) {
	l.ofWaybill = make(map[string][]int, len(l.scans))
	l.results = make([]outcome, len(l.scans))
	for i := range l.scans {
		l.scans[i].By = by
		s, err := waybill.NewScan(l.scans[i])
		if err != nil {
			l.results[i] = problemFor(err)
			continue
		}
		l.scans[i] = s
		l.ofWaybill[s.WaybillID] = append(l.ofWaybill[s.WaybillID], i)
	}
}

// errBefore is why a scan of a list is not tried: one before it of the same waybill must be
// sent again, and might be refused after this one.
var errBefore = errors.New("a scan of the waybill before it could not be recorded")

// postScans records scans, each on its own: those of one waybill one after the other,
// those of different waybills at the same time. It releases each waybill as soon as its
// scans are done.
func (a *API) postScans(r *request, l *scanList) (any, error) {
	var wg sync.WaitGroup
	for _, indexes := range l.ofWaybill {
		wg.Go(func() {
			defer a.releaseWaybill(r.caller)
			for n, i := range indexes {
				if n > 0 && l.results[indexes[n-1]].verdict() == unavailable {
					l.results[i] = problemFor(errBefore)
					continue
				}
				l.results[i] = a.scan(r, l.scans[i])
			}
		})
	}
	wg.Wait()
	a.countScans(r, l.results)
	if !l.single {
		return map[string]any{"results": l.results}, nil
	}
	if p, ok := l.results[0].(*problem); ok {
		return nil, p
	}
	return l.results[0], nil
}

// scan records one scan.
func (a *API) scan(r *request, s waybill.Scan) (result outcome) {
	defer func() {
		if fault := recover(); fault != nil {
			result = a.panicked(fault)
		}
	}()
	d, err := a.Express.Scan(r.ctx, s)
	w := &d.Waybill
	switch {
	case err != nil:
		a.sampled.Error("scan failed", zap.String("waybill_id", s.WaybillID), zap.String("by", s.By), zap.Error(err))
		return problemFor(err)
	case d.Verdict.Good():
		return scanResult{http.StatusOK, d.Verdict, w.BizID, w.ID, w.Status}
	case d.Verdict == waybill.WaybillCancelled || d.Verdict == waybill.WaybillSigned:
		// Somebody handles a parcel that must not go on.
		a.Log.Info("scan refused", zap.String("verdict", string(d.Verdict)), zap.String("biz_id", w.BizID),
			zap.String("waybill_id", w.ID), zap.Int("action_type", int(s.Action)), zap.String("by", s.By))
	}
	return refusal(d.Verdict, s.BizID, s.WaybillID, w)
}

// countScans counts verdicts in the metrics and in the request's log line.
func (a *API) countScans(r *request, results []outcome) {
	counts := map[string]int{}
	for _, result := range results {
		counts[result.verdict()]++
	}
	var fields []zap.Field
	for _, v := range slices.Sorted(maps.Keys(counts)) {
		a.metrics.scans.WithLabelValues(v).Add(float64(counts[v]))
		fields = append(fields, zap.Int(v, counts[v]))
	}
	r.log(zap.Dict("scans", fields...))
}
