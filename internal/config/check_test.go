package config

import (
	"slices"
	"strings"
	"testing"
)

// serving is what serve needs and nothing more, as variables.
func serving(more ...string) []string {
	var environ []string
	for _, name := range []string{"database.url", "wechat.user_name", "wechat.app_id", "wechat.token", "wechat.aes_key"} {
		environ = append(environ, envName(name)+"="+others[name])
	}
	return append(environ, more...) // a later variable wins
}

// Each limit holds on both sides of its edge.
func TestLimits(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		right []string
		wrong []string
	}{
		{"listen", []string{":0", ":65535", "[::]:80", "localhost:80", "0.0.0.0:8080"}, []string{"8080", ":65536", ":-1", ":http", "::1:80", ":", "host"}},
		{"internal_listen", []string{"127.0.0.1:0", "[::1]:9091"}, []string{"9090", "127.0.0.1"}},
		{"internal_hosts", []string{"a", "server, metrics-1.example.com", "A_B.c", "localhost", strings.Repeat("x", 253)}, []string{
			"server:9090", "http://server", "*.example.com", "a b", ".a", "a.", "-a", "a,10.0.0.1", "0.0.0.0", "::1", "服务器", strings.Repeat("x", 254),
		}},
		{"database.url", []string{
			"postgres://db/x?sslmode=verify-full", "postgresql:///x?host=/run", "host=/run dbname=x", "postgres://127.0.0.1/x", "postgres://localhost,127.0.0.1/x",
			"host=db dbname=x sslmode=require", "postgres://a,b/x?sslmode=disable", "postgres://db/x?sslmode=prefer", "host=db sslmode = 'allow'",
		}, []string{
			"host=db sslmode=", "host=db application_name='x sslmode=require'", "host=db application_name='x sslmode=prefer y'", `host=db password='a\' sslmode=allow'`,
			"postgres://db/x?sslmode=", "postgres://db/x", "postgres://localhost,db/x", "host=db dbname=x", "postgres:///x?host=db", "mysql://db/x", "db.example.com", "postgres://u:p%zz@db/x", "postgres://u:p#x@db/x",
		}},
		{"database.dir", nil, []string{"data\r", "a\nb", "a\x00"}},
		{"database.max_conns", []string{"2", "1000"}, []string{"0", "1001", "-1"}},
		{"database.batch_workers", []string{"1", "16"}, []string{"0", "17", "1001"}},
		{"database.batch_size", []string{"1", "1000"}, []string{"0", "1001"}},
		{"database.query_mode", []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"}, []string{"simple", "EXEC"}},
		{"database.lock_timeout", []string{"1ms", "2999ms"}, []string{"0", "999us", "3s"}},
		{"database.statement_timeout", []string{"1001ms", "3999ms"}, []string{"0", "4s", "5s", "999us"}},
		{"wechat.user_name", []string{"gh_a", "gh_3dfda90e39d6", "gh_a-b"}, []string{
			"gh-a", "wx0123456789abcdef", "gh_", "gh_abcdefg\r", "gh_abcdefg\n", " gh_a", "gh_a b", "gh_a\u200b", "gh_a\u00a0", "\ufeffgh_a", "gh_密",
		}},
		{"wechat.app_id", []string{"wxa", "wx2c2769f8efd9abc2"}, []string{
			"gh_a", "WXA", "wx", "wx2c2769f8efd9abc2\r", "wxa\n", " wxa", "wxa ", "wx a", "wxa\u200b", "\ufeffwxa", "wxa,wxb", "wx：a",
		}},
		{"wechat.token", []string{"x", "AAAAA"}, []string{"a b", "a\n", " a", "a\u200b"}},
		{"wechat.previous_token", []string{"x"}, []string{"a\tb", "x\r", "\ufeffx"}},
		{"wechat.aes_key", []string{testKey, strings.Repeat("+/", 21) + "A"}, []string{testKey[:42], testKey + "H", testKey[:42] + "=", testKey[:42] + "_", testKey[:41] + "é", testKey + "\n"}},
		{"wechat.previous_aes_key", []string{oldKey}, []string{oldKey[:42]}},
		{"wechat.mode", []string{"plain", "compatible", "secure"}, []string{"Secure", "aes"}},
		{"wechat.calls", nil, []string{"updatepath", "add_path"}},
		{"wechat.wxa_path", []string{"p", "/pages/order?a={shop_id}&b={waybill_id}"}, []string{"p?{", "p?}", "p {shop_id}", "p?a={shopid}", "p?a={}"}},
		{"wechat.api_url", []string{"https://api2.weixin.qq.com", "https://sandbox:8443", "http://127.0.0.1:8081", "http://10.1.2.3", "http://sandbox:8081"}, []string{
			"api.weixin.qq.com", "ftp://a", "https://", "https://a/", "https://a/cgi-bin", "https://a?x=1", "https://a?", "https://u:hush@a", "https://a#x", "http://192.0.2.7",
			"https://169.254.169.254", "https://0.0.0.0", "https://a b",
		}},
		{"wechat.timestamp_window", []string{"0", "1s"}, []string{"-1s", "10"}},
		{"wechat.deadline", []string{"4500ms", "3001ms"}, []string{"0", "4501ms", "9s"}},
		{"wechat.max_body", []string{"16384", "16MiB"}, []string{"16383", "16777217", "0", "-1"}},
		{"max_connections", []string{"16", "100000"}, []string{"0", "15", "100001"}},
		{"wechat.max_in_flight", []string{"1", "100000"}, []string{"0", "100001"}},
		{"cancel.window", []string{"0", "1s"}, []string{"-1s"}},
		{"cancel.signed_grace", []string{"0", "1s"}, []string{"-1s"}},
		{"cancel.services_without_cancelling", []string{"standard", "standard,economy", " next-day , 标准快递 ", ",", "a b", strings.Repeat("x", 128)}, []string{
			"standard，economy", "standard、economy", "standard;economy", "standard；economy", "a,b；", "a\vb", strings.Repeat("x", 129),
		}},
		{"language", []string{"zh", "en"}, []string{"de", "EN"}},
		{"booking.refresh", []string{"100ms", "1h"}, []string{"0", "99ms", "1h0m1s", "-5s", "5"}},
		{"booking.number_block", []string{"1", "100000"}, []string{"0", "100001", "-1", "many"}},
		{"merchants.review", []string{"false", "true"}, []string{"maybe"}},
		{"delivery.key", []string{deliveryKeyA}, []string{
			deliveryKeyA[:43], deliveryKeyA[:42] + "==", deliveryKeyA + "=", "A" + deliveryKeyA, deliveryKeyA + "\n", deliveryKeyA[:20] + "\n" + deliveryKeyA[20:],
			"-" + deliveryKeyA[1:], deliveryKeyA[:42] + "B=", "short", strings.Repeat("0", 64)}},
		{"delivery.quote_validity", []string{"1s", "24h"}, []string{"0", "999ms", "24h1s", "-1s", "30"}},
		{"delivery.expiry", []string{"1s", "168h"}, []string{"0", "999ms", "168h1s", "-1s"}},
		{"delivery.dispatch_duration", []string{"0", "1s", "24h"}, []string{"24h1s", "1500ms", "-1s"}},
		{"delivery.max_distance", []string{"1", "1000"}, []string{"0", "1001", "2.5"}},
		{"delivery.cancel_after_pickup", []string{"false", "true"}, []string{"maybe"}},
		{"delivery.tariff.base", []string{"0", "0.01", "5", "5.5", "10000.00"}, []string{"-0.01", "10000.01", "5.555", "5,50", "5.", "¥5"}},
		{"delivery.tariff.base_km", []string{"0", "1000"}, []string{"-1", "1001", "2.5"}},
		{"delivery.tariff.base_kg", []string{"0", "50"}, []string{"-1", "51"}},
		{"delivery.tariff.per_km", []string{"0", "10000"}, []string{"-0.01", "10000.01"}},
		{"delivery.tariff.per_kg", []string{"0", "10000"}, []string{"-0.01", "10000.01"}},
		{"delivery.tariff.insurance_per_mille", []string{"0", "1000"}, []string{"-1", "1001", "0.5"}},
		{"delivery.tariff.coupon", []string{"0", "10000"}, []string{"-0.01", "10000.01"}},
		{"delivery.tariff.cancel_fee", []string{"0", "10000"}, []string{"-0.01", "10000.01"}},
		{"privacy.retention", []string{"0", "24h", "87600h"}, []string{"23h59m", "1s", "-24h", "90d"}},
		{"ledger.retention", []string{"0", "744h"}, []string{"743h59m", "1s"}},
		{"health.strict", []string{"false", "true"}, []string{"maybe"}},
		{"shutdown.drain", []string{"0", "1s"}, []string{"-1s"}},
		{"log.level", []string{"debug", "info", "warn", "error"}, []string{"warning", "INFO"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, value := range tc.right {
				if _, _, err := load(write(t, ""), NeedServe, serving(envName(tc.name)+"="+value)); err != nil {
					t.Errorf("%q: %v", value, err)
				}
			}
			for _, value := range tc.wrong {
				got := loadProblems(t, NeedServe, "", serving(envName(tc.name)+"="+value)...)
				onlyProblem(t, got, tc.name+" ("+envName(tc.name)+") ", ";")
			}
		})
	}
}

