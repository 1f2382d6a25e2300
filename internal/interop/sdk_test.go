//go:build interop

package interop

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"carrierhook/internal/store/storetest"
)

// sdk is a program that calls WeChat's paths with an SDK that others wrote.
type sdk struct {
	name    string
	command []string // before the URL; it is run with trust in the sandbox's authority
}

// sdks are those of docs/sandbox.md that need no bridge.
func sdks(t *testing.T) []sdk {
	t.Helper()
	client := filepath.Join(t.TempDir(), "silenceper")
	cmd := exec.Command("go", "build", "-o", client, ".")
	cmd.Dir, cmd.Env = "testdata/silenceper", append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the client: %v\n%s", err, out)
	}
	return []sdk{
		{"node-easywechat", []string{"node", "easywechat.cjs", filepath.Join(tools, "npm")}},
		{"silenceper", []string{client}},
	}
}

// The versions that docs/sandbox.md names are those that run here.
func TestInteropSDKVersions(t *testing.T) {
	var npm struct{ Dependencies map[string]string }
	storetest.Must(t, json.Unmarshal([]byte(read(t, "internal/interop/package.json")), &npm))
	runs := regexp.MustCompile(`(?m)^require (\S+ \S+)$`).FindStringSubmatch(read(t, "internal/interop/testdata/silenceper/go.mod"))
	if runs == nil {
		t.Fatal("go.mod requires no SDK")
	}
	for _, sdk := range []string{"node-easywechat " + npm.Dependencies["node-easywechat"] + " (npm)", "wx-server-sdk " + npm.Dependencies["wx-server-sdk"] + " (npm)", "wechat-api " + npm.Dependencies["wechat-api"] + " (npm)", runs[1] + " (Go)"} {
		if !strings.Contains(section(t, "docs/sandbox.md", "## By TLS, and from an SDK"), "\n| "+sdk+" |") {
			t.Errorf("docs/sandbox.md does not name %s", sdk)
		}
	}
}

// talk runs a program that trusts the sandbox's authority.
func (d *demonstration) talk(command []string, given, result any) {
	d.tb.Helper()
	talk(d.tb, filepath.Join(d.dir, ".data", "sandbox-ca.pem"), command, given, result)
}

// talk runs a program that trusts an authority in the ways that docs/sandbox.md has, on
// JSON, and reads the JSON that it prints.
func talk(tb testing.TB, authority string, command []string, given, result any) {
	tb.Helper()
	input, err := json.Marshal(given)
	if err != nil {
		tb.Fatal(err)
	}
	out := mustSay(tb, string(input), "env", append([]string{"NODE_EXTRA_CA_CERTS=" + authority, "SSL_CERT_FILE=" + authority}, command...)...)
	if err := json.Unmarshal([]byte(out), result); err != nil {
		tb.Fatalf("%s: %v: %s", command, err, out)
	}
}

type merchantCall struct {
	Path string `json:"path"`
	Body any    `json:"body"`
}

// Each SDK gets an access token of either kind, books an order at the demonstration's
// server and cancels it, and is told the carrier's reason where that says no.
func TestInteropSDKs(t *testing.T) {
	d := demo(t, "--sandbox-tls")
	for _, s := range sdks(t) {
		t.Run(s.name, func(t *testing.T) { d.merchants(t, s) })
	}
}

func (d *demonstration) merchants(t *testing.T, s sdk) {
	calls := func(secret string, stable bool, calls ...merchantCall) (got said) {
		t.Helper()
		given := map[string]any{"app": "wxABCD", "secret": secret, "stable": stable, "calls": append([]merchantCall{}, calls...)}
		d.talk(append(s.command, "https://"+d.merchant), given, &got)
		return got
	}
	const secret, business = "sandbox-secret-protects-nothing", "/cgi-bin/express/business/"
	if got := calls("wrong", false); !strings.Contains(got.Failed, "40125") {
		t.Errorf("with a wrong secret: %+v", got)
	}
	if got := calls(secret, true); got.Token == "" {
		t.Errorf("a stable token: %+v", got)
	}
	person := map[string]string{"name": "张三", "mobile": "18666666666", "province": "广东省", "city": "广州市", "area": "海珠区", "address": "XX路XX号"}
	order := map[string]any{"order_id": s.name, "openid": "oABCD", "delivery_id": "SF"}
	got := calls(secret, false, merchantCall{business + "order/add", with(order, map[string]any{
		"biz_id": "xyz", "sender": person, "receiver": person,
		"cargo": map[string]any{"count": 1, "weight": 1.2}, "service": map[string]any{"service_type": 0, "service_name": "标准快递"},
	})})
	var booked struct {
		WaybillID string `json:"waybill_id"`
	}
	if len(got.Answers) != 1 || json.Unmarshal(got.Answers[0], &booked) != nil || !regexp.MustCompile(`^\d{8,}$`).MatchString(booked.WaybillID) {
		t.Fatalf("order/add: %+v, %s", got, got.Answers)
	}
	cancel := merchantCall{business + "order/cancel", with(order, map[string]any{"waybill_id": booked.WaybillID})}
	lost := merchantCall{business + "order/cancel", with(order, map[string]any{"order_id": "order-carrier-lost", "waybill_id": "123456798"})}
	got = calls(secret, false, cancel, cancel, lost)
	var codes []string
	for _, answer := range got.Answers {
		codes = append(codes, merchantCode(t, string(answer)))
	}
	if was, want := strings.Join(codes, ", "), "0, 9300524, 9300501 30001"; was != want {
		t.Errorf("order/cancel: %s, want %s: %+v", was, want, got)
	}
}

// with is members and further ones.
func with(members, more map[string]any) map[string]any {
	all := maps.Clone(members)
	maps.Copy(all, more)
	return all
}
