package config

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The SHA-256 of "a" and of "b".
const (
	hashA = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
	hashB = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"
)

// A token has a name, scopes and a hash, as they are written in one way only, and
// no two share a name or a hash. No problem shows what may be a secret.
func TestTokens(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		tokens string
		says   string // if it is refused
	}{
		"read":                  {"a:read:" + hashA, ""},
		"every scope":           {"a:read+scans+waybills+merchants+events+personal+admin:" + hashA, ""},
		"in another order":      {"a:personal+read:" + hashA, ""},
		"several":               {"dispatch-1:scans:" + hashA + ", support_2:read:" + hashB, ""},
		"the longest name":      {strings.Repeat("n", 32) + ":read:" + hashA, ""},
		"name too long":         {strings.Repeat("n", 33) + ":read:" + hashA, "entry 1"},
		"no name":               {":read:" + hashA, "entry 1"},
		"capitals":              {"A:read:" + hashA, "entry 1"},
		"other scopes":          {"a:all:" + hashA, "entry 1"},
		"one scope twice":       {"a:read+scans+read:" + hashA, "entry 1"},
		"half a scope":          {"a:read+:" + hashA, "entry 1"},
		"no scopes":             {"a::" + hashA, "entry 1"},
		"no hash":               {"a:read:", "entry 1"},
		"a hash cut":            {"a:read:" + hashA[1:], "entry 1"},
		"a hash in capitals":    {"a:read:" + strings.ToUpper(hashA), "entry 1"},
		"more after it":         {"a:read:" + hashA + ":x", "entry 1"},
		"the secret, no hash":   {"a:read:" + hashA + ",b:read:hush", "entry 2"},
		"only the secret":       {"hush", "entry 1"},
		"a line break":          {"a:read:" + hashA + "\nb:read:" + hashB, "entry 1"},
		"one name twice":        {"a:read:" + hashA + ",b:read:" + hashB + ",a:scans:" + strings.Repeat("0", 64), "the name a twice"},
		"one token, two names":  {"a:read:" + hashA + ",b:read:" + hashA, "two names"},
		"one token, two scopes": {"a:read:" + hashA + ",a:scans:" + hashA, "twice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			variable := "CARRIERHOOK_API_TOKENS=" + tc.tokens
			if tc.says == "" {
				mustLoad(t, "", variable)
				return
			}
			got := loadProblems(t, NeedNothing, "", variable)
			onlyProblem(t, got, "api.tokens (CARRIERHOOK_API_TOKENS) ", tc.says, ";")
			if strings.Contains(got[0], "hush") || strings.Contains(got[0], hashA) {
				t.Errorf("the problem shows too much: %s", got[0])
			}
		})
	}
}

// The scopes of before are refused with the new ones, and all places that have them are
// named at once.
func TestOldScopes(t *testing.T) {
	t.Parallel()
	got := loadProblems(t, NeedNothing, "", "CARRIERHOOK_API_TOKENS=a:write:"+hashA+",b:read:"+hashB+",c:read+write:"+strings.Repeat("0", 64))
	onlyProblem(t, got, "api.tokens (CARRIERHOOK_API_TOKENS) entry 1, 3 has the scope write, which no longer exists: ",
		"scans (reported by couriers)", "waybills (booked elsewhere, charged)", "merchants (contracts, passwords, quotas)",
		"instead of read+write name read+scans+waybills+merchants", "personal", ";")
	if strings.Contains(got[0], hashA) {
		t.Errorf("the problem shows too much: %s", got[0])
	}
}

// A list of what is no text is refused without showing it.
func TestTokensOfOtherTypes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"[77777]", "77777", "[[77777]]", "[{a: 77777}]", "[\"\"]"} {
		got := loadProblems(t, NeedNothing, "api: {tokens: "+text+"}")
		onlyProblem(t, got, "api.tokens (CARRIERHOOK_API_TOKENS) ", ";")
		if strings.Contains(got[0], "77777") {
			t.Errorf("%s: the problem shows it: %s", text, got[0])
		}
	}
}

