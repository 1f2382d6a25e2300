package localpg

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The owner is killed, and Postgres is gone soon after; the next start finds
// what was committed.
func TestDiesWithOwner(t *testing.T) {
	t.Parallel()
	dir := testDir(t)
	o := startOther(t, "start", dir)
	if got := o.line(); got != "owner: true" {
		t.Fatal(got)
	}
	st, err := readState(dir)
	if err != nil {
		t.Fatal(err)
	}
	// Our environment holds secrets: none of it is for the account.
	env, err := os.ReadFile("/proc/" + strconv.Itoa(st.Postmaster) + "/environ")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(env), helperEnv) || !strings.Contains(string(env), "LC_ALL=C") {
		t.Errorf("Postgres's environment is %q", env)
	}
	if err := o.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	o.cmd.Wait()
	eventually(t, 5*time.Second, "Postgres goes down with its owner", func() bool {
		return errors.Is(syscall.Kill(st.Postmaster, 0), syscall.ESRCH)
	})
	if _, err := Join(t.Context(), dir); !errors.Is(err, ErrNotRunning) {
		t.Errorf("Join without an owner = %v", err)
	}
}

// A start right after the owner was killed waits for the old server to go.
func TestStartAfterKill(t *testing.T) {
	t.Parallel()
	dir := testDir(t)
	for range 2 {
		o := startOther(t, "start", dir)
		if got := o.line(); got != "owner: true" {
			t.Fatal(got)
		}
		if err := o.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	query(t, start(t, dir, quick(t)), "SELECT 'well'")
}

// Everything is killed at once, as when the power fails.
func TestStartAfterCrashOfAll(t *testing.T) {
	t.Parallel()
	dir := testDir(t)
	o := startOther(t, "start", dir)
	if got := o.line(); got != "owner: true" {
		t.Fatal(got)
	}
	st, err := readState(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(st.Postmaster, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := o.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	o.cmd.Wait()
	query(t, start(t, dir, quick(t)), "SELECT 'well'")
}

// Owners killed in the middle of making the data directory leave no broken one.
func TestKilledDuringInit(t *testing.T) {
	t.Parallel()
	dir := testDir(t)
	for _, after := range []time.Duration{50, 150, 300} {
		o := startOther(t, "start", dir)
		time.Sleep(after * time.Millisecond)
		if err := o.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		o.cmd.Wait()
	}
	query(t, start(t, dir, quick(t)), "SELECT 'well'")
}

// The second process is refused and told who is first; it may join instead.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	dir := testDir(t)
	o := startOther(t, "start", dir)
	if got := o.line(); got != "owner: true" {
		t.Fatal(got)
	}
	_, err := Start(t.Context(), dir, quick(t))
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), strconv.Itoa(o.cmd.Process.Pid)) {
		t.Errorf("Start = %v, want ErrInUse with pid %d", err, o.cmd.Process.Pid)
	}
	if err := Remove(dir); !errors.Is(err, ErrInUse) {
		t.Errorf("Remove = %v, want ErrInUse", err)
	}
	joiner, err := Join(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if joiner.Owner() || joiner.Dir() != dir {
		t.Errorf("Owner() = %v, Dir() = %q", joiner.Owner(), joiner.Dir())
	}
	if err := errors.Join(joiner.Kill(), joiner.Restart(t.Context())); err == nil {
		t.Error("a joiner could kill and restart")
	}
	if err := joiner.Stop(); err != nil {
		t.Fatal(err)
	}
	watcher, err := StartOrJoin(t.Context(), dir, quick(t))
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Stop()
	query(t, watcher, "SELECT 'still there'")
	o.in.Close()
	select {
	case <-watcher.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("the joiner did not notice the owner's end")
	}
	if err := watcher.Err(); err == nil {
		t.Error("Err() = nil after the owner's end")
	}
}

// However many start together, one owns and the rest join.
func TestStartTogether(t *testing.T) {
	t.Parallel()
	dir := testDir(t)
	var others []*other
	for range 4 {
		others = append(others, startOther(t, "either", dir))
	}
	count := map[string]int{}
	for _, o := range others {
		count[o.line()]++
	}
	if count["owner: true"] != 1 || count["owner: false"] != 3 {
		t.Errorf("got %v, want one owner and three joiners", count)
	}
}

// A joiner that asks while nobody owns the directory does not keep an owner out.
func TestJoinersDoNotKeepOwnerOut(t *testing.T) {
	t.Parallel()
	dir := testDir(t)
	if err := makeDir(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() {
		defer close(over)
		for ctx.Err() == nil {
			isOwned(dir)
		}
	}()
	for range 200 {
		lock, err := lockDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		lock.Close()
	}
	cancel()
	<-over
}

// Join says at once that there is nothing, also where there never was.
func TestJoinNothing(t *testing.T) {
	t.Parallel()
	dir := testDir(t)
	if _, err := Join(t.Context(), dir); !errors.Is(err, ErrNotRunning) {
		t.Errorf("Join = %v, want ErrNotRunning", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Join made the directory: %v", err)
	}
}

// Join waits for an owner that is still starting, and no longer than asked.
func TestJoinWaits(t *testing.T) {
	t.Parallel()
	dir := testDir(t)
	if err := makeDir(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	lock, err := lockDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := Remove(dir); !errors.Is(err, ErrInUse) {
		t.Errorf("Remove of what somebody is starting = %v, want ErrInUse", err)
	}
	// The second time there is a state file that outlived its owner.
	for range 2 {
		if _, err := Join(deadline(t, 50*time.Millisecond), dir); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Join = %v, want the deadline", err)
		}
		if err := writeState(dir, state{Pid: 1, Base: dir, Socket: dir}); err != nil {
			t.Fatal(err)
		}
	}
	lock.Close()

	o := startOther(t, "start", dir)
	eventually(t, 5*time.Second, "the owner takes the lock", func() bool {
		there, err := isOwned(dir)
		return there && err == nil
	})
	if s, err := Join(t.Context(), dir); err != nil {
		t.Error(err)
	} else {
		query(t, s, "SELECT 'joined'")
		s.Stop()
	}
	if got := o.line(); got != "owner: true" {
		t.Error(got)
	}
}

// Remove leaves what is not this package's.
func TestRemove(t *testing.T) {
	t.Parallel()
	dir := testDir(t)
	s := start(t, dir, quick(t))
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(dir, "demo.json")
	if err := os.WriteFile(mine, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Remove(dir); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 || left[0].Name() != "demo.json" {
		t.Errorf("left is %v, want demo.json", left)
	}
	if err := os.Remove(mine); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := Remove(dir); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the empty directory is still there: %v", err)
	}
}
