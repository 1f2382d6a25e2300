package localpg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Remove deletes what this package keeps for dir, the data included, and dir
// itself if nothing else is in it. An owner, or a Postgres that outlived its
// owner, is ErrInUse.
func Remove(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	lock, err := lockDir(dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	moved := movedDir(dir)
	for _, base := range []string{moved, dir} {
		if err := removeBase(base); err != nil {
			return err
		}
	}
	if err := removeState(dir); err != nil {
		return err
	}
	if err := os.Remove(lock.Name()); err != nil {
		return err
	}
	removeEmpty(moved)
	removeEmpty(dir)
	return nil
}

// removeBase deletes by name: a directory that a person chose may hold more.
func removeBase(base string) error {
	var doomed []string
	for _, pattern := range []string{"pg[0-9]*", initPrefix + "*", "probe-*", "run", "postgres.log", "postgres.log.1"} {
		matches, _ := filepath.Glob(globSafe(base) + "/" + pattern) // fails on a malformed pattern only
		doomed = append(doomed, matches...)
	}
	for _, path := range doomed {
		pids, _, err := users(path)
		if err != nil {
			return err
		}
		if len(pids) > 0 {
			return fmt.Errorf("%s: %w (pids %v)", path, ErrInUse, pids)
		}
	}
	for _, path := range append(doomed, filepath.Join(shortDir(base), "run")) {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	removeEmpty(shortDir(base))
	return nil
}

// removeEmpty keeps a directory that is not empty, or that is not ours to remove.
func removeEmpty(dir string) { _ = os.Remove(dir) }
