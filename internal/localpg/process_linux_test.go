package localpg

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"unsafe"
)

// withoutPtrace takes from this thread the right to look into the processes of
// others, which the root of most containers lacks.
func withoutPtrace() error {
	const version3, sysPtrace = 0x20080522, 19
	header := struct {
		version uint32
		pid     int32
	}{version: version3}
	var data [2]struct{ effective, permitted, inheritable uint32 }
	if _, _, err := syscall.RawSyscall(syscall.SYS_CAPGET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&data)), 0); err != 0 {
		return err
	}
	data[0].effective &^= 1 << sysPtrace
	if _, _, err := syscall.RawSyscall(syscall.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&data)), 0); err != 0 {
		return err
	}
	return nil
}

// The processes of a data directory are found for certain, also by a root that may
// not look into those of others, and zombies are none of them.
func TestUsers(t *testing.T) {
	t.Parallel()
	dir := testDir(t)
	opened(t, dir)
	acct, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "pg0")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := acct.give(data); err != nil {
		t.Fatal(err)
	}
	here, elsewhere, dead := sleeper(t, acct, data).Pid, sleeper(t, acct, "/").Pid, zombieOf(t, acct, data)
	look := func() {
		pids, sure, err := users(data)
		if !slices.Equal(pids, []int{here}) || !sure || err != nil {
			t.Errorf("users = %v, %v, %v, want only %d", pids, sure, err, here)
		}
		for pid, want := range map[int]bool{here: false, elsewhere: true, dead: true} {
			if got := stranger(pid, data); got != want {
				t.Errorf("stranger(%d) = %v, want %v", pid, got, want)
			}
		}
	}
	look()
	over := make(chan struct{})
	go func() {
		defer close(over)
		runtime.LockOSThread() // and it ends with the goroutine
		if err := withoutPtrace(); err != nil {
			t.Error(err)
			return
		}
		_, err := os.Stat(procOf(here) + "/cwd")
		if got := errors.Is(err, fs.ErrPermission); got != (acct != nil) {
			t.Errorf("the right to look was not taken: %v", err)
		}
		look()
		// Root's other rights are back.
		if _, err := os.Stat(filepath.Join(data, "none")); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}()
	<-over
}
