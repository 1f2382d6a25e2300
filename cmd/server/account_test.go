package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carrierhook/internal/config"
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
		got, err := namedAccount(tc.cfg, tc.name)
		if got.UserName != tc.want || (err != nil) != (tc.want == "") {
			t.Errorf("%q: got %q, %v", tc.name, got.UserName, err)
		}
		if err != nil && !strings.Contains(err.Error(), "--account is ") {
			t.Errorf("%q: %v does not name the flag", tc.name, err)
		}
	}
}

// push uses the credentials of the mini program that it is to be for, from their files.
func TestPushAccount(t *testing.T) {
	t.Parallel()
	p := start(t, testConfig(withSamples(t), wechat.Secure))
	c := on(t, "")
	secret := func(name, text string) string {
		path := filepath.Join(c.dir, name)
		must(t, os.WriteFile(path, []byte(text+"\n"), 0o600))
		return path
	}
	must(t, os.WriteFile(filepath.Join(c.dir, "config.yaml"), []byte("wechat: {accounts: [\n"+
		"{name: other, user_name: gh_other, app_id: wxother, token_file: "+secret("t1", "another-token")+", aes_key_file: "+secret("k1", strings.Repeat("k", 43))+"},\n"+
		"{name: right, user_name: "+p.cfg.WeChat.UserName+", app_id: "+p.cfg.WeChat.AppID+", token_file: "+secret("t2", testToken)+", aes_key_file: "+secret("k2", testAESKey)+"}]}"), 0o600))
	c.says("the reply is right. ResultCode 0", "push", "--url", p.url(), "--account", "right")
	c.refuses("name one of other, right", "push", "--url", p.url())
	c.refuses("403", "push", "--url", p.url(), "--account", "other")
}
