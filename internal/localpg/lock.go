package localpg

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"carrierhook/internal/datadir"
)

// Two files in the directory that the caller named settle who owns it.
const (
	lockName  = "owner.lock" // locked by the owner for as long as it lives; holds its pid
	stateName = "owner.json" // there while the owner's Postgres answers
)

// state is what a joiner needs to know.
type state struct {
	Pid        int    `json:"pid"`
	Postmaster int    `json:"postmaster"`
	Base       string `json:"base"`
	Socket     string `json:"socket"`
}

// lockDir makes the caller the owner of dir. The kernel gives the lock back when
// the owner dies, however it dies.
func lockDir(dir *datadir.Dir) (*os.File, error) { return lockWithin(dir, 250*time.Millisecond) }

// lockWithin tries again for a while: a joiner that asks whether somebody owns the
// directory holds the lock for an instant, so that one refusal means nothing.
func lockWithin(dir *datadir.Dir, patience time.Duration) (*os.File, error) {
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		f, err := tryLock(dir, syscall.LOCK_EX)
		if err == nil {
			if err := writePid(f); err != nil {
				f.Close()
				return nil, err
			}
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
func tryLock(dir *datadir.Dir, how int) (*os.File, error) {
	f, err := dir.OpenFile(lockName, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
	if err == nil {
		var held, there os.FileInfo
		if held, err = f.Stat(); err == nil {
			there, err = dir.Lstat(lockName)
		}
		if err == nil && !os.SameFile(held, there) || errors.Is(err, fs.ErrNotExist) {
			err = syscall.EWOULDBLOCK
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func writePid(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// ownerPid names the owner for an error, where it is known.
func ownerPid(dir *datadir.Dir) string {
	text, err := dir.ReadFile(lockName)
	if pid := strings.TrimSpace(string(text)); err == nil && pid != "" {
		return " (pid " + pid + ")"
	}
	return ""
}

// isOwned says whether some process owns dir.
func isOwned(dir *datadir.Dir) (bool, error) {
	if _, err := dir.Lstat(lockName); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	f, err := tryLock(dir, syscall.LOCK_SH)
	switch {
	case err == nil:
		return false, f.Close()
	case errors.Is(err, syscall.EWOULDBLOCK):
		return true, nil
	}
	return false, err
}

// writeState tells joiners that Postgres answers.
func writeState(dir *datadir.Dir, st state) error {
	text, err := json.Marshal(st)
	if err != nil {
		return err
	}
	return dir.WriteFile(stateName, append(text, '\n'))
}

func readState(dir *datadir.Dir) (state, error) {
	var st state
	text, err := dir.ReadFile(stateName)
	if err == nil {
		err = json.Unmarshal(text, &st)
	}
	return st, err
}

func removeState(dir *datadir.Dir) error { return dir.Remove(stateName) }