// What a command needs is missed by that command only.
func TestNeeds(t *testing.T) {
	t.Parallel()
	all := []string{"database.url", "wechat.user_name", "wechat.app_id", "wechat.token", "wechat.aes_key"}
	for name, tc := range map[string]struct {
		need    Need
		environ []string
		missing []string
	}{
		"nothing":              {NeedNothing, nil, nil},
		"database":             {NeedDatabase, nil, all[:1]},
		"database by url":      {NeedDatabase, []string{"CARRIERHOOK_DATABASE_URL=postgres:///x"}, nil},
		"database by dir":      {NeedDatabase, []string{"CARRIERHOOK_DATABASE_DIR=.data"}, nil},
		"database by both":     {NeedDatabase, []string{"CARRIERHOOK_DATABASE_URL=postgres:///x", "CARRIERHOOK_DATABASE_DIR=.data"}, all[:1]},
		"serve":                {NeedServe, nil, all},
		"serve, plain":         {NeedServe, []string{"CARRIERHOOK_WECHAT_MODE=plain"}, all[:4]},
		"serve, compatible":    {NeedServe, []string{"CARRIERHOOK_WECHAT_MODE=compatible"}, all},
		"serve by both":        {NeedServe, serving("CARRIERHOOK_DATABASE_DIR=.data"), all[:1]},
		"serve with all":       {NeedServe, serving(), nil},
		"old key, no new":      {NeedServe, serving("CARRIERHOOK_WECHAT_AES_KEY=", "CARRIERHOOK_WECHAT_PREVIOUS_AES_KEY="+oldKey), all[4:]},
		"plain with wrong key": {NeedServe, serving("CARRIERHOOK_WECHAT_MODE=plain", "CARRIERHOOK_WECHAT_AES_KEY=short"), all[4:]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := load(write(t, ""), tc.need, tc.environ)
			var got []string
			if err != nil {
				for line := range strings.SplitSeq(err.Error(), "\n") {
					key, _, _ := strings.Cut(line, " ")
					got = append(got, key)
				}
			}
			slices.Sort(got)
			want := slices.Sorted(slices.Values(tc.missing))
			if !slices.Equal(got, want) {
				t.Errorf("got problems of %q, want %q", got, want)
			}
		})
	}
}

