package localpg

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// get-tools.sh of internal/interop installs packages as get-postgres.sh does, and is
// tried on the same system. What it would unpack is there already.
func newToolsGetter(t *testing.T, uid string, env ...string) *getter {
	t.Helper()
	g := newGetter(t, uid, env...)
	for _, name := range []string{"cmp", "find", "xargs"} {
		g.write("programs/"+name, "#!/bin/sh\nexit 1\n")
	}
	for _, name := range []string{"haproxy", "nginx", "promtool", "openssl", "shellcheck"} {
		g.write("programs/"+name, "#!/bin/sh\n")
	}
	for _, name := range []string{"script/interop", "script/localpg", "usr/lib/postgresql/17/bin"} {
		must(t, os.MkdirAll(filepath.Join(g.root, name), 0o755))
	}
	text, err := os.ReadFile("../interop/get-tools.sh")
	must(t, err)
	g.script = "script/interop/get-tools.sh"
	g.write(g.script, g.below(string(text)))
	g.write("script/interop/package.json", "{}")
	g.write("script/interop/package-lock.json", "{}")
	g.write("script/localpg/services.sh", g.read("script/services.sh"))
	g.write("script/localpg/get-postgres.sh", "#!/bin/sh\necho "+g.root+"/usr/lib/postgresql/17/bin\n")
	g.write("usr/lib/postgresql/17/bin/pg_basebackup", "")
	return g
}

// Root reads first what is installed and how it is not, and no service starts.
func TestGetToolsAsRoot(t *testing.T) {
	t.Parallel()
	g := newToolsGetter(t, "0")
	said, _ := g.run() // our apt-get installs nothing
	inOrder(t, said, "this is root", "apt-get install adds, with what they need: curl default-jdk-headless jq", "No service is started", "CARRIERHOOK_INSTALL=no",
		"ran: apt-get update", "apt-get installs: curl default-jdk-headless jq", "ran: apt-get install", "policy: 101", "Debian packages are missing: curl default-jdk-headless jq")
	if first, _, _ := strings.Cut(said, "CARRIERHOOK_INSTALL=no"); strings.Contains(first, "ran: ") {
		t.Errorf("something was done before all was said:\n%s", said)
	}
	if _, err := os.Stat(filepath.Join(g.root, "home/.cache")); err == nil {
		t.Error("root wrote to HOME")
	}
	if left := g.system("usr/sbin"); len(left) > 0 {
		t.Errorf("left are %q", left)
	}
}

// Root that says no, and other accounts, read what to install.
func TestGetToolsPrivately(t *testing.T) {
	t.Parallel()
	for _, uid := range []string{"0", "1000"} {
		g := newToolsGetter(t, uid, "CARRIERHOOK_INSTALL=no")
		said, err := g.run()
		if err == nil || regexp.MustCompile(`ran: apt-get (update|install)`).MatchString(said) {
			t.Errorf("%v\n%s", err, said)
		}
		inOrder(t, said, "Debian packages are missing: curl default-jdk-headless jq", "install them as root: apt-get install")
		for _, file := range g.system("etc", "usr/sbin", "home", "var") {
			if uid == "0" && strings.HasPrefix(file, "home/") || !strings.Contains(file, "/carrierhook/interop/") {
				t.Errorf("uid %s: %s was written", uid, file)
			}
		}
	}
	g := newToolsGetter(t, "0", "CARRIERHOOK_INSTALL=never")
	if said, err := g.run(); err == nil || !strings.Contains(said, "is neither yes nor no") || strings.Contains(said, "ran: ") {
		t.Errorf("%v\n%s", err, said)
	}
}
