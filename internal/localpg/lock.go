package localpg

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
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
func lockDir(dir string) (*os.File, error) { return lockWithin(dir, 250*time.Millisecond) }

// lockWithin tries again for a while: a joiner that asks whether somebody owns the
// directory holds the lock for an instant, so that one refusal means nothing.
func lockWithin(dir string, patience time.Duration) (*os.File, error) {
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
			return nil, fmt.Errorf("lock %s: %w", dir, err)
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%s: %w%s", dir, ErrInUse, ownerPid(dir))
		}
	}
}

// tryLock opens and locks the lock file, or gives EWOULDBLOCK. The file must
// still be the directory's when it is locked: Remove may have deleted it.
func tryLock(dir string, how int) (*os.File, error) {
	path := filepath.Join(dir, lockName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
	if err == nil {
		var held, there os.FileInfo
		if held, err = f.Stat(); err == nil {
			there, err = os.Stat(path)
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
func ownerPid(dir string) string {
	text, err := os.ReadFile(filepath.Join(dir, lockName))
	if pid := strings.TrimSpace(string(text)); err == nil && pid != "" {
		return " (pid " + pid + ")"
	}
	return ""
}

// isOwned says whether some process owns dir.
func isOwned(dir string) (bool, error) {
	if _, err := os.Stat(filepath.Join(dir, lockName)); errors.Is(err, fs.ErrNotExist) {
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

// writeState tells joiners that Postgres answers. They see all of it or nothing.
func writeState(dir string, st state) error {
	text, err := json.Marshal(st)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, stateName)
	if err := os.WriteFile(path+".new", append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func readState(dir string) (state, error) {
	var st state
	text, err := os.ReadFile(filepath.Join(dir, stateName))
	if err == nil {
		err = json.Unmarshal(text, &st)
	}
	return st, err
}

func removeState(dir string) error {
	err := os.Remove(filepath.Join(dir, stateName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
