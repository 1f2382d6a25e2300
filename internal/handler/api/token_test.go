package api_test

import (
	"context"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/handler/api"
	"carrierhook/internal/waybill"
)

// TestParseScopes: scopes are written in one way, and are what they are called.
func TestParseScopes(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		"read": true, "read+personal": true, allScopes: true, "": false, "+": false, "read+": false, "read+read": false, "all": false, "write": false, "Read": false,
	} {
		if scopes, ok := api.ParseScopes(text); ok != good || ok && scopes.String() != text {
			t.Errorf("%q: %v as %v", text, ok, scopes)
		}
	}
}

// TestAuthorization: every operation needs a known token in the header.
func TestAuthorization(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c call) {
		s := newServer(t)
		for header, want := range map[string]int{
			"Bearer " + anything: 0, "bearer " + anything: 0, "Bearer   " + anything + " ": 0, "": http.StatusUnauthorized, "Bearer": http.StatusUnauthorized,
			"Bearer ": http.StatusUnauthorized, anything: http.StatusUnauthorized, "Basic " + anything: http.StatusUnauthorized,
			"Bearer " + anything[1:]: http.StatusUnauthorized, "Bearer " + anything + "x": http.StatusUnauthorized,
			"Bearer " + anything + ", x": http.StatusUnauthorized, "Bearer " + hashOf(anything): http.StatusUnauthorized,
			"Bearer " + strings.ToUpper(anything): http.StatusUnauthorized,
		} {
			req := c.request()
			req.Header.Del("Authorization")
			if header != "" {
				req.Header.Set("Authorization", header)
			}
			w := s.do(t, req)
			if want == 0 && w.Code >= 300 || want != 0 && w.Code != want {
				t.Errorf("%q: status %d, want %d", header, w.Code, want)
			}
			if want == http.StatusUnauthorized && w.Header().Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%q: no WWW-Authenticate", header)
			}
		}
		req := c.request()
		req.Header.Add("Authorization", "Bearer "+anything)
		isProblem(t, http.StatusUnauthorized, "unauthorized", s.do(t, req)) // two of them
	})
}

// TestScopes: an operation needs exactly the scope that the document says. The problem
// and the log name it, and the store is not called.
func TestScopes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c call) {
		got, _ := theDocument.at("paths", c.route, strings.ToLower(c.method), "security")
		if want := []any{map[string]any{"token": []any{c.scope}}}; !reflect.DeepEqual(got, want) {
			t.Errorf("the document says %v, want %v", got, want)
		}
		names := strings.Split(allScopes, "+")
		others := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == c.scope })
		for _, scopes := range append(names, strings.Join(others, "+")) {
			s := newServer(t, func(p *options) { p.Tokens = []api.Token{token(t, "one:"+scopes, scanner)} })
			called := false
			s.store.before = func(context.Context, any) error { called = true; return nil }
			w := s.do(t, requestAs(scanner, c.method, c.target, c.body))
			if scopes == c.scope {
				if w.Code >= 300 || !called {
					t.Errorf("%s: status %d", scopes, w.Code)
				}
				continue
			}
			p := isProblem(t, http.StatusForbidden, "forbidden", w)
			if p["scope"] != c.scope || !strings.Contains(p["detail"].(string), c.scope) || called {
				t.Errorf("%s: %v, the store was called: %v", scopes, p, called)
			}
			if line := s.lines("api")[0]; line["by"] != "one" || line["scope"] != c.scope {
				t.Errorf("%s: the log says %v", scopes, line)
			}
		}
	})
}

