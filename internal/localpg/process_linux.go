package localpg

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// users lists the processes of a server on the data directory, orphans of a
// killed one included: each of them has it as its working directory. It is not
// sure where a process of the directory's owner hides that from us for longer than
// ten pauses; each does so from its change of account until it executes a program.
func users(data string, pause func()) (pids []int, sure bool, err error) {
	want, err := os.Stat(data)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true, nil
	}
	if err != nil {
		return nil, false, err
	}
	proc, err := os.Open("/proc")
	if err != nil {
		return nil, false, err
	}
	defer proc.Close()
	names, err := proc.Readdirnames(-1)
	if err != nil {
		return nil, false, err
	}
	const pauses = 10
	paused, unsure := 0, false
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		cwd, err := workingDir(pid, want)
		for ; hidden(err, want, pid) && paused < pauses; paused++ {
			pause()
			cwd, err = workingDir(pid, want)
		}
		switch {
		case err == nil && os.SameFile(want, cwd):
			pids = append(pids, pid)
		case hidden(err, want, pid):
			unsure = true
		}
	}
	return pids, !unsure, nil
}

// hidden says whether a process of the data directory's owner did not let us see
// where it works.
func hidden(err error, data os.FileInfo, pid int) bool {
	return errors.Is(err, fs.ErrPermission) && sameOwner(data, procOf(pid))
}

// moment is a pause for users.
func moment() { time.Sleep(10 * time.Millisecond) }

// stranger says whether pid is for certain a process that has nothing to do with
// the data directory, or is about to be a zombie: to Postgres both look alive. One that
// works nowhere any more has closed its files.
func stranger(pid int, data string) bool {
	if zombie(pid) {
		return true
	}
	want, err := os.Stat(data)
	if err != nil {
		return false
	}
	cwd, err := workingDir(pid, want)
	return errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(want, cwd)
}

// zombie says whether a process has ended without being collected. It stays so for
// ever where the first process of a container collects nothing.
func zombie(pid int) bool {
	stat, err := os.ReadFile(procOf(pid) + "/stat")
	if err != nil {
		return false
	}
	i := bytes.LastIndexByte(stat, ')') // the name before it may have any character
	return i >= 0 && bytes.HasPrefix(stat[i:], []byte(") Z"))
}

// workingDir is where a process works. A container's root has no right to see that
// of other accounts, so it looks with the rights of the data directory's owner.
func workingDir(pid int, data os.FileInfo) (dir os.FileInfo, err error) {
	path := procOf(pid) + "/cwd"
	dir, err = os.Stat(path)
	if errors.Is(err, fs.ErrPermission) && os.Geteuid() == 0 {
		asOwner(data, func() { dir, err = os.Stat(path) })
	}
	return dir, err
}

// asOwner does something with a file owner's rights to files. The kernel has them
// for each thread, so the goroutine keeps its own; it needs root's to get them
// back, which Setfsuid and Setfsgid leave it.
func asOwner(file os.FileInfo, do func()) {
	owner := file.Sys().(*syscall.Stat_t)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// Neither call says whether it did; where it did not, the file stays hidden.
	_, _ = syscall.Setfsgid(int(owner.Gid)), syscall.Setfsuid(int(owner.Uid))
	defer func() { _, _ = syscall.Setfsuid(os.Geteuid()), syscall.Setfsgid(os.Getegid()) }()
	do()
}

func sameOwner(want os.FileInfo, path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	return info.Sys().(*syscall.Stat_t).Uid == want.Sys().(*syscall.Stat_t).Uid
}

func procOf(pid int) string { return "/proc/" + strconv.Itoa(pid) }

// dieWithUs has the kernel signal the child when the thread that starts it ends,
// and so when this process dies in whatever way. The caller keeps its goroutine
// on that thread until the child has ended; otherwise the Go runtime may retire
// the thread, and the child with it. Go sets it after the change of account,
// which would clear it.
func dieWithUs(attr *syscall.SysProcAttr, sig syscall.Signal) { attr.Pdeathsig = sig }
