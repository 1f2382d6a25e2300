package localpg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"carrierhook/internal/datadir"
)

// lockName is locked by the directory's owner for as long as it lives, and has its pid.
const lockName = "owner.lock"

// lockDir makes the caller the owner of dir. The kernel gives the lock back when
// the owner dies, however it dies: an instant after it, so this tries for a while.
func lockDir(dir *datadir.Dir) (*os.File, error) {
	for deadline := time.Now().Add(250 * time.Millisecond); ; time.Sleep(10 * time.Millisecond) {
		f, err := tryLock(dir)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", dir.Path(), err)
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%s: %w%s", dir.Path(), ErrInUse, ownerPid(dir))
		}
	}
}

// tryLock opens and locks the lock file, or gives EWOULDBLOCK. The file must
// still be the directory's when it is locked: Remove may have deleted it.
func tryLock(dir *datadir.Dir) (*os.File, error) {
	f, err := dir.OpenFile(lockName, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		var locked, there os.FileInfo
		if locked, err = f.Stat(); err == nil {
			there, err = dir.Lstat(lockName)
		}
		if err == nil && !os.SameFile(locked, there) || errors.Is(err, fs.ErrNotExist) {
			err = syscall.EWOULDBLOCK
		}
	}
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = fmt.Fprintln(f, os.Getpid())
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// ownerPid names the owner for an error, where it is known.
func ownerPid(dir *datadir.Dir) string {
	text, err := dir.ReadFile(lockName)
	if pid := strings.TrimSpace(string(text)); err == nil && pid != "" {
		return " (pid " + pid + ")"
	}
	return ""
}
