package api_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"testing"

	"carrierhook/internal/handler/api"
)

// TestParseToken: only what has the form is a token, and the error shows nothing.
func TestParseToken(t *testing.T) {
	t.Parallel()
	hash := strings.Repeat("0123456789abcdef", 4)
	for text, good := range map[string]bool{
		"a:read:" + hash:                                true,
		"scan_ners-1:write:" + hash:                     true,
		strings.Repeat("x", 32) + ":read+write:" + hash: true,
		"":              false,
		":read:" + hash: false,
		strings.Repeat("x", 33) + ":read:" + hash: false,
		"A:read:" + hash:                  false,
		"a b:read:" + hash:                false,
		"a::" + hash:                      false,
		"a:write+read:" + hash:            false,
		"a:admin:" + hash:                 false,
		"a:read:" + strings.ToUpper(hash): false,
		"a:read:" + hash[1:]:              false,
		"a:read:" + hash + "0":            false,
		"a:read:" + hash + "\n":           false,
		"a:read:" + hash[1:] + "g":        false,
		"a:read:x:" + hash:                false,
	} {
		tok, err := api.ParseToken(text)
		if good != (err == nil) {
			t.Errorf("%q: %v", text, err)
		}
		if err != nil && (!errors.Is(err, api.ErrToken) || strings.Contains(err.Error(), hash[1:])) {
			t.Errorf("%q: %v", text, err)
		}
		if err == nil && (tok.Name+":"+tok.Scopes.String()+":"+hex.EncodeToString(tok.Hash[:]) != text) {
			t.Errorf("%q came back as %v", text, tok)
		}
	}
}

// TestScopes: each operation can be had with its scope and no other, and with none
// without a token.
func TestScopes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c call) {
		s := newServer(t)
		s.known()
		for header, want := range map[string]int{
			"Bearer " + both: 0,
			"Bearer " + map[string]string{"read": reader, "write": writer}[c.scope]: 0,
			"bearer " + both:         0,
			"Bearer   " + both + " ": 0,
			"Bearer " + map[string]string{"read": writer, "write": reader}[c.scope]: http.StatusForbidden,
			"":                                http.StatusUnauthorized,
			"Bearer":                          http.StatusUnauthorized,
			"Bearer ":                         http.StatusUnauthorized,
			both:                              http.StatusUnauthorized,
			"Basic " + both:                   http.StatusUnauthorized,
			"Bearer " + both[1:]:              http.StatusUnauthorized,
			"Bearer " + both + "x":            http.StatusUnauthorized,
			"Bearer " + both + ", x":          http.StatusUnauthorized,
			"Bearer " + hashOf(both):          http.StatusUnauthorized,
			"Bearer " + strings.ToUpper(both): http.StatusUnauthorized,
		} {
			req := ask(c.method, c.target, c.body)
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
		req := ask(c.method, c.target, c.body)
		req.Header.Add("Authorization", "Bearer "+both)
		isProblem(t, http.StatusUnauthorized, "unauthorized", s.do(t, req)) // two of them
	})
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// TestRotation: while a token is changed the old and the new one both open, and
// whoever used which is seen.
func TestRotation(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(p *parts) {
		p.Tokens = []api.Token{token(t, "gate-1:write", writer), token(t, "gate-2:write", both)}
	})
	s.booked("M1", "W1")
	for name, secret := range map[string]string{"gate-1": writer, "gate-2": both} {
		req := ask("POST", "/v1/scans", `{"waybill_id":"W1","action_type":200001,"action_time":1795320000,"idempotency_key":"`+name+`"}`)
		req.Header.Set("Authorization", "Bearer "+secret)
		isJSON(t, http.StatusOK, s.do(t, req))
		if got := s.office.reported[len(s.office.reported)-1].By; got != name {
			t.Errorf("reported by %q, want %q", got, name)
		}
		if line := s.lines("api"); line[len(line)-1]["by"] != name {
			t.Errorf("the log says %v", line)
		}
	}
}

// TestWithoutTokens: the API is open to the machine itself, and to no web page that
// a browser on it shows.
func TestWithoutTokens(t *testing.T) {
	t.Parallel()
	none := func(p *parts) { p.Tokens = nil }
	each(t, func(t *testing.T, c call) {
		for host, good := range map[string]bool{
			"localhost": true, "localhost:8081": true, "LocalHost": true, "127.0.0.1": true, "127.1.2.3:80": true, "[::1]": true, "[::1]:8081": true,
			"": false, "example.com": false, "localhost.example.com": false, "127.0.0.1.example.com": false, "10.0.0.1": false,
			"0.0.0.0": false, "[::]": false, "[::2]:1": false, "xlocalhost": false, "localhost:x:y": false, "[localhost": false, "[::1": false, "::1": true,
		} {
			s := newServer(t, none)
			s.known()
			req := ask(c.method, c.target, c.body)
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
			s.known()
			req := ask(c.method, c.target, c.body)
			req.Host = "localhost:8081"
			req.Header.Set(header, value)
			if w := s.do(t, req); w.Code != http.StatusForbidden {
				t.Errorf("%s %s: status %d", header, value, w.Code)
			}
		}
	})
}