// Two listeners on one port are refused where they would collide, and only there.
func TestSamePort(t *testing.T) {
	t.Parallel()
	for addresses, collide := range map[[2]string]bool{
		{":8080", "127.0.0.1:8080"}:         true,
		{"127.0.0.1:8080", "0.0.0.0:8080"}:  true,
		{"127.0.0.1:8080", "[::]:8080"}:     true,
		{"10.0.0.1:8080", "127.0.0.1:8080"}: false,
		{":0", "127.0.0.1:0"}:               false,
		{":8080", ":8081"}:                  false,
	} {
		c := Default()
		c.Listen, c.InternalListen = addresses[0], addresses[1]
		if got := c.Check(NeedNothing) != nil; got != collide {
			t.Errorf("%v: refused is %v, want %v", addresses, got, collide)
		}
	}
}

// Everything that is wrong, of every kind, is said at once: a line each, with
// the key, and no key twice.
func TestAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	got := loadProblems(t, NeedServe, `
listen: 8080
lissen: ":80"
database: {max_conns: many, statement_timeout: 5s}
wechat:
  user_name: wx1
  mode: safe
  deadline: 9s
  max_body: 1KB
  aes_key: short
cancel: {window: 30d, services_without_cancelling: [7]}
log: loud
`, "CARRIERHOOK_WECHAT_TOKEN=a", "CARRIERHOOK_WECHAT_TOKEN_FILE=/b", "CARRIERHOOK_HEALTH_STRICT=perhaps",
		"CARRIERHOOK_WECHAT_PREVIOUS_TOKEN_FILE="+t.TempDir(), "CARRIERHOOK_WECHAT_DEADLIN=1s")
	want := []string{ // by the words they start with
		"CARRIERHOOK_WECHAT_DEADLIN", "cancel.services_without_cancelling", "cancel.window", "database.max_conns",
		"database.url", "health.strict", "lissen", "listen", "log", "wechat.aes_key", "wechat.app_id", "wechat.deadline",
		"wechat.max_body", "wechat.mode", "wechat.previous_token", "wechat.token", "wechat.user_name",
	}
	var keys []string
	for _, line := range got {
		key, _, _ := strings.Cut(line, " ")
		keys = append(keys, key)
		if !strings.Contains(line, ";") {
			t.Errorf("%q does not say what to do", line)
		}
	}
	slices.Sort(keys)
	if !slices.Equal(keys, want) {
		t.Errorf("got problems of\n%q, want\n%q\n%s", keys, want, strings.Join(got, "\n"))
	}
}

// A duration that a caller made negative is refused too.
func TestCheckNegative(t *testing.T) {
	t.Parallel()
	c := Default()
	c.Shutdown.Drain, c.Cancel.Window = -1, -1
	err := c.Check(NeedNothing)
	if err == nil || strings.Count(err.Error(), "negative") != 2 {
		t.Errorf("got %v, want two negative durations", err)
	}
}

// The sentence an operator reads is the one that was meant.
func TestProblemText(t *testing.T) {
	t.Parallel()
	got := loadProblems(t, NeedNothing, "wechat: {deadline: 9s}")
	want := "wechat.deadline (CARRIERHOOK_WECHAT_DEADLINE) is 9s: WeChat hangs up after 5s, and the answer has to travel; use more than 0 and at most 4.5s"
	if len(got) != 1 || got[0] != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
