//go:build interop

package interop

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"carrierhook/internal/store/storetest"
)

// What npm really gives has the hash that get-postgres.sh knows, and is a Postgres that
// runs; with another hash it is not taken, and nothing is left. Without apt, on a
// system of the test's own.
func TestInteropPostgresOfNpm(t *testing.T) {
	root := t.TempDir()
	bin := filepath.Join(root, "programs")
	storetest.Must(t, os.Mkdir(bin, 0o755))
	for _, name := range strings.Fields("base64 chmod cut dirname grep gzip head id mkdir mktemp mv node npm od readlink rm rmdir sed sh sha512sum sort tar tr uname") {
		path, err := exec.LookPath(name)
		storetest.Must(t, err)
		storetest.Must(t, os.Symlink(path, filepath.Join(bin, name)))
	}
	script := func(name, text string) {
		t.Helper()
		text = regexp.MustCompile(`(?m)(^|[ ='"])(/(?:usr|etc|var|opt|Applications)/)`).ReplaceAllString(text, "${1}"+root+"$2")
		storetest.Must(t, os.WriteFile(filepath.Join(root, name), []byte(text), 0o755))
	}
	get := func() (string, error) {
		cmd := exec.Command(filepath.Join(root, "get-postgres.sh"))
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "PATH="+bin, "XDG_CACHE_HOME="+filepath.Join(root, "var", "cache"), "CARRIERHOOK_POSTGRES_BIN=", "CARRIERHOOK_INSTALL=")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	known := read(t, "internal/localpg/get-postgres.sh")
	script("services.sh", read(t, "internal/localpg/services.sh"))

	script("get-postgres.sh", regexp.MustCompile(`(?m)^(npm_\w+=sha512-)...`).ReplaceAllString(known, "${1}AAA"))
	if said, err := get(); err == nil || !strings.Contains(said, "is not the package with the hash sha512-AAA") {
		t.Errorf("%v\n%s", err, said)
	}
	if left, _ := filepath.Glob(filepath.Join(root, "var", "cache", "*")); len(left) > 0 {
		t.Errorf("left are %q", left)
	}
	script("get-postgres.sh", known)
	said, err := get()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for _, name := range []string{"postgres", "initdb"} {
		out, err := exec.Command(filepath.Join(root, "var/cache/carrierhook/postgres/bin", name), "--version").CombinedOutput()
		if err != nil || !strings.Contains(string(out), "(PostgreSQL) 18") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
