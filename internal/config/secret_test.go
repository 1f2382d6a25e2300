package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// secretive is a configuration whose every secret holds the word "hush".
func secretive() Config {
	c := Default()
	for _, k := range keys() {
		if k.secret() {
			k.of(&c).Set(reflect.ValueOf(Secret("hush-" + k.name)))
		}
	}
	return c
}

// However a configuration is printed, its secrets are not.
func TestSecretsDoNotPrint(t *testing.T) {
	t.Parallel()
	c := secretive()
	asText, err := c.WeChat.Token.MarshalText()
	must(t, err)
	printed := map[string]string{"Summary": fmt.Sprint(c.Summary()), "text": string(asText)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%c", "%08.3f"} {
		printed[verb] = fmt.Sprintf(verb, c)
		printed["pointer "+verb] = fmt.Sprintf(verb, &c)
		printed["alone "+verb] = fmt.Sprintf(verb, c.WeChat.Token)
		printed["map "+verb] = fmt.Sprintf(verb, map[Secret]Secret{c.WeChat.Token: c.WeChat.AESKey})
	}
	asJSON, err := json.Marshal(c)
	must(t, err)
	printed["JSON"] = string(asJSON)
	for how, text := range printed {
		if strings.Contains(text, "hush") || strings.Contains(text, fmt.Sprintf("%x", "hush")) || strings.Contains(text, fmt.Sprintf("%X", "hush")) {
			t.Errorf("%s shows a secret: %s", how, text)
		}
	}
	if got := c.WeChat.Token.Value(); got != "hush-wechat.token" {
		t.Errorf("Value: got %q", got)
	}
}

// Summary shows every setting, and of a secret only whether it is set.
func TestSummary(t *testing.T) {
	t.Parallel()
	fields := secretive().Summary()
	if len(fields) != len(keys()) {
		t.Errorf("got %d fields for %d keys", len(fields), len(keys()))
	}
	got := map[string]string{}
	for _, f := range fields {
		got[f.Key] = f.Value
	}
	for key, want := range map[string]string{
		"database.url": "set", "wechat.token": "set", "wechat.mode": "secure", "wechat.max_body": "256KiB",
		"cancel.window": "720h0m0s", "cancel.services_without_cancelling": "[]", "health.strict": "false",
	} {
		if got[key] != want {
			t.Errorf("%s: got %q, want %q", key, got[key], want)
		}
	}
	for _, f := range Default().Summary() {
		if f.Key == "wechat.token" && f.Value != "unset" {
			t.Errorf("a token that is not set is %q", f.Value)
		}
	}
}

// No error quotes a secret, wherever in the file or environment it stands and
// whatever is wrong with it or around it.
func TestErrorsDoNotShowSecrets(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text    string
		environ []string
	}{
		"invalid YAML after it":     {"wechat:\n  token: hush1\n bad", nil},
		"taken for an anchor":       {"wechat: {token: *hush1}", nil},
		"taken for a tag":           {"wechat: {token: !hush1 'x}", nil},
		"not a mapping":             {"hush1", nil},
		"a list":                    {"[hush1, hush2]", nil},
		"a multi-line scalar":       {"'hush1\n\n hush2'", nil},
		"a key without space":       {"wechat:\n  token:hush1\n", nil},
		"a section's value":         {"wechat: hush1", nil},
		"a list for a secret":       {"wechat: {token: [hush1]}", nil},
		"a section for a secret":    {"wechat: {token: {value: hush1}}", nil},
		"a token of two words":      {"wechat: {token: hush1 hush2}", nil},
		"a wrong key":               {"wechat: {aes_key: hush1, previous_aes_key: hush2}", nil},
		"a wrong delivery key":      {"delivery: {key: hush1, previous_key: hush2}", nil},
		"a wrong URL":               {"", []string{"CARRIERHOOK_DATABASE_URL=postgres://u:hush1#@h/x"}},
		"a password with a percent": {"", []string{"CARRIERHOOK_DATABASE_URL=postgres://u:hush1%zz@h/x"}},
		"another database":          {"", []string{"CARRIERHOOK_DATABASE_URL=mysql://u:hush1@h/x"}},
		"set twice":                 {"", []string{"CARRIERHOOK_WECHAT_TOKEN=hush1", "CARRIERHOOK_WECHAT_TOKEN_FILE=hush2"}},
		"instead of a file's name":  {"", []string{"CARRIERHOOK_WECHAT_TOKEN_FILE=hush1"}},
		"a misspelt variable":       {"", []string{"CARRIERHOOK_WECHAT_TOKN=hush1"}},
		"a misspelt key":            {"wechat: {tokn: hush1}", nil},
		"a user of the API":         {"wechat: {api_url: 'https://hush1:hush2@api'}", nil},
		"a secret instead of files": {"wechat: {app_secret: hush1, accounts: [{name: a, token: hush2}]}", nil},
		"a token that is a list":    {"wechat: {accounts: [{name: a, token_file: [hush1]}]}", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := strings.Join(loadProblems(t, NeedNothing, tc.text, tc.environ...), "\n")
			if strings.Contains(got, "hush") {
				t.Errorf("the error shows a secret: %s", got)
			}
		})
	}
}
