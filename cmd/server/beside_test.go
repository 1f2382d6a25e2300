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

// A server migrates the private Postgres on database.dir. Tools work on that of a server that runs on database.dir, and on it
// alone where none does; a second server is refused.
func TestToolsBesideDir(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	c := cli{t, dir, serveEnv("", "CARRIERHOOK_DATABASE_DIR="+dir), "biz_id,biz_pwd\nxyz," + demo.BizPwd + "\n"}
	cfg := testConfig("", wechat.Secure)
	cfg.Database.Dir = dir
	p := start(t, cfg)
	p.waitReady(t)
	want(t, p.wechat(t, wechat.Secure, wechat.XML), sampleCancel(0), 30001)
	c.says("up to date", "migrate")
	c.says("1 lines: 1 new", "import", "merchants", "-")
	c.refuses("is owned by another process", "serve")
	must(t, p.stop())
	c.says("1 lines: 0 new, 0 changed, 1 as they were", "import", "merchants", "-")
}

// Without a database and without a demo the error says how to get either.
func TestToolsWithoutDatabase(t *testing.T) {
	t.Parallel()
	c := cli{tb: t, dir: t.TempDir()}
	c.refuses("is not set, nor is database.dir", "migrate")
	c.refuses("start one with `make run`", "migrate")
}

// A demo in a folder that root's Postgres cannot reach works too, as do the tools beside
// it, and says that its data goes with it.
func TestDemoUnreachable(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(dataDir(t), "home")
	must(t, os.Mkdir(dir, 0o700))
	t.Cleanup(func() { must(t, removeData(filepath.Join(dir, demo.Dir))) })
	cmd, out := demoProcess(t, dir, "secure")
	if says := strings.Contains(out.String(), "the demo's data goes when it ends"); says != (os.Geteuid() == 0) {
		t.Errorf("says that the data goes: %v\n%s", says, out)
	}
	c := cli{tb: t, dir: dir}
	c.says("ResultCode 0", "push")
	c.says("up to date", "migrate")
	stops(t, cmd, out, syscall.SIGTERM)
	left, err := filepath.Glob(filepath.Join(dir, demo.Dir, "pg*"))
	if err != nil || (len(left) > 0) == (os.Geteuid() == 0) {
		t.Errorf("data in %q, %v", left, err)
	}
}
