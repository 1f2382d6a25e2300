package storetest_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"carrierhook/internal/store/storetest"
)

// What a killed run left is removed by a later one: not soon, and not while somebody
// is at it.
func TestScratchSweeps(t *testing.T) {
	t.Parallel()
	ended := exec.Command("true")
	storetest.Must(t, ended.Run())
	parent, old := t.TempDir(), time.Now().Add(-2*time.Hour)
	want := map[string]bool{}
	for _, f := range []struct {
		pid  int
		age  time.Time
		kept bool
	}{{ended.Process.Pid, old, false}, {ended.Process.Pid, time.Now(), true}, {os.Getpid(), old, true}} {
		dir := filepath.Join(parent, fmt.Sprintf("carrierhook-tests-%d-%d", f.pid, len(want)))
		storetest.Must(t, os.MkdirAll(filepath.Join(dir, "data"), 0o711))
		storetest.Must(t, os.Chtimes(dir, f.age, f.age))
		want[dir] = f.kept
	}
	// A name with a line break in it leads to nothing in the folder that we are in, and
	// a link or what is somebody else's is left alone.
	cwd, precious := t.TempDir(), "precious"
	storetest.Must(t, os.Mkdir(filepath.Join(cwd, precious), 0o700))
	odd := filepath.Join(parent, fmt.Sprintf("carrierhook-tests-%d-odd\n%s", ended.Process.Pid, precious))
	link := filepath.Join(parent, fmt.Sprintf("carrierhook-tests-%d-link", ended.Process.Pid))
	storetest.Must(t, errors.Join(os.Mkdir(odd, 0o700), os.Chtimes(odd, old, old), os.Symlink(cwd, link), touchLink(link, old)))
	want[odd], want[link], want[filepath.Join(cwd, precious)] = false, true, true
	if os.Geteuid() == 0 {
		theirs := filepath.Join(parent, fmt.Sprintf("carrierhook-tests-%d-theirs", ended.Process.Pid))
		storetest.Must(t, errors.Join(os.Mkdir(theirs, 0o700), os.Chown(theirs, 12345, 12345), os.Chtimes(theirs, old, old)))
		want[theirs] = true
	}
	scratch, err := filepath.Abs("scratch.sh")
	storetest.Must(t, err)
	run := exec.Command(scratch, "sh", "-c", `test -d "$TMPDIR"`)
	run.Dir = cwd
	run.Env = append(os.Environ(), "TMPDIR="+parent)
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for dir, kept := range want {
		if _, err := os.Lstat(dir); (err == nil) != kept {
			t.Errorf("%q is there: %t, want %t", filepath.Base(dir), err == nil, kept)
		}
	}
}

// touchLink makes a link itself look old.
func touchLink(path string, to time.Time) error {
	return exec.Command("touch", "-h", "-d", to.Format(time.RFC3339), path).Run()
}
