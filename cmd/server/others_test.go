package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/demo"
	"carrierhook/internal/wechat"
)

// Neither the demo nor what works beside it takes a folder, or a file in it, that
// somebody else could have put there: each says whose it is and what to do, and what
// a link leads to stays as it is.
func TestDirOfOthers(t *testing.T) {
	t.Parallel()
	top := dataDir(t)
	in := func(name string) string { return filepath.Join(top, name) }
	// A demo's folder, whose credentials a stranger would know.
	theirs := opened(t, in("theirs"))
	cred, err := demo.Credentials(theirs)
	must(t, err)
	cred.URL, cred.Mode = "http://127.0.0.1:1/wechat/push", wechat.Secure.String()
	put := func(name string) string {
		t.Helper()
		dir := opened(t, in(name))
		must(t, demo.WriteJSON(dir, demo.FileName, cred))
		must(t, demo.WriteJSON(dir, demo.LastPushName, pushed{Event: wechat.EventCancelWaybill}))
		return dir.Path()
	}
	victim := filepath.Join(put("victim"), demo.FileName)
	must(t, os.Symlink(in("victim"), in("link")))
	must(t, os.Chmod(put("writable"), 0o777))
	must(t, os.Chmod(filepath.Join(put("readable"), demo.FileName), 0o644))
	must(t, os.Remove(filepath.Join(put("linked"), demo.FileName)))
	must(t, os.Symlink(victim, filepath.Join(in("linked"), demo.FileName)))
	must(t, os.Remove(filepath.Join(put("twice"), demo.FileName)))
	other := filepath.Join(put("named"), demo.FileName)
	must(t, os.Link(other, filepath.Join(in("twice"), demo.FileName)))
	cases := map[string]string{
		in("link"): "is a symbolic link to " + in("victim"), in("writable"): "has mode 0777", in("linked"): "is a symbolic link",
		in("readable"): "chmod 600", in("twice"): "a hard link", "/usr": "belongs to root",
	}
	if os.Geteuid() == 0 { // the others' own
		delete(cases, "/usr")
		must(t, os.Chown(put("stranger"), 12345, 12345))
		must(t, os.Chown(filepath.Join(put("given"), demo.FileName), 12345, 12345))
		must(t, os.Chmod(put("below"), 0o755))
		must(t, os.Chown(in("below"), 12345, 12345))
		must(t, os.Rename(in("named"), in("below/named")))
		cases[in("stranger")], cases[in("given")], cases[in("below/named")] = "belongs to uid 12345", "belongs to uid 12345", in("below")+" belongs to uid 12345"
	}
	before := read(t, victim)
	for dir, says := range cases {
		for _, args := range [][]string{
			{"demo", "--listen", "127.0.0.1:0", "--internal-listen", "127.0.0.1:0"},
			{"push"},
			{"sandbox", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"},
			{"conformance"},
		} {
			if dir == "/usr" && args[0] != "demo" { // has no credentials
				continue
			}
			out := cli{tb: t, dir: top}.refuses(says, append(args, "--dir", dir)...)
			if !strings.Contains(out, "--dir: ") || strings.Contains(out, cred.Token) {
				t.Errorf("%s --dir %s: %s", args[0], dir, out)
			}
		}
		if strings.HasSuffix(says, "600") || dir == in("linked") || dir == in("twice") || dir == in("given") {
			continue // credentials are the demo's
		}
		for _, args := range [][]string{{"serve"}, {"migrate"}, {"show", "waybill", "xyz", "1"}} {
			c := cli{tb: t, dir: top, env: append(slices.Clone(carrierEnv), "CARRIERHOOK_DATABASE_DIR="+dir)}
			if out := c.refuses(says, args...); !strings.Contains(out, "embedded database: ") {
				t.Errorf("%s on %s: %s", args[0], dir, out)
			}
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "o*")); len(left) > 0 {
			t.Errorf("%q was left", left)
		}
	}
	if read(t, victim) != before {
		t.Error("what a link leads to was written to")
	}
	private(t, victim)
}

// The last push is kept in a folder of one's own only, and one that is there is taken
// from nobody else. Without the folder a push elsewhere needs none.
func TestLastPushOfOthers(t *testing.T) {
	t.Parallel()
	top := dataDir(t)
	dir := opened(t, filepath.Join(top, "kept"))
	victim := filepath.Join(top, "victim")
	must(t, os.WriteFile(victim, []byte("{}\n"), 0o600))
	must(t, os.Symlink(victim, dir.Join(demo.LastPushName)))
	push := func(says, dir string, more ...string) {
		t.Helper()
		cli{tb: t, dir: top, env: carrierEnv}.refuses(says, append([]string{"push", "--url", "http://127.0.0.1:1/wechat/push", "--dir", dir}, more...)...)
	}
	for _, more := range [][]string{nil, {"--repeat"}} {
		push("is a symbolic link", dir.Path(), more...)
	}
	if read(t, victim) != "{}\n" {
		t.Error("the push was written through the link")
	}
	push("connection refused", "nowhere")
}
