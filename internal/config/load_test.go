package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const (
	testKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	oldKey  = "0123456789ABCDEFGabcdefghijklmnopqrstuvwxyz"

	// The bytes 0 to 31, and 32 to 63, by base64(1).
	deliveryKeyA = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	deliveryKeyB = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
)

// others holds, for every key, a right value that is not the default.
var others = map[string]string{
	"listen":                              "127.0.0.1:8081",
	"internal_listen":                     "[::1]:9091",
	"internal_hosts":                      "server, Metrics_1.example.com",
	"api.tokens":                          "dispatch:scans+waybills:" + hashA + ", support:read:" + hashB,
	"max_connections":                     "99",
	"database.url":                        "postgres://u:pw@db:5432/hook?sslmode=verify-full",
	"database.dir":                        "/var/lib/carrierhook",
	"database.max_conns":                  "17",
	"database.batch_workers":              "3",
	"database.batch_size":                 "99",
	"database.query_mode":                 "cache_describe",
	"database.lock_timeout":               "900ms",
	"database.statement_timeout":          "2s",
	"wechat.user_name":                    "gh_0123456789ab",
	"wechat.app_id":                       "wx0123456789abcdef",
	"wechat.token":                        "a-token",
	"wechat.aes_key":                      testKey,
	"wechat.previous_token":               "an-older-token",
	"wechat.previous_aes_key":             oldKey,
	"wechat.mode":                         "compatible",
	"wechat.app_secret_file":              "/etc/carrierhook/app_secret",
	"wechat.calls":                        "updatePath, updateBusiness",
	"wechat.wxa_path":                     "pages/order?id={shop_order_id}",
	"wechat.api_url":                      "http://127.0.0.1:8081",
	"wechat.api_ca_file":                  "/etc/carrierhook/ca.pem",
	"wechat.timestamp_window":             "0",
	"wechat.deadline":                     "3500ms",
	"wechat.max_body":                     "1MiB",
	"wechat.max_in_flight":                "5",
	"cancel.window":                       "0s",
	"cancel.signed_grace":                 "1h30m",
	"cancel.services_without_cancelling":  "next-day, same-day",
	"language":                            "en",
	"booking.refresh":                     "30s",
	"booking.number_block":                "50",
	"merchants.review":                    "true",
	"delivery.key":                        deliveryKeyA,
	"delivery.previous_key":               deliveryKeyB,
	"delivery.quote_validity":             "10m",
	"delivery.expiry":                     "1h",
	"delivery.dispatch_duration":          "0",
	"delivery.max_distance":               "20",
	"delivery.cancel_after_pickup":        "true",
	"delivery.tariff.base":                "6.50",
	"delivery.tariff.base_km":             "0",
	"delivery.tariff.base_kg":             "1",
	"delivery.tariff.per_km":              "1.80",
	"delivery.tariff.per_kg":              "0.05",
	"delivery.tariff.insurance_per_mille": "0",
	"delivery.tariff.coupon":              "1.00",
	"delivery.tariff.cancel_fee":          "0",
	"events.feed":                         "true",
	"events.retention":                    "100h",
	"events.quota_mark":                   "0",
	"events.numbers_mark":                 "7",
	"privacy.retention":                   "720h",
	"ledger.retention":                    "8760h",
	"health.strict":                       "true",
	"shutdown.drain":                      "1s",
	"log.level":                           "debug",
}

// write puts text into a file of the test's own, in a directory that is closed
// whatever the umask, and returns its path.
func write(tb testing.TB, text string) string {
	tb.Helper()
	dir := tb.TempDir()
	chmod(tb, dir, 0o700)
	return put(tb, filepath.Join(dir, "config.yaml"), text, 0o600)
}

// mustLoad loads text as the file, with these variables.
func mustLoad(tb testing.TB, text string, environ ...string) Config {
	tb.Helper()
	c, _, err := load(write(tb, text), NeedNothing, environ)
	if err != nil {
		tb.Fatalf("load: %v", err)
	}
	return c
}

// loadProblems loads text as the file, with these variables, and returns the
// lines of the error, of which there must be some.
func loadProblems(tb testing.TB, need Need, text string, environ ...string) []string {
	tb.Helper()
	c, _, err := load(write(tb, text), need, environ)
	if err == nil {
		tb.Fatalf("load accepted %q with %q: %+v", text, environ, c)
	}
	if !reflect.DeepEqual(c, Config{}) {
		tb.Errorf("load returned a configuration beside its error: %+v", c)
	}
	return strings.Split(err.Error(), "\n")
}

