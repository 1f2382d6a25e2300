package handler_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"carrierhook/internal/handler"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
)

// takes are the modes of the pushes that a server of a mode takes.
var takes = map[wechat.Mode][]wechat.Mode{
	wechat.Plain:      {wechat.Plain, wechat.Compatible},
	wechat.Compatible: {wechat.Compatible, wechat.Secure},
	wechat.Secure:     {wechat.Compatible, wechat.Secure},
}

// TestSamples sends WeChat's sample packets over a connection, to each server
// that takes them, and gets WeChat's sample replies byte for byte but
// for the samples' layout.
func TestSamples(t *testing.T) {
	t.Parallel()
	for server, pushes := range takes {
		for _, m := range pushes {
			for _, f := range formats {
				t.Run(fmt.Sprintf("%v/%v on %v", f, m, server), func(t *testing.T) {
					t.Parallel()
					s := newServer(t, server)
					q, body := samplePush(t, f, m)
					// WeChat has sent JSON as text/xml: the type means nothing.
					res, err := http.Post("http://"+s.start(t)+handler.Path+"?"+q.Values().Encode(), "text/xml", bytes.NewReader(body))
					must(t, err)
					defer res.Body.Close()
					got, err := io.ReadAll(res.Body)
					must(t, err)
					if res.StatusCode != http.StatusOK {
						t.Errorf("status %d", res.StatusCode)
					}
					like := sample(t, "cancel_waybill.response."+f.String())
					if server != wechat.Plain {
						like = sample(t, "cancel_waybill.secure.response."+f.String())
					}
					got, want := opened(t, q, f, server, got), compact(t, f, opened(t, q, f, server, like))
					if !bytes.Equal(got, want) {
						t.Errorf("\n got %s\nwant %s", got, want)
					}
					if ct := res.Header.Get("Content-Type"); ct != f.ContentType() {
						t.Errorf("Content-Type %q, want %q", ct, f.ContentType())
					}
				})
			}
		}
	}
}

// opened is the packet inside a reply, after the checks that WeChat makes.
func opened(t testing.TB, q wechat.Query, f wechat.Format, m wechat.Mode, body []byte) []byte {
	t.Helper()
	packet, err := newSender(t, m).OpenReply(q, f, body)
	must(t, err)
	return packet
}

// TestOneLinePerPush: a push leaves one log line with typed fields, and counts
// once in each metric.
func TestOneLinePerPush(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Secure)
	s.desk.cancel = decides(waybill.NotBooked)
	begun := time.Now()
	s.post(samplePush(t, wechat.JSON, wechat.Compatible))
	if n := s.logs.Len(); n != 1 {
		t.Errorf("%d log lines, want 1:\n%s", n, s.written)
	}
	entry, fields := s.line(t, "push")
	if entry.Level != zap.InfoLevel {
		t.Errorf("level %v", entry.Level)
	}
	if took, ok := fields["took"].(time.Duration); !ok || took <= 0 || took > time.Since(begun) {
		t.Errorf("took is %v (%T)", fields["took"], fields["took"])
	}
	delete(fields, "took")
	want := map[string]any{
		"event": "cancel_waybill", "format": "json", "mode": "compatible", "result": "30002",
		"reason": "collected", "repeat": false,
		"biz_id": "xyz", "order_id": "012345678901234567890123456789", "waybill_id": "123456789",
	}
	if !maps.Equal(fields, want) {
		t.Errorf("fields %v\n   want %v", fields, want)
	}
	s.counted(t, `carrierhook_pushes_total{event="cancel_waybill",format="json",mode="compatible",result="30002"}`, 1)
	s.counted(t, `carrierhook_push_duration_seconds_count{event="cancel_waybill"}`, 1)
	s.counted(t, `carrierhook_repeats_total`, 0)
	s.counted(t, `carrierhook_in_flight_pushes`, 0)
}

// TestRepeatIsCounted: that a push was answered as before shows in the log and
// in a metric, and not in the reply.
func TestRepeatIsCounted(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain)
	first := s.post(samplePush(t, wechat.XML, wechat.Plain))
	s.desk.cancel = repeats
	second := s.post(samplePush(t, wechat.XML, wechat.Plain))
	if !bytes.Equal(first.Body.Bytes(), second.Body.Bytes()) {
		t.Errorf("the repeat got %s, the first %s", second.Body, first.Body)
	}
	s.counted(t, `carrierhook_repeats_total`, 1)
	lines := s.logs.FilterMessage("push").All()
	var said []any
	for _, l := range lines {
		said = append(said, l.ContextMap()["repeat"])
	}
	if !slices.Equal(said, []any{false, true}) {
		t.Errorf("the log says repeat: %v", said)
	}
}

// TestLongIDsDoNotFillTheLog: an id from outside is cut for the log only.
func TestLongIDsDoNotFillTheLog(t *testing.T) {
	t.Parallel()
	m := sampleCancel
	m.OrderID = string(bytes.Repeat([]byte("9"), 512))
	s := newServer(t, wechat.Secure)
	q, body := wechatPush(t, wechat.XML, wechat.Secure, wechat.EncodeCancel(wechat.XML, m))
	w := s.post(q, body)
	if !bytes.Contains(opened(t, q, wechat.XML, wechat.Secure, w.Body.Bytes()), []byte(m.OrderID)) {
		t.Error("the reply does not repeat the order id whole")
	}
	if asked := onlyAsked[waybill.CancelRequest](t, s.desk); asked.OrderID != m.OrderID {
		t.Errorf("the desk was asked %+v", asked)
	}
	_, fields := s.line(t, "push")
	if id, _ := fields["order_id"].(string); id != m.OrderID[:128]+"…" {
		t.Errorf("the log has %d bytes of the order id", len(id))
	}
}
