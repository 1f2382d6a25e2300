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
	if err := removeData(d.Path()); err != nil {
		return err
	}
	if err := d.Remove(lockName); err != nil {
		return err
	}
	_ = os.Remove(d.Path()) // unless there is more in it
	return nil
}

// removeData deletes by name: a directory that a person chose may hold more.
func removeData(base string) error {
	var doomed []string
	for _, pattern := range []string{"pg[0-9]*", initPrefix + "*", "probe-*", "run", logName, logName + ".1"} {
		matches, _ := filepath.Glob(globSafe(base) + "/" + pattern) // fails on a malformed pattern only
		doomed = append(doomed, matches...)
	}
	for _, path := range doomed {
		pids, _, err := users(path, moment)
		if err != nil {
			return err
		}
		if len(pids) > 0 {
			return fmt.Errorf("%s: %w (pids %v)", path, ErrInUse, pids)
		}
	}
	// The name can be predicted: one that is not ours may be a link to what is not to
	// be deleted.
	short := shortDir(base)
	if d, err := datadir.Open(short); err == nil {
		d.Close()
		doomed = append(doomed, filepath.Join(short, "run"))
	}
	for _, path := range doomed {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	_ = os.Remove(short) // unless it is not there, or not ours
	return nil
}
