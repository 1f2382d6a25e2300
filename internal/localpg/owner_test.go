package localpg

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// The second process is refused and told who is first; it may join instead.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	dir := filledDir(t)
	o := owner(t, dir)
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
	closes(t, watcher.Done(), "the joiner notices the owner's end")
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
	dir := opened(t, testDir(t))
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() {
		defer close(over)
		for ctx.Err() == nil { // what isOwned does, and a little slower
			if f, err := tryLock(dir, syscall.LOCK_SH); err == nil {
				runtime.Gosched()
				f.Close()
			}
			runtime.Gosched()
		}
	}()
	// Until the joiner has been in the way so often that it must have been in that
	// of the owner too.
	for refused := 0; refused < 4 && !t.Failed(); {
		f, err := tryLock(dir, syscall.LOCK_EX)
		if err == nil {
			f.Close()
		} else {
			refused++
		}
		if f, err = lockWithin(dir, patience); err != nil {
			t.Error(err)
		} else {
			f.Close()
		}
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
	dir := filledDir(t)
	d := opened(t, dir)
	lock, err := lockDir(d)
	if err != nil {
		t.Fatal(err)
	}
	if err := Remove(dir); !errors.Is(err, ErrInUse) {
		t.Errorf("Remove of what somebody is starting = %v, want ErrInUse", err)
	}
	// The second time there is a state file that outlived its owner.
	for range 2 {
		if _, err := Join(expired(t), dir); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Join = %v, want the deadline", err)
		}
		if err := writeState(d, state{Pid: 1, Base: dir, Socket: dir}); err != nil {
			t.Fatal(err)
		}
	}
	lock.Close()

	o := startOther(t, "start", dir)
	eventually(t, "the owner takes the lock", func() bool {
		there, err := isOwned(d)
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
