package api

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"carrierhook/internal/waybill"

	"go.uber.org/zap"
)

// maxScans is how many scans one request may have.
const maxScans = 1000

// scanResult is the answer to a scan that was recorded.
type scanResult struct {
	Status    int             `json:"status"`
	Verdict   waybill.Verdict `json:"verdict"`
	BizID     string          `json:"biz_id"`
	WaybillID string          `json:"waybill_id"`
	State     waybill.Status  `json:"state"`
}

// scanList is the scans of one request, and what becomes of each.
type scanList struct {
	scans     []waybill.Scan
	single    bool             // the request had no list
	ofWaybill map[string][]int // indexes of the scans of each waybill
	results   []any            // each a scanResult or a *problem
	verdicts  []string
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
			return nil, wrong("body", fmt.Sprintf("has more than %d scans", maxScans))
		}
		d.element = len(l.scans)
		s, err := d.scan()
		if err != nil {
			return nil, err
		}
		l.scans = append(l.scans, s)
	}
	if len(l.scans) == 0 {
		return nil, wrong("body", "has no scan")
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
	l.results, l.verdicts = make([]any, len(l.scans)), make([]string, len(l.scans))
	for i := range l.scans {
		l.scans[i].By = by
		s, err := waybill.NewScan(l.scans[i])
		if err != nil {
			l.results[i], l.verdicts[i] = problemFor(err), invalid
			continue
		}
		l.scans[i] = s
		l.ofWaybill[s.WaybillID] = append(l.ofWaybill[s.WaybillID], i)
	}
}

// errBefore is why a scan of a list is not tried: one before it of the same waybill
// has to be sent again, and might be refused after this one.
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
				if n > 0 && l.verdicts[indexes[n-1]] == unavailable {
					l.results[i], l.verdicts[i] = problemFor(errBefore), unavailable
					continue
				}
				l.results[i], l.verdicts[i] = a.scan(r, l.scans[i])
			}
		})
	}
	wg.Wait()
	a.countScans(r, l.verdicts)
	if !l.single {
		return map[string]any{"results": l.results}, nil
	}
	if p, ok := l.results[0].(*problem); ok {
		return nil, p
	}
	return l.results[0], nil
}

// scan records one scan, and returns its result with its verdict or its problem's name.
func (a *API) scan(r *request, s waybill.Scan) (result any, verdict string) {
	defer func() {
		if fault := recover(); fault != nil {
			result, verdict = a.panicked(fault), internal
		}
	}()
	d, err := a.Express.Scan(r.ctx, s)
	w := &d.Waybill
	switch {
	case err != nil:
		p := problemFor(err)
		a.sampled.Error("scan failed", zap.String("waybill_id", s.WaybillID), zap.String("by", s.By), zap.Error(err))
		return p, p.name
	case d.Verdict.Good():
		return scanResult{http.StatusOK, d.Verdict, w.BizID, w.ID, w.Status}, string(d.Verdict)
	case d.Verdict == waybill.WaybillCancelled || d.Verdict == waybill.WaybillSigned:
		// Somebody has a parcel in hand that is not to go on.
		a.Log.Info("scan refused", zap.String("verdict", string(d.Verdict)), zap.String("biz_id", w.BizID),
			zap.String("waybill_id", w.ID), zap.Int("action_type", int(s.Action)), zap.String("by", s.By))
	}
	return refusal(d.Verdict, s.BizID, s.WaybillID, w), string(d.Verdict)
}

// countScans counts verdicts in the metrics and in the request's log line.
func (a *API) countScans(r *request, verdicts []string) {
	slices.Sort(verdicts)
	var fields []zap.Field
	for len(verdicts) > 0 {
		v, n := verdicts[0], 1
		for n < len(verdicts) && verdicts[n] == v {
			n++
		}
		a.metrics.scans.WithLabelValues(v).Add(float64(n))
		fields = append(fields, zap.Int(v, n))
		verdicts = verdicts[n:]
	}
	r.log(zap.Dict("scans", fields...))
}
