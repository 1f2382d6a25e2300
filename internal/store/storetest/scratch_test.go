package storetest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// What a killed run left is removed by a later one: not soon, and not while somebody
// is at it.
func TestScratchSweeps(t *testing.T) {
	t.Parallel()
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	parent, old := t.TempDir(), time.Now().Add(-2*time.Hour)
	want := map[string]bool{}
	for _, f := range []struct {
		pid  int
		age  time.Time
		kept bool
	}{{ended.Process.Pid, old, false}, {ended.Process.Pid, time.Now(), true}, {os.Getpid(), old, true}} {
		dir := filepath.Join(parent, fmt.Sprintf("carrierhook-tests-%d-%d", f.pid, len(want)))
		if err := os.MkdirAll(filepath.Join(dir, "data"), 0o711); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(dir, f.age, f.age); err != nil {
			t.Fatal(err)
		}
		want[dir] = f.kept
	}
	run := exec.Command("./scratch.sh", "sh", "-c", `test -d "$TMPDIR"`)
	run.Env = append(os.Environ(), "TMPDIR="+parent)
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for dir, kept := range want {
		if _, err := os.Stat(dir); (err == nil) != kept {
			t.Errorf("%s is there: %t, want %t", filepath.Base(dir), err == nil, kept)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(parent, "*")); len(left) != 2 {
		t.Errorf("there are %q", left)
	}
}
