package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/datadir"
)

// testRoot is where directories of tests are: the temporary folder, unless the
// account cannot reach that, or a socket's path below it is too long or odd.
// There a start fails, or has its socket elsewhere, which only some tests are about.
var testRoot = sync.OnceValues(func() (string, error) {
	acct, err := serverAccount()
	if err != nil {
		return "", err
	}
	bin, _, err := FindBinaries()
	if err != nil {
		return "", err
	}
	root, err := filepath.Abs(os.TempDir())
	if err != nil {
		return "", err
	}
	err = acct.reaches(context.Background(), bin, root)
	if errors.Is(err, ErrUnreachable) || !fits(filepath.Join(root, "localpg-0123456789", "db", "x")) {
		return filepath.Dir(shortDir("")), nil
	}
	return root, err
})

// reachable makes a directory that the account can pass, which tb.TempDir is not.
func reachable() (string, error) {
	root, err := testRoot()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(root, "localpg-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711)
}

// testDir is a directory for a server, which is not there yet.
func testDir(tb testing.TB) string {
	tb.Helper()
	parent, err := reachable()
	must(tb, err)
	dir := filepath.Join(parent, "db")
	tb.Cleanup(func() { must(tb, removeUnused(dir), os.RemoveAll(parent)) })
	return dir
}

// removeUnused is Remove that waits for a server whose owner was killed.
func removeUnused(dir string) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if err := Remove(dir); !errors.Is(err, ErrInUse) || time.Now().After(deadline) {
			return err
		}
	}
}

// template is a directory with data, which is made at the first call: a copy
// of it takes a small part of the time of initdb.
var template struct {
	make sync.Once
	dir  string
	err  error
}

func makeTemplate() error {
	parent, err := reachable()
	if err != nil {
		return err
	}
	template.dir = filepath.Join(parent, "db")
	s, err := Start(context.Background(), template.dir, quick(nil))
	if err != nil {
		return err
	}
	return s.Stop()
}

func removeTemplate() error {
	if template.dir == "" {
		return nil
	}
	return errors.Join(removeUnused(template.dir), os.RemoveAll(filepath.Dir(template.dir)))
}

// filledDir is a directory for a server that has data already, for the tests that
// are not about making it.
func filledDir(tb testing.TB) string {
	tb.Helper()
	dir := testDir(tb)
	fillDir(tb, dir)
	return dir
}

func fillDir(tb testing.TB, dir string) {
	tb.Helper()
	template.make.Do(func() { template.err = makeTemplate() })
	if template.err != nil {
		tb.Fatalf("make the template: %v", template.err)
	}
	acct, err := serverAccount()
	must(tb, err)
	opened(tb, dir)
	for _, major := range dataMajors(template.dir) {
		name := fmt.Sprintf("pg%d", major)
		must(tb, os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(template.dir, name))))
		err := filepath.WalkDir(filepath.Join(dir, name), func(path string, d fs.DirEntry, err error) error {
			if err != nil || acct == nil && !d.IsDir() {
				return err
			}
			if d.IsDir() {
				return acct.give(path)
			}
			return os.Lchown(path, acct.uid, acct.gid)
		})
		must(tb, err)
	}
}

// opened is a directory that is made where it is missing.
func opened(tb testing.TB, dir string) *datadir.Dir {
	tb.Helper()
	d, err := datadir.Make(dir, 0o711)
	must(tb, err)
	tb.Cleanup(func() { d.Close() })
	return d
}

// there says whether there is a file below dir of that pattern.
func there(dir, pattern string) bool {
	found, _ := filepath.Glob(filepath.Join(dir, pattern)) // fails on a malformed pattern only
	return len(found) > 0
}

// Steps of making a data directory, by what is there from then on.
const (
	initBegun  = initPrefix + "*/PG_VERSION"
	initAlmost = initPrefix + "*/base/*/PG_VERSION"
	initOver   = "pg*/PG_VERSION"
	launched   = "pg*/postmaster.pid"
)