// onlyProblem fails unless there is one problem, and it holds every part.
func onlyProblem(tb testing.TB, got []string, parts ...string) {
	tb.Helper()
	if len(got) != 1 {
		tb.Fatalf("got %d problems, want 1:\n%s", len(got), strings.Join(got, "\n"))
	}
	for _, part := range parts {
		if !strings.Contains(got[0], part) {
			tb.Errorf("problem %q does not say %q", got[0], part)
		}
	}
}

// nested writes one setting as a YAML document.
func nested(name, value string) string {
	parts := strings.Split(name, ".")
	text := ""
	for i, part := range parts {
		text += strings.Repeat("  ", i) + part + ":"
		if i < len(parts)-1 {
			text += "\n"
		}
	}
	return text + " " + value + "\n"
}

// Every key can be set by its variable and by the file, and changes nothing
// else. A new key without a row in others fails.
func TestEveryKey(t *testing.T) {
	t.Parallel()
	settable := slices.DeleteFunc(keys(), key.fileOnly)
	if len(settable) != len(others) {
		t.Errorf("Config has %d keys, the table has %d", len(settable), len(others))
	}
	for _, k := range settable {
		value, ok := others[k.name]
		if !ok {
			t.Errorf("%s: no row in the table", k.name)
			continue
		}
		quoted := fmt.Sprintf("%q", value)
		if k.typ.Kind() == reflect.Bool || k.typ.Kind() == reflect.Int {
			quoted = value
		}
		want := Default()
		if err := set(k.of(&want).Addr().Interface(), value); err != nil {
			t.Errorf("%s: %v", k.name, err)
		}
		if reflect.DeepEqual(want, Default()) {
			t.Errorf("%s: the table's value is the default", k.name)
		}
		for by, got := range map[string]Config{
			"variable": mustLoad(t, "", k.env()+"="+value),
			"file":     mustLoad(t, nested(k.name, quoted)),
		} {
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s by %s:\n got %v\nwant %v", k.name, by, got.Summary(), want.Summary())
			}
		}
	}
}

// The names of the variables are part of what operators depend on.
func TestEnvNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"listen":                             "CARRIERHOOK_LISTEN",
		"wechat.previous_aes_key":            "CARRIERHOOK_WECHAT_PREVIOUS_AES_KEY",
		"cancel.services_without_cancelling": "CARRIERHOOK_CANCEL_SERVICES_WITHOUT_CANCELLING",
	} {
		if got := envName(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// The environment wins over the file, and the file over the default; an empty
// variable is none.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	const file = "wechat:\n  mode: plain\n  token: from-the-file\n"
	c := mustLoad(t, file, "CARRIERHOOK_WECHAT_MODE=compatible", "CARRIERHOOK_WECHAT_TOKEN=", "CARRIERHOOK_WECHAT_TOKEN_FILE=")
	if c.WeChat.Mode != "compatible" || c.WeChat.Token != "from-the-file" || c.Log.Level != "info" {
		t.Errorf("got mode %q, token %q, level %q", c.WeChat.Mode, c.WeChat.Token.Value(), c.Log.Level)
	}
	secret := write(t, "from-a-secret\r\n")
	c = mustLoad(t, file, "CARRIERHOOK_WECHAT_TOKEN_FILE="+secret)
	if c.WeChat.Token != "from-a-secret" {
		t.Errorf("token by _FILE: got %q", c.WeChat.Token.Value())
	}
}

// Every secret can come from a file, and nothing but a secret can.
func TestSecretFiles(t *testing.T) {
	t.Parallel()
	for _, k := range keys() {
		variable := k.env() + "_FILE=" + write(t, others[k.name]+"\n")
		if !k.secret() {
			onlyProblem(t, loadProblems(t, NeedNothing, "", variable), k.env()+"_FILE", "nothing reads")
			continue
		}
		c := mustLoad(t, "", variable)
		if got := k.of(&c).Interface().(Secret).Value(); got != others[k.name] {
			t.Errorf("%s: got %q", k.name, got)
		}
	}
}

// A secret's file has to have it, and a secret comes one way only.
func TestSecretFileProblems(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		environ []string
		says    string
	}{
		"file is not there": {[]string{"CARRIERHOOK_WECHAT_TOKEN_FILE=" + filepath.Join(t.TempDir(), "none")}, "no such file"},
		"file is empty":     {[]string{"CARRIERHOOK_WECHAT_TOKEN_FILE=" + write(t, "\n")}, "is empty"},
		"by value and file": {[]string{"CARRIERHOOK_WECHAT_TOKEN=a", "CARRIERHOOK_WECHAT_TOKEN_FILE=" + write(t, "a")}, "is set twice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := loadProblems(t, NeedNothing, "", tc.environ...)
			onlyProblem(t, got, "wechat.token (CARRIERHOOK_WECHAT_TOKEN) ", tc.says, "CARRIERHOOK_WECHAT_TOKEN_FILE", ";")
		})
	}
}

