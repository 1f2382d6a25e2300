package handler_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"carrierhook/internal/ledger"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
)

// anyEvent are the packets of each event that is decided, of one that is refused, of
// one that gets success, and of an unknown one.
func anyEvent(f wechat.Format) map[string][]byte {
	all := map[string][]byte{"other": message(f, "Event", "something")}
	for _, q := range eventCases() {
		all[q.event] = q.packet(f)
	}
	for _, event := range []string{repliedEvents[0], successEvents[0]} {
		all[event] = message(f, "Event", event)
	}
	return all
}

// replays makes the store find that every signature is another push's. Beside the error
// it offers all that an accepted push would get.
func replays(o *options) {
	s := o.Express.(*fakeStore)
	s.decides(fails(fmt.Errorf("inside: %w", ledger.ErrReplayed)))
	s.record = func(context.Context, recordedPush) error { return fmt.Errorf("inside: %w", ledger.ErrReplayed) }
}

// TestReplayed: a push whose signature is bound to another body is refused like any
// other that is not believed, whatever its event: no packet, no failure, and no
// decision in metrics and log.
func TestReplayed(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		for event, packet := range anyEvent(f) {
			t.Run(fmt.Sprintf("%v/%s", f, event), func(t *testing.T) {
				t.Parallel()
				s := newServer(t, wechat.Plain, replays)
				q, body := wechatPush(t, f, wechat.Plain, packet)
				w := s.post(q, body)
				if w.Code != http.StatusForbidden || w.Body.Len() > 0 {
					t.Errorf("status %d with %q", w.Code, w.Body)
				}
				s.explained(t, http.StatusForbidden, "replayed")
				s.noFailure(t)
				for line := range strings.Lines(s.scrape(t)) {
					if strings.HasPrefix(line, "carrierhook_pushes_total{") && !strings.HasSuffix(strings.TrimSpace(line), " 0") {
						t.Errorf("it was counted: %s", line)
					}
				}
				if n := s.logs.FilterLevelExact(zap.ErrorLevel).Len() + s.logs.FilterMessage("push").Len(); n > 0 {
					t.Errorf("%d log lines more: %s", n, s.written)
				}
			})
		}
	}
}

// TestStoreGetsBinding: the store gets what a push's signature is to be bound to where
// the receiver is Plain, of every event, and nothing where the signature covers the body.
func TestStoreGetsBinding(t *testing.T) {
	t.Parallel()
	for _, m := range wechat.Modes() {
		for event, packet := range anyEvent(wechat.JSON) {
			s := newServer(t, m)
			q, body := wechatPush(t, wechat.JSON, m, packet)
			if w := s.post(q, body); w.Code != http.StatusOK {
				t.Errorf("%v, %s: status %d", m, event, w.Code)
			}
			requests, recorded := s.store.calls()
			for _, r := range recorded {
				requests = append(requests, r)
			}
			if len(requests) != 1 {
				t.Fatalf("%v, %s: the store got %d pushes", m, event, len(requests))
			}
			got := reflect.ValueOf(requests[0]).FieldByName("Push").Interface().(ledger.Push).Binding
			if m != wechat.Plain {
				if got != nil {
					t.Errorf("%v, %s: the binding is %v", m, event, got)
				}
				continue
			}
			r, err := wechat.NewReceiver(wechat.ReceiverOptions{UserName: userName, Mode: m, Tokens: []string{token}})
			must(t, err)
			push, err := r.Open(q, bytes.Clone(body))
			must(t, err)
			if got == nil || *got != ledger.Binding(*push.Binding) {
				t.Errorf("%v, %s: the binding is %v", m, event, got)
			}
		}
	}
}