// Whoever serves where others reach the internal API needs tokens; a tool, and a
// server that only its own machine reaches, does not.
func TestOpenToOthers(t *testing.T) {
	t.Parallel()
	for listen, open := range map[string]bool{
		"127.0.0.1:0": false, "127.8.9.10:9090": false, "[::1]:9090": false, "localhost:9090": false, "[::ffff:127.0.0.1]:9090": false,
		":9090": true, "0.0.0.0:9090": true, "[::]:9090": true, "10.0.0.1:9090": true, "internal:9090": true, "localhost.evil.com:9090": true,
	} {
		variables := serving("CARRIERHOOK_INTERNAL_LISTEN=" + listen)
		if _, _, err := load(write(t, ""), NeedDatabase, variables); err != nil {
			t.Errorf("%s, for a tool: %v", listen, err)
		}
		if _, _, err := load(write(t, ""), NeedServe, append(slices.Clone(variables), "CARRIERHOOK_API_TOKENS=a:read:"+hashA)); err != nil {
			t.Errorf("%s with a token: %v", listen, err)
		}
		if !open {
			if _, _, err := load(write(t, ""), NeedServe, variables); err != nil {
				t.Errorf("%s without tokens: %v", listen, err)
			}
			continue
		}
		onlyProblem(t, loadProblems(t, NeedServe, "", variables...), "api.tokens (CARRIERHOOK_API_TOKENS) ", "server token NAME", "127.0.0.1", listen)
	}
}

// A token's hash is that of the secret, whose form and length do not matter.
func TestNewToken(t *testing.T) {
	t.Parallel()
	if got, err := NewToken("dispatch", "read+scans", "a"); err != nil || got.Value() != "dispatch:read+scans:"+hashA {
		t.Errorf("got %q, %v", got.Value(), err)
	}
	if name, scopes, hash := Token("dispatch:read+scans:" + hashA).Parts(); name != "dispatch" || scopes != "read+scans" || hex.EncodeToString(hash[:]) != hashA {
		t.Errorf("the parts are %s, %s and %x", name, scopes, hash)
	}
	for _, tc := range [][2]string{{"", "read"}, {"A", "read"}, {"a b", "read"}, {"a:read", "read"}, {"a", ""}, {"a", "all"}, {"a", "write"}, {"a,b", "read"}} {
		if got, err := NewToken(tc[0], tc[1], "hush"); err == nil || got != "" || strings.Contains(err.Error(), "hush") {
			t.Errorf("%q: got %q, %v", tc, got.Value(), err)
		}
	}
}

// However tokens are printed, and whether or not they are right, the hash is not;
// name and scopes are.
func TestTokensDoNotPrint(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, "", "CARRIERHOOK_API_TOKENS=dispatch:read+scans:"+hashA+",support:read:"+hashB)
	wrong := Token("support:hush")
	asJSON, err := json.Marshal(c)
	must(t, err)
	printed := map[string]string{"Summary": fmt.Sprint(c.Summary()), "JSON": string(asJSON)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%c"} {
		printed[verb] = fmt.Sprintf(verb, c) + fmt.Sprintf(verb, c.API.Tokens[0]) + fmt.Sprintf(verb, wrong)
	}
	for how, text := range printed {
		for _, hidden := range []string{hashA[:8], hashB[:8], "hush", fmt.Sprintf("%x", "hush"), fmt.Sprintf("%x", hashA[:8])} {
			if strings.Contains(strings.ToLower(text), hidden) {
				t.Errorf("%s shows a hash: %s", how, text)
			}
		}
		if !strings.Contains(text, "dispatch:read+scans") {
			t.Errorf("%s does not show the name and scopes: %s", how, text)
		}
	}
	for _, f := range c.Summary() {
		if f.Key == "api.tokens" && f.Value != "[dispatch:read+scans support:read]" {
			t.Errorf("the summary says %s", f.Value)
		}
	}
}