// ./config.yaml is read if no file is named and it is there.
func TestDefaultFile(t *testing.T) {
	t.Chdir(t.TempDir()) // so not parallel
	c, _, err := load("", NeedNothing, nil)
	if err != nil || !reflect.DeepEqual(c, Default()) {
		t.Fatalf("without a file: %v, %+v", err, c)
	}
	must(t, os.WriteFile("config.yaml", []byte("log: {level: warn}"), 0o600))
	if c, _, err = load("", NeedNothing, nil); err != nil || c.Log.Level != "warn" {
		t.Fatalf("with ./config.yaml: %v, %+v", err, c)
	}
	t.Setenv("CARRIERHOOK_LOG_LEVEL", "error")
	if c, _, err = Load("", NeedNothing); err != nil || c.Log.Level != "error" {
		t.Fatalf("with the process's environment: %v, %+v", err, c)
	}
}

// What is harmless is taken: no text, empty sections and values, other
// programs' variables, and those of this one that are no settings.
func TestHarmless(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "# nothing\n", "wechat:\n", "wechat:\n  token:\nlog:\n  level:\n", "{}", "---\n"} {
		c := mustLoad(t, text, "PATH=/bin", "CARRIERHOOKS=1", "CARRIERHOOK_POSTGRES_BIN=/x", "CARRIERHOOK_INSTALL=no", "CARRIERHOOK_TEST_SLOW=1")
		if !reflect.DeepEqual(c, Default()) {
			t.Errorf("%q: got %+v", text, c)
		}
	}
}

// What nothing reads is refused by name, with the name that was meant.
func TestUnknownNames(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text, variable string
		says           []string
	}{
		"misspelt key":       {"wechat: {tokn: x}", "", []string{"wechat.tokn", "did you mean wechat.token?"}},
		"key without home":   {"token: x", "", []string{"token is a key that nothing reads"}},
		"unknown section":    {"couriers: {reload: 1h}", "", []string{"couriers.reload", "remove it"}},
		"section as a value": {"wechat: secure", "", []string{"wechat is a section"}},
		"misspelt variable":  {"", "CARRIERHOOK_WECHAT_AESKEY=x", []string{"CARRIERHOOK_WECHAT_AESKEY", "did you mean CARRIERHOOK_WECHAT_AES_KEY?"}},
		"empty and misspelt": {"", "CARRIERHOOK_WECHAT_TOKN=", []string{"CARRIERHOOK_WECHAT_TOKN is a variable"}},
		"misspelt file":      {"", "CARRIERHOOK_WECHAT_TOKN_FILE=x", []string{"did you mean CARRIERHOOK_WECHAT_TOKEN_FILE?"}},
		"unlike anything":    {"", "CARRIERHOOK_PASSWORD=x", []string{"CARRIERHOOK_PASSWORD", "remove it"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onlyProblem(t, loadProblems(t, NeedNothing, tc.text, tc.variable), tc.says...)
		})
	}
}

// A section where a value belongs is a problem of the value, and what stands in
// it is unknown.
func TestValueAsSection(t *testing.T) {
	t.Parallel()
	got := loadProblems(t, NeedNothing, "log:\n  level:\n    all: debug\n")
	if len(got) != 2 || !strings.Contains(got[0], "log.level") || !strings.Contains(got[1], "log.level.all") {
		t.Errorf("got %q", got)
	}
}

// A file that cannot be used is one problem; its settings are not also called
// missing, and the environment is still checked.
func TestUnusableFile(t *testing.T) {
	t.Parallel()
	_, _, err := load(filepath.Join(t.TempDir(), "none.yaml"), NeedServe, []string{"CARRIERHOOK_LOG_LEVL=x"})
	if err == nil {
		t.Fatal("a file that is not there was accepted")
	}
	got := strings.Split(err.Error(), "\n")
	if len(got) != 2 || !strings.Contains(got[0], "none.yaml") || !strings.Contains(got[1], "CARRIERHOOK_LOG_LEVL") {
		t.Errorf("got %q", got)
	}
	onlyProblem(t, loadProblems(t, NeedServe, "wechat:\n\ttoken: x\n"), "config.yaml", "line 2", "YAML")
	onlyProblem(t, loadProblems(t, NeedServe, "listen: a\nlisten: b\n"), "line 2")
}
