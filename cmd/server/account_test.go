package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"carrierhook/internal/config"
	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// A command takes the only mini program, or the one that is named.
func TestNamedAccount(t *testing.T) {
	t.Parallel()
	var one, two config.Config
	one.WeChat.UserName = "gh_one"
	two.WeChat.Accounts = []config.Account{{Name: "a", UserName: "gh_a"}, {Name: "b", UserName: "gh_b"}}
	for _, tc := range []struct {
		cfg        config.Config
		name, want string // "": refused
	}{{one, "", "gh_one"}, {one, "main", "gh_one"}, {one, "a", ""}, {two, "", ""}, {two, "main", ""}, {two, "a", "gh_a"}, {two, "b", "gh_b"}} {
		got, err := namedAccount(tc.cfg, "account", tc.name)
		if got.UserName != tc.want || (err != nil) != (tc.want == "") {
			t.Errorf("%q: got %q, %v", tc.name, got.UserName, err)
		}
		if err != nil && !strings.Contains(err.Error(), "--account is ") {
			t.Errorf("%q: %v does not name the flag", tc.name, err)
		}
	}
}

// severalConfig is a command line whose config.yaml has two mini programs: right, that the
// server knows, and other, that it does not.
func severalConfig(t *testing.T, p *program) cli {
	t.Helper()
	c := on(t, "")
	secret := func(name, text string) string {
		path := filepath.Join(c.dir, name)
		must(t, os.WriteFile(path, []byte(text+"\n"), 0o600))
		return path
	}
	must(t, os.WriteFile(filepath.Join(c.dir, "config.yaml"), []byte("wechat: {accounts: [\n"+
		"{name: other, user_name: gh_other, app_id: wxother, token_file: "+secret("t1", "another-token")+", aes_key_file: "+secret("k1", strings.Repeat("k", 43))+"},\n"+
		"{name: right, user_name: "+p.cfg.WeChat.UserName+", app_id: "+p.cfg.WeChat.AppID+", token_file: "+secret("t2", testToken)+", aes_key_file: "+secret("k2", testAESKey)+"}]}"), 0o600))
	return c
}

// push uses the credentials of the mini program that it is to be for, from their files. The
// demo is not meant where one is named.
func TestPushAccount(t *testing.T) {
	t.Parallel()
	p := start(t, testConfig(withSamples(t), wechat.Secure))
	c := severalConfig(t, p)
	c.says("the reply is right. ResultCode 0", "push", "--url", p.url(), "--account", "right")
	c.refuses("--account wants --url with it", "push", "--account", "right")
	c.refuses("--config wants --url with it", "push", "--config", "config.yaml")
	c.refuses("name one of other, right", "push", "--url", p.url())
	c.refuses("403", "push", "--url", p.url(), "--account", "other")
}

// conformance and sandbox, whose --account is a merchant's, take the mini program by another
// flag. Who gives all credentials needs none.
func TestMiniProgramFlag(t *testing.T) {
	t.Parallel()
	p := start(t, testConfig(withSamples(t), wechat.Secure))
	c := severalConfig(t, p)
	for command, url := range map[string]string{"conformance": "url", "sandbox": "carrier"} {
		c.refuses(`--mini-program is "": name one of other, right`, command, "--"+url, p.url())
		c.refuses(`--mini-program is "third": name one of`, command, "--"+url, p.url(), "--mini-program", "third")
		c.refuses("--mini-program wants --"+url+" with it", command, "--mini-program", "right")
		c.refuses("--config wants --"+url+" with it", command, "--config", "config.yaml")
	}
	kit := []string{"conformance", "--url", p.url(), "--push-format", "xml", "--rules-only", "--patience", "1m"}
	c.says(" 0 failed", append(kit, "--mini-program", "right")...)
	c.refuses("failed: ", append(kit, "--mini-program", "other")...)
	given := append(kit, "--user-name", p.cfg.WeChat.UserName, "--app-id", p.cfg.WeChat.AppID, "--token", testToken)
	c.says(" 0 failed", append(given, "--aes-key", testAESKey)...)
	c.refuses(`--mini-program is ""`, given...)
	c.refuses(`--mini-program is "third"`, append(given, "--aes-key", testAESKey, "--mini-program", "third")...)

	log := new(output)
	cmd := process(c.dir, nil, "sandbox", "--carrier", p.url(), "--mini-program", "right", "--account", "mine:xyz123", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0")
	cmd.Stdout, cmd.Stderr = log, log
	launch(t, cmd)
	var at []string
	eventually(t, "the sandbox listens", func() bool {
		at = regexp.MustCompile(`Merchants: (\S+) `).FindStringSubmatch(log.String())
		return at != nil
	})
	_, a := callSandbox(t, http.MethodPost, at[1]+"/cgi-bin/express/business/order/cancel?access_token="+sandbox.StandingToken,
		fmt.Sprintf(`{"order_id":%q,"openid":%q,"delivery_id":%q,"waybill_id":%q}`, demo.OrderID, demo.OpenID, demo.DeliveryID, demo.WaybillID))
	if a.String() != "0" {
		t.Errorf("a cancel by the sandbox: %v", a)
	}
	stops(t, cmd, log, syscall.SIGTERM)
}
