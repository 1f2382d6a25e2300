package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// made is a push with a nonce of its own choice, so that it can be made again.
func made(t *testing.T, w *sandbox.Platform, f wechat.Format, at time.Time, nonce string, random byte, m wechat.CancelWaybill) (wechat.Query, []byte) {
	t.Helper()
	return w.Sender.Push(f, at, nonce, [16]byte{random}, wechat.EncodeCancel(f, m))
}

// In plain mode whoever has seen a push can send it again, and no other: at no server,
// while WeChat's own repeats are answered as they were, also sealed anew.
func TestSeenSignature(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	servers := []*program{start(t, testConfig(url, wechat.Plain)), start(t, testConfig(url, wechat.Plain))}
	for i, f := range []wechat.Format{wechat.XML, wechat.JSON} {
		at, nonce := time.Now(), fmt.Sprint("148641561", i)
		m := sampleCancel(int64(i))
		if i > 0 { // the sample is cancelled by then
			m.OrderID, m.WayBillID = "order-seen", "seen"
		}
		another := m
		another.OrderID, another.WayBillID = "order-unseen", "unseen"
		for _, c := range []wechat.CancelWaybill{m, another} {
			execute(t, url, `INSERT INTO waybill (biz_id, waybill_id, order_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, demo.BizID, c.WayBillID, c.OrderID)
		}
		answered := func(what string, p *program, mode wechat.Mode, random byte) {
			t.Helper()
			w := p.wechat(t, mode, f)
			q, body := made(t, w, f, at, nonce, random, m)
			a, err := w.Raw(t.Context(), q, body)
			if err != nil || a.Status != http.StatusOK {
				t.Fatalf("%v, %s: status %d, %v", f, what, a.Status, err)
			}
			if r, err := wechat.DecodeCancelReply(f, a.Body); err != nil || r.ResultCode != 0 {
				t.Errorf("%v, %s: %s, %v", f, what, a.Body, err)
			}
		}
		answered("the push", servers[0], wechat.Plain, 0)
		for k, p := range servers {
			answered("its repeat", p, wechat.Plain, 0)
			answered("in compatible mode", p, wechat.Compatible, 1)
			answered("sealed anew", p, wechat.Compatible, 2)
			w := p.wechat(t, wechat.Plain, f)
			q, body := made(t, w, f, at, nonce, 0, another)
			a, err := w.Raw(t.Context(), q, body)
			if err != nil || a.Status != http.StatusForbidden || len(a.Body) > 0 {
				t.Errorf("%v, another body at server %d: status %d, %q, %v", f, k, a.Status, a.Body, err)
			}
			p.shows(t, map[string]float64{`carrierhook_refusals_total{account="main",check="replayed"}`: float64(i + 1)})
		}
	}
	if got := query(t, url, `SELECT concat_ws(' ', (SELECT status FROM waybill WHERE waybill_id = 'unseen'),
		(SELECT count(*) FROM push WHERE waybill_id = 'unseen'), (SELECT count(*) FROM bound_signature))`); got != "booked 0 2" {
		t.Errorf("the other waybill is %s", got)
	}
}
