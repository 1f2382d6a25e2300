package handler_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/handler"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
	"carrierhook/internal/wechat/hostile"
)

var fuzzStatuses = []int{http.StatusOK, http.StatusBadRequest, http.StatusForbidden, http.StatusRequestEntityTooLarge}

// FuzzPush sends anything as query and body to a server of each mode. Whatever
// comes, the status is one of four, a refusal is bare, an answer is what WeChat
// understands, and only pushes that were answered reach the store.
func FuzzPush(f *testing.F) {
	for _, format := range formats {
		for _, m := range wechat.Modes() {
			q, body := samplePush(f, format, m)
			f.Add(q.Values().Encode(), body)
		}
		for _, event := range eventCases() {
			f.Add(signed("").Values().Encode(), event.packet(format))
		}
		f.Add(signed("").Values().Encode(), message(format, "event", "add_waybill"))
		for _, p := range spoiltPushes(f, format) {
			f.Add(p.query.Values().Encode(), p.body)
		}
	}
	for _, shape := range hostile.Shapes() {
		f.Add(signed("AAAA").Values().Encode(), shape.Body(600, "AAAA"))
	}
	f.Add("%zz;&&==", []byte("<"))
	servers := fuzzServers(f)
	f.Fuzz(func(t *testing.T, query string, body []byte) {
		for i, m := range wechat.Modes() {
			servers[i].fuzzed(t, m, query, body)
		}
	})
}

// FuzzMessage sends anything as a message that WeChat signed and sealed, to a
// server of each mode, whose store decides anything. It holds what FuzzPush does,
// and that the modes agree.
func FuzzMessage(f *testing.F) {
	for _, format := range formats {
		for _, event := range eventCases() {
			f.Add(event.packet(format), byte(0))
		}
		for i, event := range slices.Concat(repliedEvents, successEvents, repliedInstant) {
			f.Add(message(format, "event", event), byte(i))
		}
		f.Add(barePacket(format, "add_waybill", "", shapes(format, "Sender")[1]), byte(1))
		f.Add(barePacket(format, "check_biz", "", shapes(format, "ShopName")[0]), byte(2))
		f.Add(barePacket(format, "transport_add_order", "", shapes(format, "cargo")[1]), byte(40))
	}
	servers := fuzzServers(f)
	f.Fuzz(func(t *testing.T, msg []byte, why byte) {
		format := formatOf(msg)
		all := append(texts(waybill.Reasons()...), texts(delivery.Reasons()...)...)
		var statuses []int
		for i, m := range wechat.Modes() {
			servers[i].store.decides(always(all[int(why)%len(all)]))
			q, body := wechatPush(t, format, m, msg)
			if m == wechat.Compatible {
				// Beside rubbish there cannot be an envelope; the sealed part alone does.
				q, body = wechatPush(t, format, wechat.Secure, msg)
			}
			statuses = append(statuses, servers[i].fuzzed(t, m, q.Values().Encode(), body))
		}
		// What a plain server takes, the others take, but that sealing makes it longer.
		// The reverse does not hold: in the plain, Encrypt is a member with a meaning.
		tooLong := statuses[1] == http.StatusRequestEntityTooLarge
		if statuses[1] != statuses[2] || statuses[0] == http.StatusOK && statuses[1] != http.StatusOK && !tooLong {
			t.Fatalf("statuses %v in plain, compatible and secure mode", statuses)
		}
	})
}

func fuzzServers(f *testing.F) (servers []*server) {
	for _, m := range wechat.Modes() {
		servers = append(servers, makeServer(f, m))
	}
	return servers
}

func formatOf(body []byte) wechat.Format {
	if bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return wechat.JSON
	}
	return wechat.XML
}

// fuzzed posts a push and fails the test unless what becomes of it is in order.
func (s *server) fuzzed(t *testing.T, m wechat.Mode, query string, body []byte) int {
	t.Helper()
	s.forget()
	req, err := http.NewRequest(http.MethodPost, "http://x"+handler.Path, bytes.NewReader(body))
	must(t, err)
	req.URL.RawQuery = query
	req.RemoteAddr = "192.0.2.7:1234"
	w := httptest.NewRecorder()
	s.public.ServeHTTP(w, req)
	if !slices.Contains(fuzzStatuses, w.Code) || (w.Code != http.StatusOK && w.Body.Len() > 0) {
		t.Fatalf("%v: status %d, %q", m, w.Code, w.Body)
	}
	requests, recorded := s.store.calls()
	if n := len(requests) + len(recorded); (w.Code == http.StatusOK) != (n == 1) {
		t.Fatalf("%v: status %d, and the store got %d pushes", m, w.Code, n)
	}
	if s.logs.FilterMessage("panic").Len() > 0 {
		t.Fatalf("%v: %s", m, s.written)
	}
	if w.Code == http.StatusOK {
		s.understood(t, req, m, formatOf(body), w.Body.Bytes())
	}
	return w.Code
}

// understood fails the test unless WeChat could read the reply, and unless it
// says what the log says.
func (s *server) understood(t *testing.T, req *http.Request, m wechat.Mode, format wechat.Format, reply []byte) {
	t.Helper()
	_, fields := s.line(t, "push")
	if fields["result"] == "success" {
		if string(reply) != "success" {
			t.Fatalf("%v: %q", m, reply)
		}
		return
	}
	packet, err := newSender(t, m).OpenReply(wechat.QueryFrom(req.URL.RawQuery), format, reply)
	must(t, err)
	for _, event := range eventCases() {
		if event.event != fields["event"] {
			continue
		}
		code, msg, err := event.decode(format, packet)
		if err != nil || msg == "" {
			t.Fatalf("%v: the reply %s: %v", m, packet, err)
		}
		if why := fields["reason"].(string); code != handler.ResultCode(event.event, why) {
			t.Fatalf("%v: answered %d for %s", m, code, why)
		}
		return
	}
	if !slices.Contains(append(repliedInstant, repliedEvents...), fields["event"].(string)) || !strings.Contains(string(packet), "不支持该业务") {
		t.Fatalf("%v: %v is answered %s", m, fields["event"], packet)
	}
}
