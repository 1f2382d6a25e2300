package localpg

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// zombieOf is a process of the account that worked in dir, ended, and is collected
// only when the test is over.
func zombieOf(tb testing.TB, acct *account, dir string) (pid int) {
	tb.Helper()
	path, err := exec.LookPath("true")
	must(tb, err)
	cmd := acct.command(tb.Context(), dir, path)
	must(tb, cmd.Start())
	tb.Cleanup(func() { cmd.Wait() })
	eventually(tb, "a process becomes a zombie", func() bool { return zombie(cmd.Process.Pid) })
	return cmd.Process.Pid
}

// sleeper is a process of the account, in dir, that is no Postgres.
func sleeper(tb testing.TB, acct *account, dir string) *os.Process {
	tb.Helper()
	path, err := exec.LookPath("sleep")
	must(tb, err)
	cmd := acct.command(tb.Context(), dir, path, "600")
	must(tb, cmd.Start())
	over := make(chan struct{})
	go func() {
		defer close(over)
		cmd.Wait()
	}()
	tb.Cleanup(func() {
		cmd.Process.Kill()
		<-over
	})
	return cmd.Process
}

// A lock file whose number was given to somebody else's process does not block, nor
// does one whose server ended and was not collected.
func TestStalePidFile(t *testing.T) {
	t.Parallel()
	dir := filledDir(t)
	s := start(t, dir, quick(t))
	acct, data, socket := s.cluster.acct, s.cluster.data(), s.cluster.socket
	must(t, s.Kill())
	var files [2]string
	paths := [2]string{pidFile(data), socketFile(socket) + ".lock"}
	for i, path := range paths {
		text, err := os.ReadFile(path)
		must(t, err)
		_, files[i], _ = strings.Cut(string(text), "\n")
	}
	must(t, s.Stop())
	for what, pid := range map[string]int{"a sleeper": sleeper(t, acct, "/").Pid, "a zombie": zombieOf(t, acct, data)} {
		for i, path := range paths {
			must(t, os.WriteFile(path, []byte(strconv.Itoa(pid)+"\n"+files[i]), 0o600))
		}
		again, err := Start(t.Context(), dir, quick(t))
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		query(t, again, "SELECT 'well'")
		must(t, again.Stop())
	}
}

// A backend that outlived its server, and still writes, is waited for; after
// that time the error names it.
func TestOrphanIsWaitedFor(t *testing.T) {
	t.Parallel()
	dir := filledDir(t)
	s := start(t, dir, quick(t))
	must(t, s.Stop())
	orphan := sleeper(t, s.cluster.acct, s.cluster.data())
	// The directory of the socket is made just before the start looks for orphans.
	waits := func(then func()) (over chan struct{}) {
		must(t, os.Remove(s.cluster.socket))
		over = make(chan struct{})
		go func() {
			defer close(over)
			for t.Context().Err() == nil && !there(dir, "run") {
				time.Sleep(time.Millisecond)
			}
			then()
		}()
		return over
	}
	ctx, cancel := context.WithCancel(t.Context())
	over := waits(cancel)
	_, err := Start(ctx, dir, quick(t))
	<-over
	if err == nil || !strings.Contains(err.Error(), strconv.Itoa(orphan.Pid)) {
		t.Fatalf("Start = %v, want an error that names pid %d", err, orphan.Pid)
	}
	over = waits(func() { orphan.Kill() })
	query(t, start(t, dir, quick(t)), "SELECT 'well'")
	<-over
}
