package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// goodToken is one that nobody finds by trying.
const goodToken = "4f9c1de07a3b5628"

// warningsOf loads a file. No warning shows a secret, and each says what to do.
func warningsOf(tb testing.TB, path string, environ ...string) []Warning {
	tb.Helper()
	c, warnings, err := load(path, NeedNothing, environ)
	must(tb, err)
	for _, w := range warnings {
		if !slices.Contains(WarningKinds(), w.Kind) || !strings.Contains(w.Text, "; ") {
			tb.Errorf("%+v is of no kind, or does not say what to do", w)
		}
		for _, k := range keys() {
			s, _ := k.of(&c).Interface().(Secret)
			if len(s) > 1 && strings.Contains(w.Text, s.Value()) {
				tb.Errorf("%s is in %q", k.name, w.Text)
			}
		}
	}
	return warnings
}

// What weakens is warned of by its key, and what does not is not.
func TestWarnings(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		variable string
		key      string // "" where nothing is warned of
		kind     string
	}{
		"plain":                        {"WECHAT_MODE=plain", "wechat.mode", "plain_mode"},
		"compatible":                   {"WECHAT_MODE=compatible", "", ""},
		"no window":                    {"WECHAT_TIMESTAMP_WINDOW=0", "wechat.timestamp_window", "no_window"},
		"a window":                     {"WECHAT_TIMESTAMP_WINDOW=1s", "", ""},
		"one letter":                   {"WECHAT_TOKEN=x", "wechat.token", "weak_secret"},
		"15 characters":                {"WECHAT_TOKEN=" + goodToken[1:], "wechat.token", "weak_secret"},
		"16 characters":                {"WECHAT_TOKEN=" + goodToken, "", ""},
		"one letter 32 times":          {"WECHAT_TOKEN=" + strings.Repeat("x", 32), "wechat.token", "weak_secret"},
		"7 letters again and again":    {"WECHAT_TOKEN=" + strings.Repeat("abcdefg", 4), "wechat.token", "weak_secret"},
		"8 letters again and again":    {"WECHAT_TOKEN=" + strings.Repeat("abcdefgh", 4), "", ""},
		"the former Token":             {"WECHAT_PREVIOUS_TOKEN=secret", "wechat.previous_token", "weak_secret"},
		"key of one letter":            {"WECHAT_AES_KEY=" + strings.Repeat("A", 43), "wechat.aes_key", "weak_secret"},
		"key":                          {"WECHAT_AES_KEY=" + testKey, "", ""},
		"the former key":               {"WECHAT_PREVIOUS_AES_KEY=" + strings.Repeat("0", 43), "wechat.previous_aes_key", "weak_secret"},
		"instant delivery's, all zero": {"DELIVERY_KEY=" + strings.Repeat("A", 43) + "=", "delivery.key", "weak_secret"},
		"instant delivery's":           {"DELIVERY_KEY=" + deliveryKeyA, "", ""},
		"prefer":                       {"DATABASE_URL=postgres://u:pw@db/x?sslmode=prefer", "database.url", "optional_tls"},
		"allow":                        {"DATABASE_URL=host=db sslmode=allow", "database.url", "optional_tls"},
		"prefer, on the second host":   {"DATABASE_URL=postgres://localhost,db/x?sslmode=prefer", "database.url", "optional_tls"},
		"prefer, on this machine":      {"DATABASE_URL=postgres://localhost/x?sslmode=prefer", "", ""},
		"prefer, on a socket":          {"DATABASE_URL=postgres:///x?host=/run&sslmode=prefer", "", ""},
		"disable":                      {"DATABASE_URL=postgres://db/x?sslmode=disable", "", ""},
		"require":                      {"DATABASE_URL=postgres://a,b/x?sslmode=require", "", ""},
		"the API in clear":             {"WECHAT_API_URL=http://api.internal", "wechat.api_url", "clear_endpoint"},
		"the API on this machine":      {"WECHAT_API_URL=http://127.0.0.1:8081", "", ""},
		"reviews":                      {"MERCHANTS_REVIEW=true", "merchants.review", "silent_reviews"},
		"no reviews":                   {"MERCHANTS_REVIEW=false", "", ""},
		"on this machine and another":  {"DATABASE_URL=postgres://localhost,b/x?sslmode=require", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := warningsOf(t, write(t, ""), "CARRIERHOOK_"+tc.variable)
			if tc.key == "" {
				if len(got) != 0 {
					t.Errorf("got %q", got)
				}
				return
			}
			begins := tc.key + " (" + envName(tc.key) + ") "
			if len(got) != 1 || got[0].Kind != tc.kind || !strings.HasPrefix(got[0].Text, begins) {
				t.Errorf("got %q, want one %s that begins with %q", got, tc.kind, begins)
			}
		})
	}
}

// config.yaml as it is, and a configuration with all that serve needs, are warned of
// nothing.
func TestNoWarnings(t *testing.T) {
	t.Parallel()
	environ := serving(envName("wechat.token")+"="+goodToken, envName("delivery.key")+"="+deliveryKeyA)
	text, err := os.ReadFile(filepath.Join(root, "config.yaml"))
	must(t, err)
	if got := warningsOf(t, write(t, string(text)), environ...); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

// Reviews that WeChat does not hear of are warned of once, with all mini programs that lack
// the call.
func TestSilentReviews(t *testing.T) {
	t.Parallel()
	third := "  - {name: third, user_name: gh_c, app_id: wxc, token_file: " + write(t, "0d4c81ae52f7396b") + ", aes_key_file: " + write(t, oldKey) + "}"
	secret := "    app_secret_file: " + write(t, "hush-of-b") + "\n"
	for _, tc := range []struct {
		more, names string // names: "" where nothing is warned of
		review      string
	}{
		{secret + "    calls: [updatePath]\n" + third, "brand-b, third: ", "true"},
		{secret + "    calls: [updateBusiness]\n" + third, "third: ", "true"},
		{secret + "    calls: [updateBusiness]", "", "true"},
		{third, "", "false"},
	} {
		_, all, err := forServing(t, accountsFile(t, tc.more), envName("merchants.review")+"="+tc.review)
		must(t, err)
		var got []string
		for _, w := range all {
			if w.Kind == warnSilentReviews {
				got = append(got, w.Text)
			}
		}
		if tc.names == "" && len(got) != 0 || tc.names != "" && (len(got) != 1 || !strings.Contains(got[0], "the calls of "+tc.names)) {
			t.Errorf("%q: got %q, want %q", tc.more, got, tc.names)
		}
	}
}
