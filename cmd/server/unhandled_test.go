package main

import (
	"net/http"
	"strings"
	"testing"

	"carrierhook/internal/handler"
	"carrierhook/internal/wechat"
)

// A push at nearly the right URL, or at the other listener, is refused; log and metrics
// say at which listener, and why.
func TestMisdirectedPush(t *testing.T) {
	t.Parallel()
	p := start(t, testConfig(withSamples(t), wechat.Secure))
	for listener, url := range map[string]string{
		handler.PublicListener:   p.url() + "/",
		handler.InternalListener: "http://" + p.internal.String() + handler.Path,
	} {
		w := p.wechat(t, wechat.Secure, wechat.XML)
		w.URL = url
		a, err := w.Cancel(t.Context(), sampleCancel(0))
		if a.Status != http.StatusNotFound {
			t.Errorf("%s: status %d, %v", url, a.Status, err)
		}
		p.shows(t, map[string]float64{`carrierhook_unhandled_requests_total{listener="` + listener + `",reason="misdirected"}`: 1})
		p.log.wait(t, `"msg":"refused: misdirected","listener":"`+listener+`"`)
	}
	if n := strings.Count(p.log.String(), "refused: "); n != 2 {
		t.Errorf("%d lines of refusals:\n%s", n, p.log)
	}
}
