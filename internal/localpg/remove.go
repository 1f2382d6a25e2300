package localpg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"carrierhook/internal/datadir"
)

// Remove deletes what this package keeps for dir, the data included, and dir
// itself if nothing else is in it. An owner, or a Postgres that outlived its
// owner, is ErrInUse.
func Remove(dir string) error {
	d, err := datadir.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer d.Close()
	lock, err := lockDir(d)
	if err != nil {
		return err
	}
	defer lock.Close()
	moved := movedDir(d.Path())
	if ours(moved) {
		if err := removeBase(moved); err != nil {
			return err
		}
	}
	if err := removeBase(d.Path()); err != nil {
		return err
	}
	if err := removeState(d); err != nil {
		return err
	}
	if err := d.Remove(lockName); err != nil {
		return err
	}
	removeEmpty(moved)
	removeEmpty(d.Path())
	return nil
}

// ours says whether a directory with a predictable name is there and ours. Somebody
// else's has nothing of ours in it, and may be a link to what is not to be deleted.
func ours(dir string) bool {
	d, err := datadir.Open(dir)
	if err != nil {
		return false
	}
	d.Close()
	return true
}

// removeBase deletes by name: a directory that a person chose may hold more.
func removeBase(base string) error {
	var doomed []string
	for _, pattern := range []string{"pg[0-9]*", initPrefix + "*", "probe-*", "run", logName, logName + ".1"} {
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
	short := shortDir(base)
	if ours(short) {
		doomed = append(doomed, filepath.Join(short, "run"))
	}
	for _, path := range doomed {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	removeEmpty(short)
	return nil
}

// removeEmpty keeps a directory that is not empty, or that is not ours to remove.
func removeEmpty(dir string) { _ = os.Remove(dir) }
