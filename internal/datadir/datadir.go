// Package datadir opens the data directory of one account and the files in it:
// credentials, locks, logs. Whoever else can write to a directory, or to one above
// it, could put a link there to a file of ours, or credentials that they know. So
// each directory on the way belongs to us or to root, the last one to us alone, and
// nothing in it is a link.
//
// It knows nothing of what is stored. What belongs to the account that Postgres runs
// as is localpg's to check.
package datadir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Dir is a data directory that was found to be ours. Its descriptor stays open, so
// that what was checked is what is used.
type Dir struct {
	path string
	root *os.Root
}

// Open opens a directory that is there. One that is not is fs.ErrNotExist, whatever
// is above it: nothing of others can be in it.
func Open(path string) (*Dir, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return open(path, nil)
}

// Make opens a directory, and makes it where it is missing. What it makes has the
// mode asked for, whatever the umask; what is there keeps its own.
func Make(path string, mode fs.FileMode) (*Dir, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	return open(path, func(dir string) error {
		if err := os.Mkdir(dir, mode); err != nil {
			if errors.Is(err, fs.ErrExist) {
				return nil // another process made it first; it is checked
			}
			return err
		}
		return os.Chmod(dir, mode) // which nobody else can have replaced: see walk
	})
}

func open(path string, mkdir func(string) error) (*Dir, error) {
	real, err := walk(path, mkdir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(real)
	if err != nil {
		return nil, err
	}
	info, err := root.Stat(".")
	if err == nil {
		err = checkDir(path, info)
	}
	if err != nil {
		root.Close()
		return nil, err
	}
	return &Dir{path: path, root: root}, nil
}

// Path is the directory as it was named, made absolute. It is safe to use: nobody
// else can change what it leads to.
func (d *Dir) Path() string { return d.path }

// Join is the path of a file in the directory.
func (d *Dir) Join(name string) string { return filepath.Join(d.path, name) }

// Close gives the descriptor back.
func (d *Dir) Close() error { return d.root.Close() }

// Chmod changes the directory's own mode.
func (d *Dir) Chmod(mode fs.FileMode) error {
	f, err := d.root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(mode), f.Close())
}

// Lstat is os.Lstat of a name in the directory.
func (d *Dir) Lstat(name string) (fs.FileInfo, error) { return d.root.Lstat(name) }

// Rename gives a file another name in the directory.
func (d *Dir) Rename(from, to string) error { return d.root.Rename(from, to) }

// Remove removes a name. One that is not there is no error.
func (d *Dir) Remove(name string) error {
	if err := d.root.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
