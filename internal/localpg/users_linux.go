package localpg

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// users lists the processes of a server on the data directory, orphans of a
// killed one included: each of them has it as its working directory. It is not
// sure where a process of the directory's owner hides that from us, as it does
// from a container's root.
func users(data string) (pids []int, sure bool, err error) {
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
	sure = true
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		switch cwd, err := os.Stat("/proc/" + name + "/cwd"); {
		case err == nil && os.SameFile(want, cwd):
			pids = append(pids, pid)
		case errors.Is(err, fs.ErrPermission) && sameOwner(want, "/proc/"+name):
			sure = false
		}
	}
	return pids, sure, nil
}

func sameOwner(want os.FileInfo, path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	return info.Sys().(*syscall.Stat_t).Uid == want.Sys().(*syscall.Stat_t).Uid
}

// stranger says whether pid is for certain a process that has nothing to do with
// the data directory, or one that ended and was not collected: to Postgres both
// look alive.
func stranger(pid int, data string) bool {
	proc := "/proc/" + strconv.Itoa(pid)
	if stat, err := os.ReadFile(proc + "/stat"); err == nil {
		if i := bytes.LastIndexByte(stat, ')'); i >= 0 && bytes.HasPrefix(stat[i:], []byte(") Z")) {
			return true
		}
	}
	want, err := os.Stat(data)
	if err != nil {
		return false
	}
	cwd, err := os.Stat(proc + "/cwd")
	return err == nil && !os.SameFile(want, cwd)
}
