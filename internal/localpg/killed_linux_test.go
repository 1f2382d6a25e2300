package localpg

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// ended says whether a process has: a zombie has too.
func ended(pid int) bool {
	return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || zombie(pid)
}

// postmaster is the pid of the server that runs on dir.
func postmaster(tb testing.TB, dir string) int {
	tb.Helper()
	files, _ := filepath.Glob(dir + "/" + launched) // fails on a malformed pattern only
	if len(files) != 1 {
		tb.Fatalf("found %q", files)
	}
	pid, _, err := readPidFile(files[0])
	must(tb, err)
	return pid
}

// The owner is killed, and Postgres is gone soon after; the next start finds
// what was committed.
func TestDiesWithOwner(t *testing.T) {
	t.Parallel()
	dir := filledDir(t)
	o := owner(t, dir)
	pid := postmaster(t, dir)
	// Our environment holds secrets: none of it is for the account.
	env, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	must(t, err)
	if strings.Contains(string(env), helperEnv) || !strings.Contains(string(env), "LC_ALL=C") {
		t.Errorf("Postgres's environment is %q", env)
	}
	o.kill(t)
	eventually(t, "Postgres goes down with its owner", func() bool { return ended(pid) })
}

// A start right after the owner was killed waits for the old server to go.
func TestStartAfterKill(t *testing.T) {
	t.Parallel()
	dir := filledDir(t)
	for range 2 {
		must(t, owner(t, dir).cmd.Process.Kill())
	}
	query(t, start(t, dir, quick(t)), "SELECT 'well'")
}

// Everything is killed at once, as when the power fails.
func TestStartAfterCrashOfAll(t *testing.T) {
	t.Parallel()
	dir := filledDir(t)
	o := owner(t, dir)
	pid := postmaster(t, dir)
	must(t, syscall.Kill(pid, syscall.SIGKILL))
	o.kill(t)
	query(t, start(t, dir, quick(t)), "SELECT 'well'")
}

// Owners killed in the middle of making the data directory leave no broken one.
func TestKilledDuringInit(t *testing.T) {
	t.Parallel()
	dir := testDir(t)
	for _, step := range []string{initBegun, initAlmost} {
		o := startOther(t, dir)
		eventually(t, "initdb comes to "+step, func() bool { return there(dir, step) || there(dir, initOver) })
		o.kill(t)
	}
	query(t, start(t, dir, quick(t)), "SELECT 'well'")
}
