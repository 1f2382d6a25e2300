package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	oldestMajor = 15
	binariesEnv = "CARRIERHOOK_POSTGRES_BIN"
)

// installation is one Postgres that the account can run.
type installation struct {
	bin   string
	major int
}

// systemFolders are where packages put the server's programs, which are seldom in
// PATH. get-postgres.sh looks in the same ones; a test compares them.
var systemFolders = []string{
	"/usr/lib/postgresql/*/bin",                               // Debian, Ubuntu
	"/usr/pgsql-*/bin",                                        // postgresql.org's RPMs
	"/usr/libexec/postgresql*",                                // Alpine
	"/usr/local/pgsql/bin",                                    // from source
	"/opt/homebrew/opt/postgresql@*/bin",                      // Homebrew
	"/usr/local/opt/postgresql@*/bin",                         // Homebrew on Intel
	"/Applications/Postgres.app/Contents/Versions/latest/bin", // Postgres.app
}

// FindBinaries finds the folder with initdb and postgres, version 15 or newer:
// the one that CARRIERHOOK_POSTGRES_BIN names, else the first of the private
// folder, PATH and the folders where packages put them. As root it finds only
// what the account that Postgres will run as can execute.
func FindBinaries() (binDir string, major int, err error) {
	acct, err := serverAccount()
	if err != nil {
		return "", 0, err
	}
	found, err := acct.installations("")
	if err != nil {
		return "", 0, err
	}
	return found[0].bin, found[0].major, nil
}

// installations lists every usable one, the preferred first. A folder that was
// named on purpose is the only candidate: another version instead of it would
// surprise.
func (a *account) installations(named string) ([]installation, error) {
	if named == "" {
		named = os.Getenv(binariesEnv)
	}
	if named != "" {
		named, err := filepath.Abs(named)
		if err != nil {
			return nil, err
		}
		in, err := a.inspect(named)
		if err != nil {
			return nil, fmt.Errorf("%w in the folder that was named: %v", ErrNoBinaries, err)
		}
		return []installation{in}, nil
	}
	var found []installation
	var passed []string
	for _, dir := range candidates() {
		in, err := a.inspect(dir)
		switch {
		case err == nil:
			found = append(found, in)
		case !errors.Is(err, fs.ErrNotExist):
			passed = append(passed, err.Error())
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	err := fmt.Errorf("%w: install it (Debian: apt-get install postgresql; Fedora: postgresql-server), or let `make postgres` get it, "+
		"or name its folder in %s, or use a server of your own by database.url", ErrNoBinaries, binariesEnv)
	if len(passed) > 0 {
		err = fmt.Errorf("%w (passed over: %s)", err, strings.Join(passed, "; "))
	}
	return nil, err
}

// candidates lists folders that may hold the programs, each once.
func candidates() []string {
	var dirs []string
	add := func(dir string) {
		if real, err := filepath.EvalSymlinks(dir); err == nil && !slices.Contains(dirs, real) {
			dirs = append(dirs, real)
		}
	}
	for _, dir := range privateFolders() {
		add(filepath.Join(dir, "bin"))
	}
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(initdb); err == nil {
			add(filepath.Dir(real))
		}
	}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		add(strings.TrimSpace(string(out)))
	}
	for _, pattern := range systemFolders {
		matches, _ := filepath.Glob(pattern) // fails on a malformed pattern only
		slices.SortFunc(matches, func(x, y string) int { return lastNumber(y) - lastNumber(x) })
		for _, dir := range matches {
			add(dir)
		}
	}
	return dirs
}

// privateFolders are those that get-postgres.sh fills: a person's own, and one
// for root, whose home the account cannot enter. Root takes no other: HOME may be
// that of somebody else, who could put any program there.
func privateFolders() []string {
	const roots = "/var/cache/carrierhook/postgres"
	if os.Geteuid() == 0 {
		return []string{roots}
	}
	var dirs []string
	if cache := os.Getenv("XDG_CACHE_HOME"); cache != "" {
		dirs = append(dirs, filepath.Join(cache, "carrierhook", "postgres"))
	}
	if home := os.Getenv("HOME"); home != "" {
		dirs = append(dirs, filepath.Join(home, ".cache", "carrierhook", "postgres"))
	}
	return append(dirs, roots)
}

var versionLine = regexp.MustCompile(`^postgres \(PostgreSQL\) (\d+)`)

// inspect runs the postgres in dir as the account, which proves at once that it
// is there, can be executed, finds its libraries, and which version it is.
func (a *account) inspect(dir string) (installation, error) {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return installation{}, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := a.command(ctx, "/", filepath.Join(dir, "postgres"), "--version").CombinedOutput()
	if err != nil {
		return installation{}, fmt.Errorf("%s does not run: %v: %s", filepath.Join(dir, "postgres"), err, strings.TrimSpace(string(out)))
	}
	match := versionLine.FindSubmatch(out)
	if match == nil {
		return installation{}, fmt.Errorf("%s: %q is no version", dir, out)
	}
	major, err := strconv.Atoi(string(match[1]))
	if err != nil || major < oldestMajor {
		return installation{}, fmt.Errorf("%s is version %d", dir, major)
	}
	return installation{bin: dir, major: major}, nil
}

var digits = regexp.MustCompile(`\d+`)

// lastNumber of a path is its version, where there is one.
func lastNumber(path string) (n int) {
	if all := digits.FindAllString(path, -1); len(all) > 0 {
		n, _ = strconv.Atoi(all[len(all)-1])
	}
	return n
}
