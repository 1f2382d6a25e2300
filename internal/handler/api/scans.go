package api

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"carrierhook/internal/waybill"

	"go.uber.org/zap"
)

// maxScans is how many scans one request may have.
const maxScans = 1000

// scanResult is the answer to a scan that is on record.
type scanResult struct {
	Status    int             `json:"status"`
	Verdict   waybill.Verdict `json:"verdict"`
	BizID     string          `json:"biz_id"`
	WaybillID string          `json:"waybill_id"`
	State     waybill.Status  `json:"state"`
}

// postScans records one scan, or each of several.
func (a *API) postScans(r *request) (answer, error) {
	if q := r.query(); q.err != nil {
		return answer{}, q.err
	}
	b, err := a.take(r)
	if err != nil {
		return answer{}, err
	}
	a.report(r, b)
	if b.several {
		return answer{status: http.StatusOK, body: map[string]any{"results": b.results}}, nil
	}
	if p, ok := b.results[0].(*problem); ok {
		return answer{}, p
	}
	return answer{status: http.StatusOK, body: b.results[0]}, nil
}

// readScans reads a scan, or a list of them.
func readScans(body []byte) (scans []waybill.Scan, several bool, err error) {
	d, err := newDecoder(body)
	if err != nil {
		return nil, false, err
	}
	if several = bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")); !several {
		s, err := d.scan()
		return []waybill.Scan{s}, false, err
	}
	if _, err := d.token(); err != nil {
		return nil, true, err
	}
	for d.tokens.More() {
		if len(scans) == maxScans {
			return nil, true, wrong("body", fmt.Sprintf("has more than %d scans", maxScans))
		}
		d.where = fmt.Sprintf("scan %d", len(scans))
		s, err := d.scan()
		if err != nil {
			return nil, true, err
		}
		scans = append(scans, s)
	}
	if len(scans) == 0 {
		return nil, true, wrong("body", "has no scan")
	}
	return scans, true, nil
}

func (d *decoder) scan() (s waybill.Scan, err error) {
	var action, at int64
	err = d.object(func(name string) any {
		switch name {
		case "waybill_id":
			return &s.WaybillID
		case "biz_id":
			return &s.BizID
		case "action_type":
			return &action
		case "action_time":
			return &at
		case "action_msg":
			return &s.Message
		case "idempotency_key":
			return &s.Key
		}
		return nil
	})
	s.Action, s.At = waybill.Action(action), time.Unix(at, 0)
	return s, err
}

// errBefore is why a scan of a list is not tried: one before it of the same waybill
// has to be sent again, and might be refused for this one.
var errBefore = errors.New("a scan of the waybill before it could not be recorded")

// report records scans, each for itself: those of one waybill one after the
// other, those of different ones at the same time. It gives back each waybill's
// turn as soon as it is done with it.
func (a *API) report(r *request, b *batch) {
	var wg sync.WaitGroup
	for _, of := range b.places {
		wg.Go(func() {
			defer a.end(r.caller)
			for n, i := range of {
				if n > 0 && b.verdicts[of[n-1]] == unavailable {
					b.results[i], b.verdicts[i] = problemFor(errBefore), unavailable
					continue
				}
				b.results[i], b.verdicts[i] = a.scan(r, b.scans[i])
			}
		})
	}
	wg.Wait()
	a.counted(r, b.verdicts)
}

// scan records one scan, and says in a word what became of it.
func (a *API) scan(r *request, s waybill.Scan) (result any, verdict string) {
	defer func() {
		if fault := recover(); fault != nil {
			result, verdict = a.mistake(fault), internal
		}
	}()
	d, err := a.Office.Scan(r.ctx, s)
	switch {
	case err != nil:
		p := problemFor(err)
		a.sampled.Error("scan failed", zap.String("waybill_id", s.WaybillID), zap.String("by", s.By), zap.Error(err))
		return p, p.name
	case d.Verdict.Good():
		w := &d.Waybill
		return scanResult{http.StatusOK, d.Verdict, w.BizID, w.ID, w.Status}, string(d.Verdict)
	case d.Verdict == waybill.WaybillCancelled || d.Verdict == waybill.WaybillSigned:
		// Somebody has a parcel in hand that is not to go on.
		a.Log.Info("scan refused", zap.String("verdict", string(d.Verdict)),
			zap.String("biz_id", d.Waybill.BizID), zap.String("waybill_id", d.Waybill.ID),
			zap.Int("action_type", int(s.Action)), zap.String("by", s.By))
	}
	w := &d.Waybill
	if d.Verdict == waybill.NoWaybill {
		w = nil
	}
	return refusal(d.Verdict, s.BizID, s.WaybillID, w), string(d.Verdict)
}

// counted counts what became of the scans of a request, in the metrics and in its
// log line.
func (a *API) counted(r *request, verdicts []string) {
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
