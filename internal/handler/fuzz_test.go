package handler_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"carrierhook/internal/handler"
	"carrierhook/internal/wechat"
)

// FuzzPush sends anything as query and body to a server of each mode. Whatever
// comes, the status is one of four, a refusal is bare, an answer is what WeChat
// understands, and only pushes that were answered reach the desk.
func FuzzPush(f *testing.F) {
	for _, format := range formats {
		for _, m := range wechat.Modes() {
			q, body := samplePush(f, format, m)
			f.Add(q.Values().Encode(), body)
		}
		f.Add(signed("").Values().Encode(), message(format, "event", "add_waybill"))
		for _, p := range spoiltPushes(f, format) {
			f.Add(p.query.Values().Encode(), p.body)
		}
	}
	f.Add("%zz;&&==", []byte("<"))
	var servers []*server
	for _, m := range wechat.Modes() {
		servers = append(servers, makeServer(f, m))
	}
	statuses := []int{http.StatusOK, http.StatusBadRequest, http.StatusForbidden, http.StatusRequestEntityTooLarge}

	f.Fuzz(func(t *testing.T, query string, body []byte) {
		for i, m := range wechat.Modes() {
			s := servers[i]
			s.forget()
			req, err := http.NewRequest(http.MethodPost, "http://x"+handler.Path, bytes.NewReader(body))
			must(t, err)
			req.URL.RawQuery = query
			req.RemoteAddr = "192.0.2.7:1234"
			w := httptest.NewRecorder()
			s.public.ServeHTTP(w, req)
			if !slices.Contains(statuses, w.Code) || (w.Code != http.StatusOK && w.Body.Len() > 0) {
				t.Fatalf("%v: status %d, %q", m, w.Code, w.Body)
			}
			asked, recorded := s.desk.seen()
			if told := len(asked) + len(recorded); (w.Code == http.StatusOK) != (told == 1) {
				t.Fatalf("%v: status %d, and the desk was asked or told %d times", m, w.Code, told)
			}
			if s.logs.FilterMessage("panic").Len() > 0 {
				t.Fatalf("%v: %s", m, s.written)
			}
			if w.Code == http.StatusOK && len(asked) == 1 {
				understood(t, req, m, body, w.Body.Bytes())
			}
		}
	})
}

// understood fails the test unless WeChat could read the reply.
func understood(t *testing.T, req *http.Request, m wechat.Mode, push, reply []byte) {
	t.Helper()
	format := wechat.XML
	if bytes.HasPrefix(bytes.TrimLeft(push, " \t\r\n"), []byte("{")) {
		format = wechat.JSON
	}
	packet, err := newSender(t, m).OpenReply(wechat.QueryFrom(req.URL.Query()), format, reply)
	must(t, err)
	if _, err := wechat.DecodeCancelReply(format, packet); err != nil {
		t.Fatalf("%v: the reply %s: %v", m, packet, err)
	}
}