// TestPersonal: without the scope personal, answers lack personal data and nothing
// else.
func TestPersonal(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(p *options) {
		p.Tokens = []api.Token{token(t, "a:read", reader), token(t, "b:read+personal", scanner), token(t, "c:scans+waybills+merchants", anything)}
	})
	own := scanOf("W1", 100001) // with a message, and so its key is made of it
	key := strings.Replace(scanOf("W1", 200001), "{", `{"idempotency_key":"k-1",`, 1)
	s.answers(t, http.StatusOK, "POST", "/v1/scans", own)
	s.answers(t, http.StatusOK, "POST", "/v1/scans", key)
	s.answers(t, http.StatusOK, "POST", "/v1/delivery/orders/S1/O1/status", ofRider(statusText("D1", 102, 1795320000)))
	for _, target := range []string{"/v1/waybills/M1/W1", "/v1/delivery/orders/S1/O1"} {
		answers := map[string]string{}
		for _, secret := range []string{reader, scanner} {
			w := s.do(t, requestAs(secret, "GET", target, ""))
			if w.Code != http.StatusOK {
				t.Fatalf("%s: status %d: %s", target, w.Code, w.Body)
			}
			answers[secret] = w.Body.String()
		}
		if strings.Contains(answers[reader], "13800138000") || strings.Contains(answers[reader], "sha256:") || !strings.Contains(answers[scanner], message) ||
			strings.HasSuffix(target, "O1") && !strings.Contains(answers[scanner], `"agent":{"name":"rider-13800138000","phone":"13800138000","phone_encrypted":false}`) {
			t.Errorf("%s: without the scope\n%s\nwith it\n%s", target, answers[reader], answers[scanner])
		}
		without := regexp.MustCompile(`"(?:action_msg":"[^"]*"|idempotency_key":"sha256:[^"]*"|agent":\{[^}]*\}),?`).ReplaceAllString(answers[scanner], "")
		if answers[reader] != without {
			t.Errorf("%s: without the scope\n%s\nwant\n%s", target, answers[reader], without)
		}
	}
	for _, c := range calls { // and all others have nothing of the kind
		if c.method == http.MethodGet && strings.Contains(c.target, "1/") {
			continue
		}
		if w := s.do(t, c.request()); strings.Contains(w.Body.String(), "13800138000") {
			t.Errorf("%s: %s", c.target, w.Body)
		}
	}
}

// TestRotation: while a token is changed the old and the new one both work, under their
// own names.
func TestRotation(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(p *options) {
		p.Tokens = []api.Token{token(t, "gate-1:scans", scanner), token(t, "gate-2:scans", anything)}
	})
	for name, secret := range map[string]string{"gate-1": scanner, "gate-2": anything} {
		isJSON(t, http.StatusOK, s.do(t, requestAs(secret, "POST", "/v1/scans", `{"waybill_id":"W1","action_type":200001,"action_time":1795320000,"idempotency_key":"`+name+`"}`)))
		if got := callsOf[waybill.Scan](s)[len(callsOf[waybill.Scan](s))-1].By; got != name {
			t.Errorf("reported by %q, want %q", got, name)
		}
		if line := s.lines("api"); line[len(line)-1]["by"] != name {
			t.Errorf("the log says %v", line)
		}
	}
}

// TestWithoutTokens: without tokens the API is open to this machine, but to no web page
// in a browser on it.
func TestWithoutTokens(t *testing.T) {
	t.Parallel()
	none := func(p *options) { p.Tokens = nil }
	each(t, func(t *testing.T, c call) {
		for host, good := range map[string]bool{
			"localhost": true, "localhost:8081": true, "LocalHost": true, "127.0.0.1": true, "127.1.2.3:80": true, "[::1]": true, "[::1]:8081": true,
			"": false, "example.com": false, "localhost.example.com": false, "127.0.0.1.example.com": false, "10.0.0.1": false,
			"0.0.0.0": false, "[::]": false, "[::2]:1": false, "xlocalhost": false, "localhost:x:y": false, "[localhost": false, "[::1": false, "::1": true,
		} {
			s := newServer(t, none)
			req := c.request()
			req.Header.Del("Authorization")
			req.Host = host
			w := s.do(t, req)
			if good != (w.Code < 300) || !good && w.Code != http.StatusForbidden {
				t.Errorf("host %q: status %d", host, w.Code)
			}
			if good && s.lines("api")[0]["by"] != "local" {
				t.Errorf("the log says %v", s.lines("api"))
			}
		}
		for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://example.com"} {
			s := newServer(t, none)
			req := c.request()
			req.Host = "localhost:8081"
			req.Header.Set(header, value)
			if w := s.do(t, req); w.Code != http.StatusForbidden {
				t.Errorf("%s %s: status %d", header, value, w.Code)
			}
		}
	})
}
