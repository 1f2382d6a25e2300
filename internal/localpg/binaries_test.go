package localpg

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fakeBinaries makes a folder whose postgres says a version and nothing else.
func fakeBinaries(t *testing.T, dir, version string) string {
	t.Helper()
	must(t, os.MkdirAll(dir, 0o755))
	for _, name := range []string{"initdb", "postgres"} {
		script := "#!/bin/sh\necho '" + version + "'\n"
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755))
	}
	return dir
}

// byRoot is what root finds, who takes nothing out of a home.
func byRoot[T any](root, others T) T {
	if os.Geteuid() == 0 {
		return root
	}
	return others
}

// The script must take for found what the program takes: if it took more, a
// person without Postgres would never get one; if less, it would install for nothing.
// Not parallel: it sets the environment.
func TestFindBinariesAgreesWithScript(t *testing.T) {
	root, err := reachable() // the account has to get to the programs
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(root)) })
	in := func(elem ...string) string { return filepath.Join(append([]string{root}, elem...)...) }
	const private = "carrierhook/postgres/bin"
	named := fakeBinaries(t, in("named"), "postgres (PostgreSQL) 17.2 (Debian 17.2-1)")
	cached := fakeBinaries(t, in("cache", private), "postgres (PostgreSQL) 16.1")
	home := fakeBinaries(t, in("home", ".cache", private), "postgres (PostgreSQL) 18beta1")
	fakeBinaries(t, in("oldcache", private), "postgres (PostgreSQL) 14.9")
	fakeBinaries(t, in("oddcache", private), "not a postgres")
	shut := fakeBinaries(t, in("shut", private), "postgres (PostgreSQL) 16.1")
	must(t, os.Chmod(in("shut"), 0o700))
	linked := fakeBinaries(t, in("pg19", "bin"), "postgres (PostgreSQL) 19.0")
	must(t, os.Mkdir(in("path"), 0o755))
	for _, name := range []string{"initdb", "postgres"} {
		must(t, os.Symlink(in("pg19", "bin", name), in("path", name)))
	}
	path := in("path") + ":" + os.Getenv("PATH")
	tests := []struct {
		name                   string
		bin, cache, home, path string
		want                   string
		wantMajor              int
	}{
		{"named", named, in("cache"), in("home"), path, named, 17},
		{"cache", "", in("cache"), in("home"), path, byRoot(linked, cached), byRoot(19, 16)},
		{"home", "", in("nothing"), in("home"), path, byRoot(linked, home), byRoot(19, 18)},
		{"PATH, links resolved", "", "", in("nothing"), path, linked, 19},
		{"too old is passed over", "", in("oldcache"), in("nothing"), path, linked, 19},
		{"no Postgres is passed over", "", in("oddcache"), in("nothing"), path, linked, 19},
		{"what others cannot enter", "", in("shut"), in("nothing"), path, byRoot(linked, shut), byRoot(19, 16)},
		{"named, and what root's account cannot enter", in("shut", private), "", in("nothing"), path, byRoot("", shut), byRoot(0, 16)},
		{"named is too old", in("oldcache", private), in("cache"), in("home"), path, "", 0},
		{"named is nothing", in("nothing"), in("cache"), in("home"), path, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(binariesEnv, tt.bin)
			t.Setenv("XDG_CACHE_HOME", tt.cache)
			t.Setenv("HOME", tt.home)
			t.Setenv("PATH", tt.path)
			got, major, err := FindBinaries()
			if got != tt.want || (tt.wantMajor != 0 && major != tt.wantMajor) {
				t.Errorf("FindBinaries() = %q, %d, %v, want %q, %d", got, major, err, tt.want, tt.wantMajor)
			}
			if tt.want == "" && !errors.Is(err, ErrNoBinaries) {
				t.Errorf("error is %v, want ErrNoBinaries", err)
			}
			out, err := exec.Command("./get-postgres.sh", "--check").Output()
			if said := strings.TrimSpace(string(out)); said != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("the script says %q, %v, want %q", said, err, tt.want)
			}
		})
	}
}

// The script looks where the program looks, in the same order.
func TestScriptKnowsThePlaces(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("get-postgres.sh")
	must(t, err)
	if !strings.Contains(string(script), "folders='"+strings.Join(systemFolders, "\n")+"'") {
		t.Errorf("get-postgres.sh does not list %q", systemFolders)
	}
	if !strings.Contains(string(script), "oldest=15\n") || oldestMajor != 15 {
		t.Error("the script and the program differ in the oldest version")
	}
}

// Nothing found is one sentence with the ways out.
func TestNoBinaries(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), testDir(t), Options{BinDir: t.TempDir()})
	if !errors.Is(err, ErrNoBinaries) {
		t.Errorf("Start = %v, want ErrNoBinaries", err)
	}
}
