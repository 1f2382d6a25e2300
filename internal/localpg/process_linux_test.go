package localpg

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"unsafe"
)

const hiddenEnv = "CARRIERHOOK_TEST_HIDDEN"

func init() {
	if os.Getenv(hiddenEnv) != "" {
		os.Exit(hideAndShow())
	}
}

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

// serversData is an empty directory of the server's account.
func serversData(tb testing.TB) (data string, acct *account) {
	tb.Helper()
	dir := testDir(tb)
	opened(tb, dir)
	acct, err := serverAccount()
	must(tb, err)
	data = filepath.Join(dir, "pg0")
	must(tb, os.Mkdir(data, 0o700))
	must(tb, acct.give(data))
	return data, acct
}

// The processes of a data directory are found for certain, also by a root that may
// not look into those of others, and zombies are none of them.
func TestUsers(t *testing.T) {
	t.Parallel()
	data, acct := serversData(t)
	here, elsewhere, dead := sleeper(t, acct, data).Pid, sleeper(t, acct, "/").Pid, zombieOf(t, acct, data)
	ended := acct.command(t.Context(), "/", "/proc/self/exe")
	ended.Env = append(ended.Env, hiddenEnv+"=1")
	must(t, ended.Start(), ended.Process.Kill())
	_ = ended.Wait()
	check := func() {
		pids, sure, err := users(data, moment)
		if !slices.Equal(pids, []int{here}) || !sure || err != nil {
			t.Errorf("users = %v, %v, %v, want only %d", pids, sure, err, here)
		}
		for pid, want := range map[int]bool{here: false, elsewhere: true, dead: true, ended.Process.Pid: true} {
			if got := stranger(pid, data); got != want {
				t.Errorf("stranger(%d) = %v, want %v", pid, got, want)
			}
		}
	}
	check()
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
		check()
		// Root's other rights are back.
		if _, err := os.Stat(filepath.Join(data, "none")); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}()
	<-over
}

// A process that changes its account is hidden until it executes a program. Nothing
// is beside this test: it hides one from the others too.
func TestUsersWaitForHidden(t *testing.T) {
	data, acct := serversData(t)
	cmd := acct.command(t.Context(), "/", "/proc/self/exe")
	cmd.Env = append(os.Environ(), hiddenEnv+"=1")
	stdin, err := cmd.StdinPipe()
	must(t, err)
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	defer cmd.Wait()
	defer stdin.Close()
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() || lines.Text() != "hidden" {
		t.Fatalf("the process said %q", lines.Text())
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		runtime.LockOSThread() // and it ends with the goroutine
		if err := withoutPtrace(); err != nil {
			t.Error(err)
			return
		}
		if pids, sure, err := users(data, func() {}); len(pids) > 0 || sure || err != nil {
			t.Errorf("users = %v, %v, %v, want not to be sure", pids, sure, err)
		}
		pids, sure, err := users(data, func() {
			fmt.Fprintln(stdin, "show")
			lines.Scan()
		})
		if len(pids) > 0 || !sure || err != nil {
			t.Errorf("users = %v, %v, %v, want none for certain", pids, sure, err)
		}
	}()
	<-over
}

// hideAndShow is a process that hides from others until it reads a line.
func hideAndShow() int {
	const setDumpable = 4
	in := bufio.NewScanner(os.Stdin)
	for dumpable, said := range []string{"hidden", "shown"} {
		if _, _, err := syscall.RawSyscall(syscall.SYS_PRCTL, setDumpable, uintptr(dumpable), 0); err != 0 {
			return 1
		}
		fmt.Println(said)
		in.Scan()
	}
	return 0
}
