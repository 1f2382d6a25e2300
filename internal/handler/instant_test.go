package handler_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/wechat"
)

// TestWithoutInstantStore: where instant delivery is not offered, all its events are
// refused in their own packet, recorded, and not decided.
func TestWithoutInstantStore(t *testing.T) {
	t.Parallel()
	for _, c := range instantCases() {
		for f, m := range everyWay {
			s := newServer(t, m, func(o *options) { o.Instant = nil })
			w, packet := s.push(t, f, m, bytes.Replace(c.packet(f), []byte(c.event), []byte(strings.ToUpper(c.event)), 1))
			if want := c.refusal(f, -1, "不支持该业务"); w.Code != http.StatusOK || !bytes.Equal(packet, want) {
				t.Errorf("status %d\n got %s\nwant %s", w.Code, packet, want)
			}
			got := onlyRecorded(t, s.store)
			if got.Event != c.event || got.reason != "not_offered" || got.code == nil || *got.code != -1 || got.ID == (ledger.PushID{}) {
				t.Errorf("recorded %+v", got)
			}
			s.counted(t, fmt.Sprintf(`carrierhook_pushes_total{account="main",event=%q,format=%q,mode=%q,result="-1"}`, c.event, f, m), 1)
			s.noFailure(t)
		}
	}
}

// TestDecisionWithAnErrorIsNone: nothing of a decision that comes with an error is in
// the reply, the log or the metrics.
func TestDecisionWithAnErrorIsNone(t *testing.T) {
	t.Parallel()
	for _, c := range instantCases() {
		s := newServer(t, wechat.Plain)
		s.store.deliver = func(_ context.Context, r delivery.Request) (delivery.Decision, error) {
			d := sampleDecision(r)
			d.Attempt.WaybillID, d.Repeat = "nobody's", true
			return d, errAway
		}
		q, body := wechatPush(t, wechat.XML, wechat.Plain, c.packet(wechat.XML))
		minusOne(t, c, q, wechat.XML, wechat.Plain, s.post(q, body))
		if strings.Contains(s.written.String(), "nobody's") {
			t.Errorf("%s: the log has the waybill of a decision that is none", c.event)
		}
		s.counted(t, `carrierhook_repeats_total`, 0)
	}
}
