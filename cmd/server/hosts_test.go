package main

import (
	"net/http"
	"testing"

	"carrierhook/internal/wechat"
)

// getAs asks under another host than the address, as a web page does that has its
// name lead here.
func getAs(tb testing.TB, host, url string) int {
	tb.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		tb.Fatal(err)
	}
	if host != "" {
		req.Host = host
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// The server shows its metrics under the names that the configuration has, and its
// addresses; probes are answered under any.
func TestInternalHosts(t *testing.T) {
	t.Parallel()
	cfg := testConfig(withSamples(t), wechat.Secure)
	cfg.InternalHosts = []string{"carrierhook.test"}
	internal := "http://" + start(t, cfg).internal.String()
	for host, want := range map[string]struct{ metrics, api int }{
		"":                      {http.StatusOK, http.StatusOK},
		"localhost:9090":        {http.StatusOK, http.StatusOK},
		"carrierhook.test:9090": {http.StatusOK, http.StatusForbidden}, // which goes by tokens, or by loopback
		"evil.example:9090":     {http.StatusForbidden, http.StatusForbidden},
	} {
		if got := getAs(t, host, internal+"/metrics"); got != want.metrics {
			t.Errorf("metrics of %q: status %d, want %d", host, got, want.metrics)
		}
		if got := getAs(t, host, internal+"/v1/merchants/"+sampleBizID); got != want.api {
			t.Errorf("a merchant, of %q: status %d, want %d", host, got, want.api)
		}
		if got := getAs(t, host, internal+"/healthz"); got != http.StatusOK {
			t.Errorf("health of %q: status %d", host, got)
		}
	}
}
