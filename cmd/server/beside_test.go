package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"carrierhook/internal/demo"
	"carrierhook/internal/wechat"
)

// Tools work on the private Postgres of a server that runs on database.dir, and on it
// alone where none does; a second server is refused.
func TestToolsBesideDir(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	env := []string{"CARRIERHOOK_DATABASE_DIR=" + dir}
	expect := func(part string, args ...string) {
		t.Helper()
		cmd := process(dir, env, args...)
		cmd.Stdin = strings.NewReader("biz_id,biz_pwd\nxyz," + demo.BizPwd + "\n")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), part) {
			t.Errorf("%v: want %q, got %v\n%s", args, part, err, out)
		}
	}
	cfg := testConfig("", wechat.Secure)
	cfg.Database.Dir = dir
	p := start(t, cfg)
	p.waitReady(t)
	expect("up to date", "migrate")
	expect("1 lines: 1 new", "import", "merchants", "-")
	out, err := runs(t, dir, append(serveEnv("", "127.0.0.1:0", "0s"), "CARRIERHOOK_DATABASE_DIR="+dir), "serve")
	if err == nil || !strings.Contains(out, "is owned by another process") {
		t.Errorf("a second server: %v\n%s", err, out)
	}
	must(t, p.stop())
	expect("1 lines: 0 new, 0 changed, 1 as they were", "import", "merchants", "-")
}

// Without a database and without a demo the error says how to get either.
func TestToolsWithoutDatabase(t *testing.T) {
	t.Parallel()
	out, err := runs(t, t.TempDir(), nil, "migrate")
	if err == nil || !strings.Contains(out, "is not set, nor is database.dir") || !strings.Contains(out, "start one with `make run`") {
		t.Errorf("%v\n%s", err, out)
	}
}

// A demo in a folder that root's Postgres cannot reach works too, as do the tools beside
// it, and says that its data goes with it.
func TestDemoUnreachable(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(dataDir(t), "home")
	must(t, os.Mkdir(dir, 0o700))
	t.Cleanup(func() {
		if err := removeData(filepath.Join(dir, demo.Dir)); err != nil {
			t.Error(err)
		}
	})
	end, out := demoProcess(t, dir, "secure")
	if says := strings.Contains(out.String(), "the demo's data goes when it ends"); says != (os.Geteuid() == 0) {
		t.Errorf("says that the data goes: %v\n%s", says, out)
	}
	for part, args := range map[string][]string{"ResultCode 0": {"push"}, "up to date": {"migrate"}} {
		if says, err := runs(t, dir, nil, args...); err != nil || !strings.Contains(says, part) {
			t.Errorf("%v: %v\n%s", args, err, says)
		}
	}
	if err := end(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	left, err := filepath.Glob(filepath.Join(dir, demo.Dir, "pg*"))
	if err != nil || (len(left) > 0) == (os.Geteuid() == 0) {
		t.Errorf("data in %q, %v", left, err)
	}
}
